/** What a link owes its calendar right now. A debt, not a queue: only the present state is ever sent. */
import type { Calendar } from '../domain/calendar.ts';
import type { Capabilities, WriteIntent } from '../domain/connector.ts';
import type { CalendarLink, Event, EventFields, MergeUnit, Sent } from '../domain/event.ts';
import { applyUnits, diffUnits, owes } from '../domain/event.ts';
import { asRemoteStamp, idempotencyKey } from '../domain/ids.ts';
import { owedUnits } from './converge.ts';
import { mustRemove } from './links.ts';
import { isCarried, view } from './view.ts';

/** `settled`: the debt is paid without a call. `write`: `sent` is to be saved before `intent` goes out. */
export type Owed =
  | { readonly kind: 'settled' }
  | { readonly kind: 'write'; readonly intent: WriteIntent; readonly sent: Sent };

/**
 * Null: nothing is owed. A write whose answer never came is repeated exactly as it was written down: had it landed under
 * another content, nobody could tell it from somebody's edit. What changed since follows once that one is settled.
 */
export function owe(event: Event, link: CalendarLink, calendar: Calendar, capabilities: Capabilities): Owed | null {
  if (!owes(event, link)) return null;
  if (mustRemove(event, link)) return oweRemoval(event, link, calendar);
  if (calendar.role === 'read') return { kind: 'settled' };
  if (link.sent !== null)
    return put(event, link, calendar, link.sent, unitsOfSent(link, link.sent, event, calendar, capabilities));
  if (link.remoteId === null || link.base === null)
    return put(event, link, calendar, putOf(event, link, view(event, calendar)), []);
  const units = owedUnits(event, { ...link, base: link.base }, calendar, capabilities);
  if (units.length === 0) return { kind: 'settled' };
  const fields = applyUnits(link.base.local, view(event, calendar), units);
  return put(event, link, calendar, putOf(event, link, fields), units);
}

function oweRemoval(event: Event, link: CalendarLink, calendar: Calendar): Owed {
  if (link.remoteId === null || calendar.role === 'read') return { kind: 'settled' };
  const key = idempotencyKey(event.id, calendar.id, event.version, 'remove', link.generation);
  const sent: Sent =
    link.sent?.kind === 'remove'
      ? link.sent
      : { kind: 'remove', version: event.version, fields: link.base?.local ?? event.fields, key };
  return {
    kind: 'write',
    sent,
    intent: { kind: 'remove', key: sent.key, remoteId: link.remoteId, ifStamp: link.stamp ?? asRemoteStamp('') },
  };
}

function putOf(event: Event, link: CalendarLink, fields: EventFields): Sent {
  const key = idempotencyKey(event.id, link.calendarId, event.version, 'put', link.generation);
  return { kind: 'put', version: event.version, fields, key };
}

function unitsOfSent(
  link: CalendarLink,
  sent: Sent,
  event: Event,
  calendar: Calendar,
  capabilities: Capabilities,
): MergeUnit[] {
  if (link.base === null) return [];
  return diffUnits(link.base.local, sent.fields).filter((unit) => isCarried(unit, event, calendar, capabilities));
}

function put(event: Event, link: CalendarLink, calendar: Calendar, sent: Sent, units: readonly MergeUnit[]): Owed {
  const { key, fields } = sent;
  const mark = { eventId: event.id, version: sent.version };
  if (link.remoteId === null) {
    return { kind: 'write', sent, intent: { kind: 'create', key, createId: link.createId, fields, mark } };
  }
  const ifStamp = link.stamp ?? asRemoteStamp('');
  // Where only the time is shared, what the copy says was never kept: words that have to go must not pass for gone.
  const seen = calendar.share === 'busy' ? null : (link.base?.remote ?? null);
  return {
    kind: 'write',
    sent,
    intent: { kind: 'update', key, remoteId: link.remoteId, ifStamp, seen, units, fields, mark },
  };
}
