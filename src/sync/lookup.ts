/** Finds the events that changes of a feed speak of: by the copy's id, by our own id on it, by our mark. */
import type { Change, RemoteEvent } from '../domain/connector.ts';
import type { Event } from '../domain/event.ts';
import type { EventId, RemoteId } from '../domain/ids.ts';
import { linkKey, ownKey } from '../domain/ids.ts';
import type { Absorbable } from './absorb.ts';
import { linkTo } from './links.ts';
import type { Session } from './session.ts';

export const remoteIdOf = (change: Change): RemoteId =>
  change.kind === 'upsert' ? change.remote.remoteId : change.kind === 'instance' ? change.series : change.remoteId;

const remoteOf = (change: Change): RemoteEvent | null => (change.kind === 'upsert' ? change.remote : null);

/** Events by the keys under which changes find them; kept up to date while a page is planned. */
export interface Index {
  find(change: Absorbable): Event | null;
  put(event: Event): void;
}

/** One read for all keys of the changes, a second one only for marks that no key explains. */
export async function lookUp(s: Session, changes: readonly Absorbable[]): Promise<Index> {
  const index = makeIndex(s);
  const { events } = s.deps.store;
  const keys = [...new Set(changes.flatMap((change) => keysOf(s, change)))];
  if (keys.length > 0) for (const event of await events.byLinkKeys(s.calendar.tenantId, keys)) index.put(event);
  const marked = new Set<EventId>();
  for (const change of changes) {
    const mark = remoteOf(change)?.mark;
    if (mark && index.find(change) === null) marked.add(mark.eventId);
  }
  if (marked.size > 0) {
    for (const event of await events.getMany(s.calendar.tenantId, [...marked])) index.put(event);
  }
  return index;
}

function keysOf(s: Session, change: Absorbable): string[] {
  const own = remoteOf(change)?.createId ?? null;
  const key = linkKey(s.calendar.id, remoteIdOf(change));
  return own === null ? [key] : [key, ownKey(s.calendar.id, own)];
}

function makeIndex(s: Session): Index {
  const byId = new Map<EventId, Event>();
  const byKey = new Map<string, EventId>();
  return {
    find(change) {
      for (const key of keysOf(s, change)) {
        const event = byId.get(byKey.get(key) ?? ('' as EventId));
        if (event !== undefined) return event;
      }
      const mark = remoteOf(change)?.mark;
      return mark ? (byId.get(mark.eventId) ?? null) : null;
    },
    put(event) {
      const link = linkTo(event, s.calendar.id);
      byId.set(event.id, event);
      if (link === null) return;
      if (link.remoteId !== null) byKey.set(linkKey(s.calendar.id, link.remoteId), event.id);
      else byKey.set(ownKey(s.calendar.id, link.createId), event.id);
    },
  };
}
