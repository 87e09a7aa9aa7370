/** The place in Graph's feed as text: its delta link, and between two pages the link to go on with. */
import type { SyncCursor } from '../../src/domain/calendar.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Span } from '../../src/domain/time.ts';

export interface Place {
  readonly deltaLink: string;
  /** Null: from the beginning of this round. */
  readonly pageLink: string | null;
}

/** @param window the one that the link was taken for: Graph keeps it inside the link, and it never moves */
export const cursorAt = ({ deltaLink, pageLink }: Place, window: Span): SyncCursor => ({
  kind: 'delta',
  value: JSON.stringify(pageLink === null ? [deltaLink] : [deltaLink, pageLink]),
  window,
});

/** @throws Fault `cursor-lost` for what is no cursor of ours */
export function placeOf({ value }: SyncCursor): Place {
  const [deltaLink, pageLink] = parsed(value);
  if (typeof deltaLink !== 'string' || deltaLink === '')
    throw new Fault('cursor-lost', 'The stored cursor cannot be read.');
  return { deltaLink, pageLink: typeof pageLink === 'string' && pageLink !== '' ? pageLink : null };
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
