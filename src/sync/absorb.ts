/** The decision table for one change of a feed: whose copy is it, did we write it ourselves, did anything change? */
import type { Change, RemoteEvent } from '../domain/connector.ts';
import type { CalendarLink, Event, InstanceFields } from '../domain/event.ts';
import { applyUnits, diffUnits, instanceUnit, sameValue } from '../domain/event.ts';
import type { ConflictId, EventId, RemoteId } from '../domain/ids.ts';
import { absorbRemoval, editedTombstone, revived } from './absorb-remove.ts';
import { bareTombstone, externalEvent, unreadableEvent } from './births.ts';
import { removedConflictId } from './conflicts.ts';
import { expectedAfter, mergeChange } from './converge.ts';
import { isBelievedGone, isLeaving, linkTo, withRemoval } from './links.ts';
import type { Ground, Plan } from './plan.ts';
import { plan, withOwn } from './plan.ts';
import { inbound, isOrigin } from './view.ts';

/** A change that says something; `same` items only count for presence. */
export type Absorbable = Exclude<Change, { kind: 'same' }>;

export interface AbsorbInput {
  /** The event that the change's remote id, own id or mark led to (in this order), tombstones included. */
  readonly event: Event | null;
  readonly change: Absorbable;
  readonly mode: 'delta' | 'listing';
  /** The id for an event that is born here; the same visit always proposes the same. */
  readonly birthId: EventId;
  /** The copy was just read singly: what the change says is how it is now. */
  readonly isVerified: boolean;
}

/** First match wins, as in the table of the design. Pure: the same input gives the same plan. */
export function absorb(g: Ground, input: AbsorbInput): Plan {
  const { change } = input;
  const remoteId = change.kind === 'instance' ? change.series : idOf(change);
  const tie = tieOf(input.event, g, remoteId, change.kind === 'upsert' ? change.remote : null);
  const event = tie === null ? null : input.event;
  const link = event === null ? null : linkTo(event, g.calendar.id);
  if (link !== null && link.fence > g.fence) return plan('fenced');
  switch (change.kind) {
    case 'upsert':
      if (event === null || link === null) return absorbForeign(g, input, change.remote);
      return tie === 'own' ? adopt(g, event, link, change.remote) : absorbKnown(g, input, event, link, change.remote);
    case 'remove':
      if (event === null || link === null) {
        const isNews = input.mode === 'delta' && g.calendar.role !== 'write';
        return isNews ? plan('removed', { next: bareTombstone(g, input.birthId, remoteId) }) : plan('ignored');
      }
      return absorbRemoval(g, event, link);
    case 'instance':
      if (event === null || link === null || link.base === null || event.deletedAt !== null) return plan('read');
      return absorbInstance(g, event, link, change);
    case 'unreadable':
      return absorbUnreadable(g, input, event, change);
  }
}

const idOf = (change: Exclude<Absorbable, { kind: 'instance' }>): RemoteId =>
  change.kind === 'upsert' ? change.remote.remoteId : change.remoteId;

/**
 * `linked`: the copy that the link names. `own`: our create on its way, found by its own id, or by the mark where copies do
 * not show the id or show an older one. A mark on any other copy is a user's duplicate of ours and proves nothing.
 */
function tieOf(event: Event | null, g: Ground, id: RemoteId, remote: RemoteEvent | null): 'linked' | 'own' | null {
  const link = event === null ? null : linkTo(event, g.calendar.id);
  if (event === null || link === null) return null;
  if (link.remoteId === id) return 'linked';
  if (link.remoteId !== null || remote === null) return null;
  if (remote.createId === link.createId) return 'own';
  // A copy from before the calendar was detached and attached again bears an older id of ours.
  const isOlder = remote.createId !== null && link.sent === null && link.state === 'live';
  return remote.mark?.eventId === event.id && (remote.createId === null || isOlder) ? 'own' : null;
}

