/** What attaching a calendar, or changing its settings, would do; computed without writing anything. */
import type { Calendar } from './calendar.ts';
import type { OpenConnection } from './connector.ts';
import type { Instant } from './time.ts';

export interface PreviewItem {
  /** Null where it is not to be shown. */
  readonly title: string | null;
  readonly start: Instant;
  readonly end: Instant;
}
/** How many, and the first of them by time. */
export interface PreviewList {
  readonly count: number;
  readonly first: readonly PreviewItem[];
}

export interface Preview {
  /** Events that were looked at, from now on. */
  readonly looked: number;
  /** Events that would take the resource's time and do not now. */
  readonly blocked: PreviewList;
  /** Events that take it now and would no longer. */
  readonly freed: PreviewList;
  /** Of those blocked: on a booking of the resource, so that a conflict would open. */
  readonly overlapping: PreviewList;
  /** Copies that would be written into the calendar, changed there, taken out of it. */
  readonly created: PreviewList;
  readonly changed: PreviewList;
  readonly deleted: PreviewList;
  /** Events that cannot be read. */
  readonly unreadable: number;
}

export interface Previews {
  /** `calendar` is as it would be attached. @throws what the provider's feed throws */
  ofAttaching(calendar: Calendar, account: OpenConnection): Promise<Preview>;
  ofChange(before: Calendar, after: Calendar): Promise<Preview>;
}
