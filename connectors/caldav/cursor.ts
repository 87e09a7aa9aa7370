/** What a CalDAV cursor remembers: how the calendar is watched, and the server's opaque value for that way. */
import type { SyncCursor } from '../../src/domain/calendar.ts';
import type { Span } from '../../src/domain/time.ts';

/**
 * - `token`: a sync token of RFC 6578; the server lists changes since then.
 * - `ctag`: the calendar's getctag; equal means that nothing changed, else the members are listed.
 * - `members`: the server offers neither; the members are listed each time.
 */
export type Watch =
  | { readonly by: 'token'; readonly value: string }
  | { readonly by: 'ctag'; readonly value: string }
  | { readonly by: 'members'; readonly value: '' };

/** The server reads the whole calendar whatever the window; it is kept because the caller compares it. */
export function toCursor(watch: Watch, window: Span): SyncCursor {
  const kind = watch.by === 'token' ? 'delta' : 'listing';
  return { kind, value: `${watch.by}:${watch.value}`, window: { start: window.start, end: window.end } };
}

/** Null for a value that this connector never wrote. */
export function fromCursor(cursor: SyncCursor): Watch | null {
  const at = cursor.value.indexOf(':');
  const [by, value] = [cursor.value.slice(0, at), cursor.value.slice(at + 1)];
  switch (by) {
    case 'token':
    case 'ctag':
      return value === '' ? null : { by, value };
    case 'members':
      return { by, value: '' };
    default:
      return null;
  }
}
