/** Events that begin in a feed: somebody's own event, one that cannot be read, and the grave of one never seen. */
import type { RemoteEvent } from '../domain/connector.ts';
import type { CalendarLink, Event, EventFields } from '../domain/event.ts';
import type { EventId, RemoteId, RemoteStamp } from '../domain/ids.ts';
import type { Instant, Span } from '../domain/time.ts';
import { utcZone } from '../domain/time.ts';
import { zonedTime } from '../domain/zone.ts';
import { linksFor, newLink } from './links.ts';
import type { Ground } from './plan.ts';
import { inbound } from './view.ts';

/** A new external event: both bases as they say, mirrors owe. */
export function externalEvent(g: Ground, id: EventId, remote: RemoteEvent): Event {
  const fields = inbound(remote.fields, g.calendar, null);
  return born(g, id, fields, { remoteId: remote.remoteId, stamp: remote.stamp, deletedAt: null });
}

/** Blocks the known time of an event that cannot be read. Readable later, its fields come in as a change of theirs. */
export function unreadableEvent(
  g: Ground,
  id: EventId,
  remoteId: RemoteId,
  stamp: RemoteStamp | null,
  span: Span,
): Event {
  const fields = { ...emptyFields(span.start), end: zonedTime(span.end, utcZone) };
  return born(g, id, fields, { remoteId, stamp, deletedAt: null });
}

/** Remembers that a copy which we never had is gone, so that a late visitor cannot bring it to life. */
export function bareTombstone(g: Ground, id: EventId, remoteId: RemoteId): Event {
  const grave = born(g, id, emptyFields(g.now), { remoteId, stamp: null, deletedAt: g.now });
  return { ...grave, links: grave.links.map((link) => ({ ...link, base: null })) };
}

function born(
  g: Ground,
  id: EventId,
  fields: EventFields,
  o: { readonly remoteId: RemoteId; readonly stamp: RemoteStamp | null; readonly deletedAt: Instant | null },
): Event {
  const { calendar } = g;
  const link: CalendarLink = {
    ...newLink(id, calendar.id),
    remoteId: o.remoteId,
    stamp: o.stamp,
    base: { local: fields, remote: fields },
    settledVersion: 1,
    fence: g.fence,
  };
  const event: Event = {
    id,
    tenantId: calendar.tenantId,
    rev: 0,
    version: 1,
    sheetVersion: 0,
    fields,
    resources: [calendar.resourceId],
    booking: null,
    origin: calendar.id,
    coveredUntil: null,
    deletedAt: o.deletedAt,
    createdAt: g.now,
    updatedAt: g.now,
    links: [link],
  };
  return { ...event, links: linksFor(event, g.siblings, 'remote') };
}

function emptyFields(at: Instant): EventFields {
  return {
    title: '',
    description: '',
    location: '',
    start: zonedTime(at, utcZone),
    end: zonedTime(at, utcZone),
    busy: 'busy',
    response: 'none',
    status: 'confirmed',
    privacy: 'default',
    series: null,
    instances: {},
  };
}