function absorbForeign(g: Ground, input: AbsorbInput, remote: RemoteEvent): Plan {
  if (g.isAwaitingOwn && remote.mark === null && !input.isVerified) return plan('read');
  if (g.calendar.role === 'write') return plan('ignored');
  return plan('new', { next: externalEvent(g, input.birthId, remote) });
}

/** Our own create is there although its answer never came. Without `sent` we do not know what we wrote, so a debt stays. */
function adopt(g: Ground, event: Event, link: CalendarLink, remote: RemoteEvent): Plan {
  const theirs = inbound(remote.fields, g.calendar, event);
  const found: CalendarLink = {
    ...link,
    ...{ remoteId: remote.remoteId, stamp: remote.stamp, failures: 0, retryAt: null },
    ...(link.state === 'unlinked' ? { state: 'live', refusal: null } : {}),
  };
  const base = { local: theirs, remote: theirs };
  const landed =
    link.sent?.kind === 'put'
      ? land(g, event, found, remote)
      : plan('landed', { next: withOwn(g, event, { ...found, base, settledVersion: 0 }) });
  if (link.state !== 'unlinked' || landed.next === null || landed.next.deletedAt !== null) return landed;
  // Its calendar was let go while the create was on its way: what was edited there counts, the copy has to go.
  const own = linkTo(landed.next, g.calendar.id);
  return own === null ? landed : { ...landed, next: withOwn(g, landed.next, withRemoval(landed.next, own)) };
}

function absorbKnown(g: Ground, input: AbsorbInput, event: Event, link: CalendarLink, remote: RemoteEvent): Plan {
  if (isBelievedGone(event, link)) {
    return input.isVerified ? returned(g, input, event, link, remote) : plan('read');
  }
  const theirs = inbound(remote.fields, g.calendar, event);
  // A stamp is believed as long as the content says the same: a server that forgets to renew it must not hide an edit.
  const isAsKnown = link.base === null || sameValue(theirs, link.base.remote);
  if (remote.stamp === link.stamp && isAsKnown) return plan('echo');
  const isPut = link.sent?.kind === 'put';
  if (isPut && hasLanded(g, event, link, remote)) return land(g, event, link, remote);
  if (isPut && !input.isVerified && g.capabilities.mark === 'on-read') return plan('read');
  if (link.base === null) {
    const base = { local: theirs, remote: theirs };
    return plan('merge', { next: withOwn(g, event, { ...link, stamp: remote.stamp, base, settledVersion: 0 }) });
  }
  if (event.deletedAt !== null) return editedTombstone(g, event, link, theirs, remote.stamp);
  // The stamp moved, and not by our write in flight: that write will find its precondition broken, so it is over.
  const sent = isLeaving(event, link) ? link.sent : null;
  const seen = { ...link, stamp: remote.stamp, sent };
  if (isAsKnown) return plan('touch', { next: withOwn(g, event, seen) });
  return mergeChange(g, event, { ...seen, base: link.base }, theirs, remote.stamp);
}

function hasLanded(g: Ground, event: Event, link: CalendarLink, remote: RemoteEvent): boolean {
  if (link.sent === null) return false;
  const { mark } = remote;
  if (mark?.eventId === event.id && mark.version === link.sent.version) return true;
  return sameValue(inbound(remote.fields, g.calendar, event), expectedAfter(g, event, link, link.sent));
}

/** The write in flight has landed; whatever differs from what it should have left there is somebody's edit. */
function land(g: Ground, event: Event, link: CalendarLink, remote: RemoteEvent): Plan {
  const { sent } = link;
  if (sent === null) return plan('ignored');
  const theirs = inbound(remote.fields, g.calendar, event);
  const base = { local: sent.fields, remote: expectedAfter(g, event, link, sent) };
  const settled: CalendarLink & { base: typeof base } = {
    ...link,
    base,
    stamp: remote.stamp,
    settledVersion: sent.version,
    sent: null,
    failures: 0,
    retryAt: null,
    writtenAt: link.writtenAt ?? g.now,
  };
  if (event.deletedAt !== null) {
    const edited = editedTombstone(g, event, settled, theirs, remote.stamp);
    return { ...edited, verdict: 'landed', next: edited.next ?? withOwn(g, event, settled) };
  }
  if (sameValue(theirs, base.remote)) return plan('landed', { next: withOwn(g, event, settled) });
  return { ...mergeChange(g, event, settled, theirs, remote.stamp), verdict: 'landed' };
}

