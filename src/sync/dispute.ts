/** What an answer to an open question makes of the event and its link: pure, for each kind of conflict. */
import type { CalendarLink, Event, EventFields, MergeUnit } from '../domain/event.ts';
import { applyUnits, diffUnits } from '../domain/event.ts';
import type { Conflict } from '../domain/policy.ts';
import { deletedSide } from '../domain/policy.ts';
import { unlinked } from './absorb-remove.ts';
import { buried, buriedBooking, buriedHere, goneLink } from './bury.ts';
import type { LinkWithBase } from './converge.ts';
import { owedUnits, settled } from './converge.ts';
import { linkTo, refusals, restored } from './links.ts';
import type { Ground } from './plan.ts';
import { originOf, withOwn } from './plan.ts';
import { crossingOf, isCarried, lift, view } from './view.ts';

type Side = 'ours' | 'theirs';

/** The units that the question is about as both sides have them now; null when nothing is left to decide. */
export interface Question {
  readonly link: CalendarLink;
  readonly units: readonly MergeUnit[];
  readonly ours: EventFields | null;
  readonly theirs: EventFields | null;
}

export function questionOf(g: Ground, event: Event, conflict: Conflict): Question | null {
  const link = linkTo(event, g.calendar.id);
  if (link === null || event.deletedAt !== null) return null;
  const ours = view(event, g.calendar);
  const theirs = link.base?.remote ?? null;
  switch (conflict.kind) {
    case 'edit': {
      const units = link.disputed.filter((unit) => unit === conflict.unit);
      return units.length === 0 || theirs === null ? null : { link, units, ours, theirs };
    }
    case 'removed':
      return isGoneThere(link) && event.booking !== null ? { link, units: [], ours, theirs: null } : null;
    case 'remove-versus-edit':
      if (conflict.theirs === deletedSide) {
        return isGoneThere(link) && event.booking === null ? { link, units: [], ours, theirs: null } : null;
      }
      return link.base === null ? null : { link, units: [], ours: null, theirs };
    case 'loop': {
      if (link.state !== 'refused' || link.refusal !== refusals.flapping || link.base === null) return null;
      return { link, units: loopUnits(g, event, { ...link, base: link.base }), ours, theirs };
    }
    case 'overlap':
      return null;
  }
}

const isGoneThere = (link: CalendarLink): boolean => link.state === 'refused' && link.refusal === refusals.copyGone;

/** The event once the question is answered, or null when nothing is to be written. */
export function answered(g: Ground, event: Event, conflict: Conflict, choice: Side): Event | null {
  const question = questionOf(g, event, conflict);
  if (question === null) return null;
  const { link } = question;
  // An answer is no visit: it takes part in no lease, so the fence of the last visit stays.
  const ground: Ground = { ...g, fence: link.fence };
  switch (conflict.kind) {
    case 'edit':
      return editAnswered(ground, event, question, choice);
    case 'removed':
      return choice === 'ours' ? putBack(ground, event, link) : givenUp(ground, event, link);
    case 'remove-versus-edit':
      return conflict.theirs === deletedSide
        ? choice === 'ours'
          ? putBack(ground, event, link)
          : buried(ground, event, link)
        : choice === 'ours'
          ? buriedHere(ground, event)
          : allPutBack(event);
    case 'loop':
      return loopAnswered(ground, event, question, choice);
    case 'overlap':
      return null;
  }
}

const putBack = (g: Ground, event: Event, link: CalendarLink): Event => withOwn(g, event, restored(event.id, link));

/** Copies that were gone while the question was open are made again. */
function allPutBack(event: Event): Event | null {
  if (!event.links.some((link) => link.refusal === refusals.editHeld)) return null;
  const links = event.links.map((link) => (link.refusal === refusals.editHeld ? restored(event.id, link) : link));
  return { ...event, links };
}

/** The owner of the calendar gave the booking up. One that took place stays; it only has no copy there any more. */
function givenUp(g: Ground, event: Event, link: CalendarLink): Event {
  const isOver = event.booking?.status === 'completed' || event.booking?.status === 'no_show';
  if (isOver) return withOwn(g, event, unlinked(link));
  const dead = buriedBooking(g, event, link);
  return withOwn(g, dead, goneLink(link, dead.version));
}

function editAnswered(g: Ground, event: Event, { link, units }: Question, choice: Side): Event {
  const base = link.base;
  const known: LinkWithBase = { ...link, base: base!, disputed: link.disputed.filter((u) => !units.includes(u)) };
  return merged(g, event, known, units, choice);
}

/**
 * Theirs: their values come into the event as if they alone had changed; where they may not cross, they stay as they are
 * on the copy and nothing is owed. Ours: our past becomes their value, so that ours
 * is owed as an ordinary update on their stamp.
 */
function merged(g: Ground, event: Event, link: LinkWithBase, units: readonly MergeUnit[], choice: Side): Event {
  const { remote } = link.base;
  const origin = originOf(g, event);
  const taken =
    choice === 'ours'
      ? []
      : units.filter((unit) => crossingOf(unit, event, g.calendar, origin, g.capabilities) === 'take');
  if (event.booking !== null && taken.includes('status') && remote.status === 'cancelled') {
    return buriedBooking(g, event, link);
  }
  const moved: Event = { ...event, fields: lift(event, remote, taken, g.calendar) };
  const local = applyUnits(link.base.local, choice === 'ours' ? remote : view(moved, g.calendar), units);
  return settled(g, event, moved, { ...link, base: { local, remote }, remoteRaises: 0 });
}

/** Where the two sides of a loop differ now, wording apart: what either choice is about. */
function loopUnits(g: Ground, event: Event, link: LinkWithBase): readonly MergeUnit[] {
  const owed = owedUnits(event, link, g.calendar, g.capabilities);
  if (owed.length > 0) return owed;
  const ours = view(event, g.calendar);
  const projected = { ...g.project(ours), response: ours.response };
  return diffUnits(projected, link.base.remote).filter((unit) => isCarried(unit, event, g.calendar, g.capabilities));
}

/** Either way the pause ends and the count begins anew. */
function loopAnswered(g: Ground, event: Event, { link, units }: Question, choice: Side): Event {
  const live: LinkWithBase = {
    ...{ ...link, base: link.base! },
    ...{ state: 'live', refusal: null, failures: 0, retryAt: null, remoteRaises: 0 },
  };
  return merged(g, event, live, units, choice);
}
