/** Judges one copy, or its absence, against what we know of it: the doctor's eye, without hands. */
import type { RemoteEvent } from '../domain/connector.ts';
import type { Finding, FindingKind, Remedy } from '../domain/diagnosis.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import { diffUnits, owes, sameValue } from '../domain/event.ts';
import type { RemoteId } from '../domain/ids.ts';
import { asRemoteStamp, createIdFor } from '../domain/ids.ts';
import { absorb } from './absorb.ts';
import { owedUnits } from './converge.ts';
import { isBelievedGone, isWanted, linkTo, waitsForAnswer } from './links.ts';
import type { Ground } from './plan.ts';
import { inbound, isOrigin } from './view.ts';

/** `pending`: explained by a debt, a write under way or an open question. `stray`: decided once it is known what else stands. */
export type Judgement = Finding | 'fine' | 'pending' | { readonly kind: 'stray'; readonly event: Event };

export function judgeCopy(g: Ground, event: Event | null, marked: Event | null, remote: RemoteEvent): Judgement {
  const link = event === null ? null : linkTo(event, g.calendar.id);
  return event !== null && link?.remoteId === remote.remoteId
    ? judgeLinked(g, event, link, marked, remote)
    : judgeUntied(g, event, remote);
}

function judgeLinked(
  g: Ground,
  event: Event,
  link: CalendarLink,
  marked: Event | null,
  remote: RemoteEvent,
): Judgement {
  const found = findingOf(event, remote.remoteId);
  const isRefusedRemoval = event.deletedAt !== null && link.state === 'refused';
  if (isBelievedGone(event, link) || isRefusedRemoval) {
    const isOurs = event.booking !== null || !isOrigin(event, g.calendar);
    const isGhost = isOurs && !waitsForAnswer(link);
    if (isGhost && g.calendar.role === 'read') return 'pending';
    return isGhost ? found('ghost', 'owe-removal') : found('unread', 'absorb');
  }
  if (owes(event, link) || link.sent !== null || link.state === 'refused') return 'pending';
  if (link.base === null) return found('unread', 'absorb');
  if (isDouble(g, event, marked, remote)) return found('duplicate', 'bury-double');
  const theirs = inbound(remote.fields, g.calendar, event);
  if (!sameValue(theirs, link.base.remote)) {
    const units = diffUnits(theirs, link.base.remote);
    const isDisputed = units.every((unit) => link.disputed.includes(unit));
    return isDisputed ? 'pending' : { ...found('drift', 'absorb'), units, side: 'there' };
  }
  const units = owedUnits(event, { ...link, base: link.base }, g.calendar, g.capabilities);
  return units.length === 0 ? 'fine' : { ...found('drift', 'write'), units, side: 'here' };
}

/** A copy that the link of its event does not name, or of which nothing is known. */
function judgeUntied(g: Ground, event: Event | null, remote: RemoteEvent): Judgement {
  const isTaken = g.calendar.role !== 'write';
  if (event === null) {
    if (!isTaken) return 'fine';
    const { mark, remoteId } = remote;
    const unread = { ...findingOf(null, remoteId)('unread', 'absorb'), eventId: mark?.eventId ?? null };
    return mark === null ? unread : { ...unread, kind: 'orphan' };
  }
  const input = { event, mode: 'listing', birthId: event.id, isVerified: true } as const;
  const { verdict } = absorb(g, { ...input, change: { kind: 'upsert', remote } });
  if (verdict === 'landed') return findingOf(event, remote.remoteId)('unread', 'absorb');
  if (isProvenOurs(g, event, remote)) return { kind: 'stray', event };
  return isTaken ? findingOf(null, remote.remoteId)('unread', 'absorb') : 'fine';
}

/** What a copy of ours outside its link is, once it is known whether the linked one stands. */
export function judgeStray(g: Ground, event: Event, remoteId: RemoteId, isLinkedThere: boolean): Judgement {
  const found = findingOf(event, remoteId);
  const link = linkTo(event, g.calendar.id);
  // What we may not write stays as it is.
  if (g.calendar.role === 'read') return 'pending';
  if (event.deletedAt !== null || !isWanted(event, g.calendar)) return found('ghost', 'remove');
  if (link !== null && (link.sent !== null || link.state === 'refused')) return 'pending';
  if (link === null || link.remoteId === null || !isLinkedThere) return found('moved', 'relink');
  return found('duplicate', 'remove');
}

/** A linked copy that was read singly and is not there. */
export function judgeMissing(g: Ground, event: Event, remoteId: RemoteId): Judgement {
  const link = linkTo(event, g.calendar.id);
  if (link === null || link.remoteId !== remoteId || link.state !== 'live') return 'fine';
  if (event.deletedAt !== null || link.sent?.kind === 'remove') return 'pending';
  const found = findingOf(event, remoteId);
  if (event.booking === null && isOrigin(event, g.calendar)) return found('missing', 'absorb');
  if (g.calendar.role === 'read') return 'pending';
  const isCancelling = event.booking !== null && g.calendar.policy.removedThere === 'cancel';
  return found('missing', isCancelling ? 'absorb' : 'restore');
}

/**
 * Whether we made this copy: it bears an id that we gave. Where a provider never shows that id, a mark on exactly the fields
 * that we agreed on is as good. A mark alone proves nothing, since it travels with every copy that somebody makes.
 */
function isProvenOurs(g: Ground, event: Event, remote: RemoteEvent): boolean {
  if (remote.createId !== null) {
    const last = (linkTo(event, g.calendar.id)?.generation ?? 1) + 1;
    for (let generation = 1; generation <= last; generation += 1) {
      if (createIdFor(event.id, g.calendar.id, generation) === remote.createId) return true;
    }
    return false;
  }
  return g.capabilities.createBy === 'transaction-key' && isExact(g, event, remote);
}

function isExact(g: Ground, event: Event, remote: RemoteEvent): boolean {
  const base = linkTo(event, g.calendar.id)?.base ?? null;
  const isMarked = remote.mark?.eventId === event.id;
  return isMarked && base !== null && sameValue(inbound(remote.fields, g.calendar, event), base.remote);
}

/** An external event whose copy is a second copy of one of ours: made by us, or the same to the letter. */
function isDouble(g: Ground, event: Event, marked: Event | null, remote: RemoteEvent): boolean {
  if (marked === null || marked.id === event.id || marked.deletedAt !== null) return false;
  if (event.booking !== null || !isOrigin(event, g.calendar)) return false;
  const link = linkTo(marked, g.calendar.id);
  if (link?.state !== 'live' || link.remoteId === null || link.remoteId === remote.remoteId) return false;
  return isProvenOurs(g, marked, remote) || isExact(g, marked, remote);
}

const findingOf =
  (event: Event | null, remoteId: RemoteId) =>
  (kind: FindingKind, remedy: Remedy): Finding => ({
    ...{ kind, remedy, remoteId, eventId: event?.id ?? null, isBooking: event?.booking != null },
    ...{ units: [], side: null },
  });

/** No copy ever bears it, so whatever the copy says is news. */
export const noStamp = asRemoteStamp('');
