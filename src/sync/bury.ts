/** Turns events into tombstones: the copy here is gone, all other copies have to go. */
import type { CalendarLink, Event } from '../domain/event.ts';
import { waitsForAnswer } from './links.ts';
import type { Ground } from './plan.ts';
import { withOwn } from './plan.ts';

/** The event is over because its copy here was deleted. Other links owe a removal. */
export function buried(g: Ground, event: Event, link: CalendarLink): Event {
  const dead = asTombstone(g, event);
  return withOwn(g, dead, goneLink(link, dead.version));
}

/** The event is over because somebody here said so. Every copy has to go, the one here as well. */
export const buriedHere = (g: Ground, event: Event): Event => asTombstone(g, event);

/** A booking given up by the calendar's owner; a copy that still stands there (marked cancelled) is removed as well. */
export function buriedBooking(g: Ground, event: Event, link: CalendarLink): Event {
  const { booking } = event;
  if (booking === null) return asTombstone(g, event);
  const dead = asTombstone(g, {
    ...event,
    fields: { ...event.fields, status: 'cancelled' },
    booking: { ...booking, status: 'cancelled', externalRef: null },
  });
  return withOwn(g, dead, { ...link, disputed: [], sent: null });
}

/** The link of a copy that is surely gone: nothing is owed, and a stamp seen again is no proof of an echo. */
export function goneLink(link: CalendarLink, version: number): CalendarLink {
  return {
    ...link,
    stamp: null,
    sent: null,
    settledVersion: version,
    disputed: [],
    state: 'live',
    refusal: null,
    failures: 0,
    retryAt: null,
  };
}

function asTombstone(g: Ground, event: Event): Event {
  const version = event.version + 1;
  const links = event.links.map((link) => owingRemoval(link, version));
  return { ...event, version, updatedAt: g.now, deletedAt: g.now, links };
}

/**
 * What a link owes once its event is deleted. A create in flight stays written down: should its copy turn up, it is
 * recognised and removed.
 */
function owingRemoval(link: CalendarLink, version: number): CalendarLink {
  if (link.state === 'unlinked') return link;
  if (waitsForAnswer(link)) return goneLink(link, version);
  if (link.remoteId === null) return { ...link, settledVersion: version, state: 'live', refusal: null, disputed: [] };
  return { ...link, state: 'live', refusal: null, disputed: [], failures: 0, retryAt: null };
}