/** A copy that was gone is there again, verified: its owner brought it back. */
function returned(g: Ground, input: AbsorbInput, event: Event, link: CalendarLink, remote: RemoteEvent): Plan {
  const theirs = inbound(remote.fields, g.calendar, event);
  if (event.deletedAt === null && link.state !== 'unlinked') {
    const closes: ConflictId[] = [removedConflictId(event, g.calendar, link.generation)];
    const back: CalendarLink = { ...link, state: 'live', refusal: null, stamp: remote.stamp, sent: null };
    if (link.base === null || sameValue(theirs, link.base.remote)) {
      const base = link.base ?? { local: theirs, remote: theirs };
      return plan('touch', { next: withOwn(g, event, { ...back, base }), closes });
    }
    return { ...mergeChange(g, event, { ...back, base: link.base }, theirs, remote.stamp), closes };
  }
  if (event.booking === null && isOrigin(event, g.calendar)) return revived(g, event, link, theirs, remote);
  // A copy of a booking that was cancelled, or of an event that left this calendar, has become the owner's own event.
  const forgotten: CalendarLink = { ...link, remoteId: null, stamp: null, state: 'unlinked', base: null, sent: null };
  if (g.calendar.role === 'write') return plan('ignored');
  const born = externalEvent(g, input.birthId, { ...remote, mark: null });
  return plan('new', { next: withOwn(g, event, forgotten), born });
}

function absorbInstance(
  g: Ground,
  event: Event,
  link: CalendarLink,
  change: Extract<Absorbable, { kind: 'instance' }>,
): Plan {
  if (link.base === null || isBelievedGone(event, link)) return plan('read');
  const { base } = link;
  const value = change.remote === 'cancelled' ? change.remote : instanceOf(change.remote.fields);
  const unit = instanceUnit(change.at);
  const said = { ...base.remote, instances: { ...base.remote.instances, [change.at]: value } };
  const theirs = applyUnits(base.remote, inbound(said, g.calendar, event), [unit]);
  if (diffUnits(theirs, base.remote).length === 0) return plan('echo');
  const stamp = change.remote === 'cancelled' ? `${change.at} cancelled` : change.remote.stamp;
  const merged = mergeChange(g, event, { ...link, base }, theirs, stamp);
  return merged.next === null ? merged : { ...merged, next: rebasedSent(g, merged.next, unit) };
}

/** The write in flight is repeated as it was, so it must not put back the occurrence that was just taken. */
function rebasedSent(g: Ground, event: Event, unit: ReturnType<typeof instanceUnit>): Event {
  const link = linkTo(event, g.calendar.id);
  if (link === null || link.sent === null || link.base === null) return event;
  const fields = applyUnits(link.sent.fields, link.base.local, [unit]);
  return withOwn(g, event, { ...link, sent: { ...link.sent, fields } });
}

function instanceOf(fields: InstanceFields): InstanceFields {
  const { title, description, location, start, end, busy, response, status, privacy } = fields;
  return { title, description, location, start, end, busy, response, status, privacy };
}

/** Set aside with its reason; its time is blocked where it is known and nothing better is. */
function absorbUnreadable(
  g: Ground,
  input: AbsorbInput,
  event: Event | null,
  change: Extract<Absorbable, { kind: 'unreadable' }>,
): Plan {
  if (event !== null || change.span === null || g.calendar.role === 'write') return plan('quarantine');
  return plan('quarantine', { next: unreadableEvent(g, input.birthId, change.remoteId, change.stamp, change.span) });
}
