/** Decides which calendars hold a copy of an event, and what a link's states mean. */
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import { diffUnits } from '../domain/event.ts';
import type { CalendarId, EventId } from '../domain/ids.ts';
import { createIdFor, idempotencyKey } from '../domain/ids.ts';
import { isOrigin, view } from './view.ts';

/** Generations count from 1; a burnt id and a restored copy start the next one. */
export const firstGeneration = 1;

/**
 * Reasons of ours for which a link is `refused` (everything else in `refusal` are the provider's words):
 * `copyGone`: the copy was deleted there and a person must say what now; `editHeld`: it was deleted while another copy was
 * changed, which stands meanwhile; `flapping`: each write of ours was answered by another change, so we stopped writing.
 */
export const refusals = {
  copyGone: 'The copy was deleted in the calendar; somebody must choose whether it is restored.',
  editHeld: 'One side deleted what the other changed; somebody must choose.',
  flapping: 'This calendar changes the event again after each of our writes; writing is paused.',
} as const;

/** A link that still has to create its copy. */
export function newLink(eventId: EventId, calendarId: CalendarId, generation = firstGeneration): CalendarLink {
  return {
    calendarId,
    remoteId: null,
    createId: createIdFor(eventId, calendarId, generation),
    generation,
    stamp: null,
    base: null,
    settledVersion: 0,
    fence: 0,
    sent: null,
    disputed: [],
    state: 'live',
    refusal: null,
    failures: 0,
    retryAt: null,
    writtenAt: null,
    remoteRaises: 0,
  };
}

/** The same tie begun anew: the copy is created again under an id that was never used. Fences never go back. */
export function restored(eventId: EventId, link: CalendarLink): CalendarLink {
  return { ...newLink(eventId, link.calendarId, link.generation + 1), fence: link.fence };
}

/**
 * A link whose copy is being taken away although its event lives on (its resource left, or a mirror is not wanted any
 * more): it is live and its `sent` is a removal, written down before it is tried.
 */
export const isLeaving = (event: Event, link: CalendarLink): boolean =>
  event.deletedAt === null && link.state === 'live' && link.sent?.kind === 'remove';

/** Whether the copy has to go from the calendar. */
export const mustRemove = (event: Event, link: CalendarLink): boolean =>
  event.deletedAt !== null || isLeaving(event, link);

/** Whether the copy is gone and a person must say what now. */
export const waitsForAnswer = (link: CalendarLink): boolean =>
  link.refusal === refusals.copyGone || link.refusal === refusals.editHeld;

/** Whether, by all we know, no copy is there any more; a feed that shows one is asked again before it is believed. */
export function isBelievedGone(event: Event, link: CalendarLink): boolean {
  if (link.remoteId === null) return false;
  if (link.state === 'unlinked' || waitsForAnswer(link)) return true;
  return event.deletedAt !== null && link.state === 'live' && link.settledVersion >= event.version;
}

/** Turns a link into one whose copy is to be removed. A create in flight is waited for: its copy removes itself on arrival. */
export function leaving(event: Event, link: CalendarLink): CalendarLink {
  if (link.state === 'unlinked' || isLeaving(event, link)) return link;
  const isGone = link.remoteId === null || waitsForAnswer(link);
  if (isGone) return { ...link, state: 'unlinked', stamp: null, refusal: null, disputed: [] };
  return withRemoval(event, { ...link, state: 'live', refusal: null, disputed: [] });
}

/** The removal written down; `settledVersion` 0 makes it owed whatever the event's version is. */
export function withRemoval(event: Event, link: CalendarLink): CalendarLink {
  const fields = link.base?.local ?? event.fields;
  const key = idempotencyKey(event.id, link.calendarId, event.version, 'remove', link.generation);
  return {
    ...link,
    settledVersion: 0,
    failures: 0,
    retryAt: null,
    sent: { kind: 'remove', version: event.version, fields, key },
  };
}

