/** Carries out one remedy as visits would: a debt, a merge, a new tie, or a removal guarded by its stamp. */
import type { RemoteEvent } from '../domain/connector.ts';
import type { Event } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import { idempotencyKey, parseId } from '../domain/ids.ts';
import { absorb } from './absorb.ts';
import { savePlan } from './absorb-page.ts';
import type { Found } from './doctor-compare.ts';
import { lookAgain } from './doctor-compare.ts';
import { noStamp } from './doctor-judge.ts';
import { LeaseLost } from './lease.ts';
import { linkTo, newLink, restored, withLink, withRemoval } from './links.ts';
import type { Ground, Plan } from './plan.ts';
import { plan, raised, withOwn } from './plan.ts';
import type { Session } from './session.ts';
import { birthIdOf, groundOf } from './session.ts';

/** `mended`: it was not so any more when its turn came. */
export type Repair =
  | { readonly kind: 'repaired' }
  | { readonly kind: 'mended' }
  | { readonly kind: 'skipped'; readonly why: string };

const mostAttempts = 5;

/** Judges the finding anew and repairs it; may die at any point and be run again. @throws LeaseLost */
export async function repair(s: Session, found: Found): Promise<Repair> {
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    await s.lease.ensure();
    const now = await lookAgain(s, found);
    if (now === null) return { kind: 'mended' };
    const g = await groundOf(s);
    await s.lease.ensure();
    if (now.finding.remedy === 'remove' && now.remote !== null) return removeStray(s, now.event, now.remote);
    const next = planOf(g, s, now, attempt);
    if (next === null) return { kind: 'skipped', why: 'There is nothing that could be done about it.' };
    if (next.verdict === 'fenced') throw new LeaseLost();
    if (await savePlan(s, g, now.event, next)) return { kind: 'repaired' };
  }
  throw new Fault('clash', 'an event was changed by others again and again', {
    context: { calendarId: s.calendar.id },
  });
}

function planOf(g: Ground, s: Session, now: Found & { readonly event: Event | null }, attempt: number): Plan | null {
  const { finding, remote, event } = now;
  switch (finding.remedy) {
    case 'absorb':
      return absorbed(g, s, now, attempt);
    case 'write':
      return event === null ? null : ofEvent(g, event, (link) => raised(g, event, withOwn(g, event, link)));
    case 'restore':
      return event === null ? null : ofEvent(g, event, (link) => withOwn(g, event, restored(event.id, link)));
    case 'relink':
      return event === null || remote === null ? null : relinked(g, s, event, remote, attempt);
    case 'owe-removal':
      return event === null || remote === null ? null : removalOwed(g, event, remote);
    case 'bury-double':
      return event === null || remote === null ? null : buriedDouble(g, event, remote);
    case 'remove':
      return null;
  }
}

function ofEvent(g: Ground, event: Event, next: (link: NonNullable<ReturnType<typeof linkTo>>) => Event): Plan | null {
  const link = linkTo(event, g.calendar.id);
  return link === null ? null : plan('merge', { next: next(link) });
}

/** By the ordinary table. A stamp that did not move although the content did would hide it, so it is forgotten first. */
function absorbed(g: Ground, s: Session, { finding, remote, event }: Found & { event: Event | null }, attempt: number) {
  const link = event === null ? null : linkTo(event, g.calendar.id);
  const isTied = event !== null && link !== null && link.remoteId === finding.remoteId;
  const known = isTied && finding.kind === 'drift' ? withLink(event, { ...link, stamp: noStamp }) : event;
  const change =
    remote === null ? { kind: 'remove' as const, remoteId: finding.remoteId } : { kind: 'upsert' as const, remote };
  const birthId = birthOf(s, remote, known, attempt);
  const next = absorb(g, { event: known, change, mode: 'listing', birthId, isVerified: true });
  return next.next === null && next.born === null && next.verdict !== 'fenced' ? null : next;
}

/** An orphan is born under the id that its mark names, so that its other copies find it again. */
function birthOf(s: Session, remote: RemoteEvent | null, event: Event | null, attempt: number): EventId {
  const marked = event === null && attempt === 1 && remote?.mark ? parseId('event', remote.mark.eventId) : null;
  return marked ?? birthIdOf(s, remote?.remoteId ?? s.calendar.remoteId, remote?.stamp ?? null, attempt);
}

function relinked(g: Ground, s: Session, event: Event, remote: RemoteEvent, attempt: number): Plan {
  const link = linkTo(event, g.calendar.id) ?? newLink(event.id, g.calendar.id);
  const there = { ...link, remoteId: remote.remoteId, stamp: noStamp, state: 'live' as const, refusal: null };
  const birthId = birthIdOf(s, remote.remoteId, remote.stamp, attempt);
  const change = { kind: 'upsert' as const, remote };
  return absorb(g, { event: withLink(event, there), change, mode: 'listing', birthId, isVerified: true });
}

function removalOwed(g: Ground, event: Event, remote: RemoteEvent): Plan | null {
  return ofEvent(g, event, (link) => {
    const there = { ...link, ...{ stamp: remote.stamp, state: 'live' as const, refusal: null, disputed: [] } };
    return withOwn(g, event, withRemoval(event, there));
  });
}

function buriedDouble(g: Ground, event: Event, remote: RemoteEvent): Plan | null {
  return ofEvent(g, event, (link) =>
    raised(g, event, withOwn(g, { ...event, deletedAt: g.now }, { ...link, stamp: remote.stamp })),
  );
}

/** No link can name it, so nobody would owe its removal: it is removed at once, if it is still as it was judged. */
async function removeStray(s: Session, event: Event | null, remote: RemoteEvent): Promise<Repair> {
  if (event === null) return { kind: 'mended' };
  const generation = linkTo(event, s.calendar.id)?.generation ?? 1;
  const key = idempotencyKey(event.id, s.calendar.id, event.version, 'remove', generation);
  const receipt = await s.open.write(s.remote, {
    kind: 'remove',
    key,
    remoteId: remote.remoteId,
    ifStamp: remote.stamp,
  });
  switch (receipt.kind) {
    case 'done':
    case 'gone':
      return { kind: 'repaired' };
    case 'refused':
      return { kind: 'skipped', why: `The provider refused: ${receipt.why}` };
    default:
      return { kind: 'skipped', why: 'It was changed while it was being removed; run the doctor again.' };
  }
}
