/** Enters a write's answer into the event as it is by then; the event may have moved on while the write was under way. */
import type { RemoteEvent } from '../domain/connector.ts';
import type { CalendarLink, Event, Sent } from '../domain/event.ts';
import { applyUnits, sameUnit } from '../domain/event.ts';
import { createIdFor } from '../domain/ids.ts';
import { unlinked } from './absorb-remove.ts';
import { goneLink } from './bury.ts';
import { isLeaving, isWanted, linkTo, restored, withRemoval } from './links.ts';
import type { Ground } from './plan.ts';
import { withOwn } from './plan.ts';
import { inbound } from './view.ts';

/** Answers that settle a write by themselves; `exists`, `stale` and `gone` of an update are changes to absorb. */
export type Answer =
  | { readonly kind: 'put'; readonly remote: RemoteEvent }
  | { readonly kind: 'removed' }
  | { readonly kind: 'burnt' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'settled' }
  /** Nothing is known; try again at `retryAt`, the same write. */
  | { readonly kind: 'failed'; readonly retryAt: Event['createdAt'] };

/** The event with the answer entered, or null when it concerns nothing that is still there (or a later visit took over). */
export function withAnswer(g: Ground, event: Event, sent: Sent | null, answer: Answer): Event | null {
  const link = linkTo(event, g.calendar.id);
  if (link === null || link.fence > g.fence) return null;
  const isMine = sent === null || (link.sent !== null && link.sent.key === sent.key && link.sent.kind === sent.kind);
  switch (answer.kind) {
    case 'put':
      return sent === null ? null : withOwn(g, event, written(g, event, link, sent, answer.remote, isMine));
    case 'removed':
      return isMine ? afterRemoval(g, event, link) : null;
    case 'burnt':
      return isMine && link.remoteId === null ? withOwn(g, event, nextGeneration(event, link)) : null;
    case 'refused':
      return isMine ? withOwn(g, event, refusedLink(event, link, answer.why)) : null;
    case 'settled':
      return settledWithout(g, event, link);
    case 'failed':
      return withOwn(g, event, { ...link, failures: link.failures + 1, retryAt: answer.retryAt });
  }
}

/**
 * The copy is as it was sent. If the link was told meanwhile to take its copy away, only the place of the copy is news, and
 * the removal is owed.
 */
function written(
  g: Ground,
  event: Event,
  link: CalendarLink,
  sent: Sent,
  remote: RemoteEvent,
  isMine: boolean,
): CalendarLink {
  const turns = link.remoteRaises % 2 === 0 ? link.remoteRaises + 1 : link.remoteRaises;
  const there: CalendarLink = {
    ...link,
    ...{ remoteId: remote.remoteId, ...seenThere(g, event, link, sent, remote) },
    failures: 0,
    retryAt: null,
    writtenAt: g.now,
    remoteRaises: turns,
  };
  if (event.deletedAt !== null || link.state === 'unlinked' || isLeaving(event, link)) {
    return withRemoval(event, { ...there, state: 'live', refusal: null });
  }
  return isMine ? { ...there, sent: null, settledVersion: sent.version, state: 'live', refusal: null } : there;
}

/**
 * Stamp and base after a write. Providers reword texts, also those that were not written; a time that we did not write and
 * that is another one now is somebody's edit, which the precondition failed to catch. It is left for the feed to tell: the
 * base keeps the time that we knew, and without a stamp the copy is looked at again before anything is written over it.
 */
function seenThere(
  g: Ground,
  event: Event,
  link: CalendarLink,
  sent: Sent,
  remote: RemoteEvent,
): Pick<CalendarLink, 'stamp' | 'base'> {
  const theirs = inbound(remote.fields, g.calendar, event);
  const { base } = link;
  const isUnseen = base !== null && sameUnit('when', base.local, sent.fields) && !sameUnit('when', base.remote, theirs);
  if (!isUnseen) return { stamp: remote.stamp, base: { local: sent.fields, remote: theirs } };
  return { stamp: null, base: { local: sent.fields, remote: applyUnits(theirs, base.remote, ['when']) } };
}

/** The copy is gone. A calendar that wants the event again meanwhile starts a new copy. */
function afterRemoval(g: Ground, event: Event, link: CalendarLink): Event {
  if (event.deletedAt !== null) return withOwn(g, event, goneLink(link, event.version));
  return withOwn(g, event, isWanted(event, g.calendar) ? restored(event.id, link) : unlinked(link));
}

function nextGeneration(event: Event, link: CalendarLink): CalendarLink {
  const generation = link.generation + 1;
  return { ...link, generation, createId: createIdFor(event.id, link.calendarId, generation), sent: null };
}

/** A refused removal keeps its tombstone's copy in the calendar; the reason is for people. */
function refusedLink(event: Event, link: CalendarLink, why: string): CalendarLink {
  const sent = isLeaving(event, link) ? link.sent : null;
  return { ...link, state: 'refused', refusal: why, sent, failures: link.failures + 1, retryAt: null };
}

function settledWithout(g: Ground, event: Event, link: CalendarLink): Event | null {
  if (link.state !== 'live') return null;
  if (isLeaving(event, link)) {
    return withOwn(g, event, isWanted(event, g.calendar) ? restored(event.id, link) : unlinked(link));
  }
  return withOwn(g, event, { ...link, settledVersion: event.version, failures: 0, retryAt: null });
}