/** Whether this calendar should hold a copy of (or, as its home, be tied to) the event. */
export function isWanted(event: Event, calendar: Calendar): boolean {
  if (event.deletedAt !== null || calendar.state !== 'active') return false;
  if (!event.resources.includes(calendar.resourceId)) return false;
  if (isOrigin(event, calendar)) return true;
  if (calendar.role === 'read') return false;
  if (event.booking !== null) return true;
  if (event.origin === 'rest') return false;
  const { status, response, busy } = event.fields;
  if (calendar.mirror === 'none' || status === 'cancelled' || response === 'declined') return false;
  return calendar.mirror === 'full' || busy !== 'free';
}

/**
 * The links that an event should have, given ALL calendars of its resources: new ones for calendars that want it, removals
 * owed where it is not wanted any more, the rest as they are. A provider's refusal and a pause for flapping concern an
 * older state and end here. Call it whenever an event is made or changed by us; idempotent. After a `remote` cause the loop
 * breaker keeps its count and its pause.
 */
export function linksFor(
  event: Event,
  calendars: readonly Calendar[],
  cause: 'us' | 'remote' = 'us',
): readonly CalendarLink[] {
  const tried = (link: CalendarLink) => triedAgain(link, cause);
  if (event.deletedAt !== null) return event.links.map(tried);
  const wanted = new Map(calendars.filter((c) => isWanted(event, c)).map((c) => [c.id, c]));
  const kept = event.links.map((link) => {
    if (!wanted.has(link.calendarId)) return leaving(event, link);
    // An unfinished removal is finished first; the receipt starts the next generation.
    return link.state === 'unlinked' ? relinked(event, link) : tried(link);
  });
  const known = new Set(event.links.map((link) => link.calendarId));
  const added = [...wanted.keys()].filter((id) => !known.has(id)).sort();
  return [...kept, ...added.map((id) => newLink(event.id, id))];
}

/** A create that may still be in flight is taken up again; anything else starts a new copy. */
function relinked(event: Event, link: CalendarLink): CalendarLink {
  const mayArrive = link.remoteId === null && link.sent?.kind === 'put';
  return mayArrive ? { ...link, state: 'live' } : restored(event.id, link);
}

/** A new version may be accepted where an older one was refused. What waits for a person goes on waiting. */
function triedAgain(link: CalendarLink, cause: 'us' | 'remote'): CalendarLink {
  const calmed = cause === 'us' && link.remoteRaises !== 0 ? { ...link, remoteRaises: 0 } : link;
  if (link.state !== 'refused' || waitsForAnswer(link)) return calmed;
  if (cause === 'remote' && link.refusal === refusals.flapping) return link;
  return { ...calmed, state: 'live', refusal: null, failures: 0, retryAt: null };
}

/**
 * After a raise from `before` to `after`: links that owed nothing and whose calendar sees no difference owe nothing still.
 * Saves visits that would find nothing to write. Links of calendars not given keep their debt.
 */
export function settleUnseen(
  before: Event,
  after: Event,
  calendars: readonly Calendar[],
  except: CalendarId,
): readonly CalendarLink[] {
  if (after.version === before.version || after.deletedAt !== null) return after.links;
  return after.links.map((link) => {
    const calendar = calendars.find((c) => c.id === link.calendarId);
    const isOpen = link.calendarId === except || link.state !== 'live' || link.sent !== null || link.base === null;
    if (calendar === undefined || isOpen || link.settledVersion !== before.version) return link;
    return diffUnits(link.base.local, view(after, calendar)).length === 0
      ? { ...link, settledVersion: after.version }
      : link;
  });
}

export const withLink = (event: Event, link: CalendarLink): Event => ({
  ...event,
  links: event.links.some((l) => l.calendarId === link.calendarId)
    ? event.links.map((l) => (l.calendarId === link.calendarId ? link : l))
    : [...event.links, link],
});

export const linkTo = (event: Event, calendarId: CalendarId): CalendarLink | null =>
  event.links.find((link) => link.calendarId === calendarId) ?? null;
