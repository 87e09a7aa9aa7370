/** The rows of the decision table that have to do with deletion, on either side. */
import type { RemoteEvent } from '../domain/connector.ts';
import type { CalendarLink, Event, EventFields, MergeUnit } from '../domain/event.ts';
import { applyUnits, diffUnits } from '../domain/event.ts';
import type { EventId } from '../domain/ids.ts';
import type { Choice, Conflict } from '../domain/policy.ts';
import { buried, buriedBooking, goneLink } from './bury.ts';
import { removedConflict, removeVersusEdit } from './conflicts.ts';
import type { LinkWithBase } from './converge.ts';
import { owedUnits } from './converge.ts';
import { isBelievedGone, isLeaving, refusals, restored } from './links.ts';
import type { Ground, Plan } from './plan.ts';
import { originOf, plan, raised, withOwn } from './plan.ts';
import { crossingOf, isFollower, lift, view } from './view.ts';

/** The copy that this link names is gone. */
export function absorbRemoval(g: Ground, event: Event, link: CalendarLink): Plan {
  if (isBelievedGone(event, link)) return plan('ignored');
  if (event.deletedAt !== null) return plan('landed', { next: withOwn(g, event, goneLink(link, event.version)) });
  if (isLeaving(event, link)) return plan('landed', { next: withOwn(g, event, unlinked(link)) });
  if (event.booking !== null) return removedBooking(g, event, link);
  // The home of this event still has it and would not let us take it away, or the calendar only follows.
  if (isFollower(event, g.calendar, originOf(g, event))) return restore(g, event, link, []);
  const edits = link.base === null ? [] : owedUnits(event, { ...link, base: link.base }, g.calendar, g.capabilities);
  if (edits.length === 0) return plan('removed', { next: buried(g, event, link) });
  return removedUnderEdit(g, event, link, edits);
}

export const unlinked = (link: CalendarLink): CalendarLink => ({
  ...link,
  state: 'unlinked',
  stamp: null,
  sent: null,
  disputed: [],
  refusal: null,
  failures: 0,
  retryAt: null,
});

const restore = (g: Ground, event: Event, link: CalendarLink, conflicts: readonly Conflict[]): Plan =>
  plan('merge', { next: withOwn(g, event, restored(event.id, link)), conflicts });

function removedBooking(g: Ground, event: Event, link: CalendarLink): Plan {
  const { calendar, now } = g;
  const record = (choice: Choice | null) =>
    removedConflict({ event, calendar, now, generation: link.generation, choice });
  switch (calendar.policy.removedThere) {
    case 'cancel': {
      const next = buriedBooking(g, event, link);
      return plan('removed', { next: withOwn(g, next, goneLink(link, next.version)), conflicts: [record('theirs')] });
    }
    case 'restore':
      return restore(g, event, link, [record('ours')]);
    case 'ask': {
      const held: CalendarLink = { ...link, state: 'refused', refusal: refusals.copyGone, stamp: null, sent: null };
      return plan('removed', { next: withOwn(g, event, held), conflicts: [record(null)] });
    }
  }
}

/** Deleted there while a change of ours was on its way. */
function removedUnderEdit(g: Ground, event: Event, link: CalendarLink, units: readonly MergeUnit[]): Plan {
  const { calendar, now, siblings } = g;
  const stamp = link.stamp ?? '';
  const ours = view(event, calendar);
  const record = (choice: Choice | null) =>
    removeVersusEdit({ event, calendar, now, siblings, units, ours, theirs: null, stamp, choice });
  switch (calendar.policy.removeVersusEdit) {
    case 'keep-edit':
      return restore(g, event, link, [record('ours')]);
    case 'remove':
      return plan('removed', { next: buried(g, event, link), conflicts: [record('theirs')] });
    case 'ask': {
      const held: CalendarLink = { ...link, state: 'refused', refusal: refusals.copyGone, stamp: null, sent: null };
      return plan('removed', { next: withOwn(g, event, held), conflicts: [record(null)] });
    }
  }
}

/** Deleted here, and the copy, which we still have to remove, was changed there meanwhile. */
export function editedTombstone(
  g: Ground,
  event: Event,
  link: CalendarLink,
  theirs: EventFields,
  stamp: RemoteEvent['stamp'],
): Plan {
  const { calendar, now, siblings } = g;
  const origin = originOf(g, event);
  const base = link.base ?? { local: theirs, remote: theirs };
  const units = diffUnits(theirs, base.remote).filter(
    (unit) => crossingOf(unit, event, calendar, origin, g.capabilities) !== 'ignore',
  );
  const sent = link.sent?.kind === 'remove' ? link.sent : null;
  const seen: LinkWithBase = { ...link, stamp, sent, base: { local: base.local, remote: theirs } };
  if (units.length === 0) return plan('touch', { next: withOwn(g, event, seen) });
  const record = (choice: Choice | null) =>
    removeVersusEdit({ event, calendar, now, siblings, units, ours: null, theirs, stamp, choice });
  // A booking that was cancelled here is not brought back by a note that somebody wrote on its copy.
  const isDecided = event.booking !== null || isFollower(event, calendar, origin);
  const choice = isDecided ? 'remove' : calendar.policy.removeVersusEdit;
  if (choice === 'remove') return plan('merge', { next: withOwn(g, event, seen), conflicts: [record('ours')] });
  const fields = lift(event, theirs, units, calendar);
  // While the question is open the copy stands, so its time stays blocked; copies that are gone wait for the answer.
  const next = awakened(g, event, seen, fields, units, choice === 'ask' ? waiting : restored);
  return plan('merge', { next, conflicts: [record(choice === 'ask' ? null : 'theirs')] });
}

const waiting = (_: EventId, link: CalendarLink): CalendarLink => ({
  ...link,
  state: 'refused',
  refusal: refusals.editHeld,
  stamp: null,
  sent: null,
});

/** An external event whose home shows it again. */
export function revived(g: Ground, event: Event, link: CalendarLink, theirs: EventFields, remote: RemoteEvent): Plan {
  const back: LinkWithBase = { ...link, stamp: remote.stamp, sent: null, base: { local: theirs, remote: theirs } };
  return plan('merge', { next: awakened(g, event, back, theirs, [], restored) });
}

/** The tombstone lives again with these fields; `ofGone` says what becomes of links whose copy is gone, removals under way are finished first. */
function awakened(
  g: Ground,
  event: Event,
  link: LinkWithBase,
  fields: EventFields,
  taken: readonly MergeUnit[],
  ofGone: (id: EventId, link: CalendarLink) => CalendarLink,
): Event {
  const links = event.links.map((other) => (isBelievedGone(event, other) ? ofGone(event.id, other) : other));
  const own = { ...link, state: 'live' as const, refusal: null };
  const next = raised(g, event, withOwn(g, { ...event, deletedAt: null, fields, links }, own));
  const local = applyUnits(link.base.local, view(next, g.calendar), taken);
  const known = { ...own, base: { ...link.base, local } };
  const isEven = link.sent === null && owedUnits(next, known, g.calendar, g.capabilities).length === 0;
  return withOwn(g, next, isEven ? { ...known, settledVersion: next.version } : known);
}
