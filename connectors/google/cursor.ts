/** The place in Google's feed as text: its sync token, and between two pages the page to go on with. */
import type { SyncCursor } from '../../src/domain/calendar.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Span } from '../../src/domain/time.ts';

export interface Place {
  readonly syncToken: string;
  /** Null: from the beginning of this round. */
  readonly pageToken: string | null;
}

export const cursorAt = ({ syncToken, pageToken }: Place, window: Span): SyncCursor => ({
  kind: 'delta',
  value: JSON.stringify(pageToken === null ? [syncToken] : [syncToken, pageToken]),
  window,
});

/** @throws Fault `cursor-lost` for what is no cursor of ours */
export function placeOf({ value }: SyncCursor): Place {
  const [syncToken, pageToken] = parsed(value);
  if (typeof syncToken !== 'string' || syncToken === '')
    throw new Fault('cursor-lost', 'The stored cursor cannot be read.');
  return { syncToken, pageToken: typeof pageToken === 'string' && pageToken !== '' ? pageToken : null };
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
