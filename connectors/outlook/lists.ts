/** Asks for pages of a calendar's change feed and reads them into rows. */
import { type Row, readRow } from '../../mappings/outlook.ts';
import type { RemoteCalendar } from '../../src/domain/calendar.ts';
import { Fault } from '../../src/domain/fault.ts';
import { asRemoteId, type RemoteId } from '../../src/domain/ids.ts';
import type { Clock, Log } from '../../src/domain/ports.ts';
import { formatInstant, type Instant, type Span, utcZone, type Zone } from '../../src/domain/time.ts';
import { calendarFault } from './calendars.ts';
import { type GraphClient, type Limits, seg } from './client.ts';
import { Refused } from './refusals.ts';

/** One opened account. */
export interface Account {
  readonly client: GraphClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
}

export interface DeltaPage {
  readonly rows: readonly Row[];
  /** Told as removed, which may also mean that they lie outside of the window. */
  readonly removed: readonly RemoteId[];
  readonly nextLink: string | null;
  readonly deltaLink: string | null;
}

/** @param from a link of an earlier page or round, or the window of a new round */
export async function deltaPage(account: Account, calendar: RemoteCalendar, from: string | Span): Promise<DeltaPage> {
  const { client, limits } = account;
  const doing = 'the events of a calendar';
  const path = `${client.base}/calendars/${seg(calendar.remoteId)}/calendarView/delta`;
  const where = typeof from === 'string' ? { link: from } : { path, query: queryOf(from) };
  try {
    return pageOf(await client.call({ doing, page: limits.page, ...where }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (isLost(error, typeof from === 'string')) {
      throw new Fault('cursor-lost', 'Microsoft no longer knows this place in the feed.', { cause: error });
    }
    throw await calendarFault(client, calendar, error);
  }
}

const lostCodes = /^(syncState|resyncRequired)/i;

/** A link that Graph itself gave and now calls a bad request is one that it no longer understands. */
const isLost = ({ refusal: { status, code } }: Refused, isLink: boolean): boolean =>
  isLink && (status === 410 || status === 400 || lostCodes.test(code));

/** Whole seconds: rounded down, nothing at the edge is missed. */
const queryOf = ({ start, end }: Span) => ({ startDateTime: whole(start), endDateTime: whole(end) });
const whole = (at: Instant): string => formatInstant((Math.floor(at / 1000) * 1000) as Instant);

function pageOf(data: unknown): DeltaPage {
  const answer = isRecord(data) ? data : {};
  const items: readonly unknown[] = Array.isArray(answer.value) ? answer.value : [];
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  const removed = items.flatMap((item) =>
    isRecord(item) && item['@removed'] !== undefined && typeof item.id === 'string' ? [asRemoteId(item.id)] : [],
  );
  return {
    removed,
    rows: items.flatMap((item) => {
      const row = isRecord(item) && item['@removed'] === undefined ? readRow(item) : null;
      return row === null ? [] : [row];
    }),
    nextLink: text(answer['@odata.nextLink']),
    deltaLink: text(answer['@odata.deltaLink']),
  };
}

/** The items of a plain collection, over all of its pages. */
export async function listAll(
  client: GraphClient,
  doing: string,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<unknown[]> {
  const items: unknown[] = [];
  const seen = new Set<string>();
  let link: string | null = null;
  for (;;) {
    const data: unknown = await client.call(link === null ? { doing, path, query } : { doing, link });
    const answer = isRecord(data) ? data : {};
    if (Array.isArray(answer.value)) items.push(...answer.value);
    const next: unknown = answer['@odata.nextLink'];
    if (typeof next !== 'string') return items;
    if (seen.has(next)) throw new Fault('transient', `Microsoft goes round in circles when asked for ${doing}.`);
    seen.add(next);
    link = next;
  }
}

/** Does something for each, a few at once, and gives the outcomes in order. */
export async function sideBySide<T, R>(items: readonly T[], width: number, act: (item: T) => Promise<R>): Promise<R[]> {
  const out: R[] = [];
  for (let from = 0; from < items.length; from += width) {
    out.push(...(await Promise.all(items.slice(from, from + width).map(act))));
  }
  return out;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All-day events and times without a zone live in the calendar's zone. */
export const zoneOf = (calendar: RemoteCalendar): Zone => calendar.zone ?? utcZone;

export const idOf = (row: Row): RemoteId => asRemoteId(row.id);
