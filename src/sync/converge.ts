/** Applies the three-way merge to an event and its link: what comes in, what stays owed, what a person must decide. */
import type { Calendar } from '../domain/calendar.ts';
import type { Capabilities } from '../domain/connector.ts';
import type { CalendarLink, Event, EventFields, MergeUnit, PlainUnit, Sent } from '../domain/event.ts';
import { applyUnits, diffUnits, instanceKeyOf, sameValue } from '../domain/event.ts';
import type { Conflict } from '../domain/policy.ts';
import { buriedBooking } from './bury.ts';
import { editConflict, loopConflict } from './conflicts.ts';
import { refusals, withLink } from './links.ts';
import type { Decision, Decisions, Sides } from './merge.ts';
import { decide, nextBase, takenUnits, unitsWith } from './merge.ts';
import type { Ground, Plan } from './plan.ts';
import { originOf, plan, raised, withOwn } from './plan.ts';
import { crossingOf, inbound, isCarried, lift, view } from './view.ts';

export type LinkWithBase = CalendarLink & { readonly base: NonNullable<CalendarLink['base']> };

/** What the copy says once the write in flight has landed: the units it wrote as the provider words them, the rest as it was. */
export function expectedAfter(g: Ground, event: Event, link: CalendarLink, sent: Sent): EventFields {
  const projected = projectedBy(g, event, sent.fields);
  if (link.base === null) return projected;
  const landed = applyUnits(link.base.remote, projected, diffUnits(link.base.local, sent.fields));
  return { ...landed, response: link.base.remote.response };
}

/** Our fields in the provider's words. The owner's answer to an invitation is never written, so it stays what it is. */
const projectedBy = (g: Ground, event: Event, fields: EventFields): EventFields => ({
  ...inbound(g.project(fields), g.calendar, event),
  response: fields.response,
});

/** Units in which the copy is behind what its calendar may see and may be written. */
export function owedUnits(
  event: Event,
  link: LinkWithBase,
  calendar: Calendar,
  capabilities: Capabilities,
): MergeUnit[] {
  return diffUnits(link.base.local, view(event, calendar)).filter(
    (unit) => !link.disputed.includes(unit) && isCarried(unit, event, calendar, capabilities),
  );
}

/** Merges a copy that differs from what we last saw there. `stamp` names this state of it (for conflict ids). */
export function mergeChange(g: Ground, event: Event, link: LinkWithBase, theirs: EventFields, stamp: string): Plan {
  const { calendar } = g;
  const ours = view(event, calendar);
  const sides: Sides = { baseLocal: link.base.local, baseRemote: link.base.remote, ours, theirs };
  const decisions = withPromise(event, calendar, theirs, decideAll(g, event, link, sides));
  const taken = takenUnits(decisions);
  if (event.booking !== null && taken.includes('status') && theirs.status === 'cancelled') {
    return plan('removed', { next: buriedBooking(g, event, { ...link, base: { ...link.base, remote: theirs } }) });
  }
  const moved: Event = { ...event, fields: lift(event, theirs, taken, calendar) };
  const disputed = [...new Set([...link.disputed, ...unitsWith(decisions, 'ask')])];
  const merged: LinkWithBase = { ...link, disputed, base: nextBase(sides, decisions, view(moved, calendar)) };
  const next = settled(g, event, moved, merged);
  const conflicts = conflictsOf(g, event, decisions, sides, stamp);
  return next.version === event.version
    ? plan('merge', { next, conflicts })
    : breaking(g, event, next, sides, [...taken, ...unitsWith(decisions, 'ours')], conflicts);
}

function decideAll(g: Ground, event: Event, link: LinkWithBase, sides: Sides): Decisions {
  const origin = originOf(g, event);
  const { authority } = g.calendar.policy;
  return decide(sides, {
    crossing: (unit) => crossingOf(unit, event, g.calendar, origin, g.capabilities),
    // A calendar that cannot be written is right about itself. An occurrence follows the authority over time.
    authority: (unit) =>
      g.calendar.role === 'read'
        ? 'theirs'
        : instanceKeyOf(unit) === null
          ? authority[unit as PlainUnit]
          : authority.when,
    project: (fields) => projectedBy(g, event, fields),
    disputed: link.disputed,
  });
}

/** A copy of a booking that is marked cancelled is as good as deleted: the same policy speaks. */
function withPromise(event: Event, calendar: Calendar, theirs: EventFields, decisions: Decisions): Decisions {
  const status = decisions.get('status');
  if (event.booking === null || theirs.status !== 'cancelled' || (status !== 'take' && status !== 'theirs')) {
    return decisions;
  }
  const byPolicy: Record<typeof calendar.policy.removedThere, Decision> = {
    cancel: 'theirs',
    restore: 'ours',
    ask: 'ask',
  };
  return new Map([...decisions, ['status', byPolicy[calendar.policy.removedThere]]]);
}

/**
 * Saves what was decided. A debt needs a version ahead of what the link has settled; where only our standing value makes
 * one, the version rises without a change of fields, so that the write that follows has a mark of its own.
 */
export function settled(g: Ground, before: Event, moved: Event, link: LinkWithBase): Event {
  const isDebt = owedUnits(moved, link, g.calendar, g.capabilities).length > 0;
  const isRaise = !sameValue(moved.fields, before.fields) || (isDebt && link.settledVersion >= before.version);
  const next = withOwn(g, moved, link);
  const up = isRaise ? raised(g, before, next) : next;
  if (isDebt || link.sent !== null) return up;
  return withOwn(g, up, { ...link, settledVersion: up.version });
}

function conflictsOf(g: Ground, event: Event, decisions: Decisions, sides: Sides, stamp: string): Conflict[] {
  const { calendar, now, siblings } = g;
  const { ours, theirs } = sides;
  return unitsWith(decisions, 'ours', 'theirs', 'ask').map((unit) => {
    const decision = decisions.get(unit);
    const choice = decision === 'ours' || decision === 'theirs' ? decision : null;
    return editConflict({ event, calendar, now, siblings, unit, ours, theirs, stamp, choice });
  });
}

/** More rounds of write and answering change than this are a loop between programs, not people. */
const mostRounds = 5;
const loopMs = 10 * 60_000;

/**
 * The loop breaker. `remoteRaises` counts turns: odd after a write of ours, even after their answer. A raise that does not
 * follow a write of ours, or follows it only after minutes, is a person's and starts the count anew.
 */
function breaking(
  g: Ground,
  before: Event,
  next: Event,
  sides: Sides,
  units: readonly MergeUnit[],
  conflicts: readonly Conflict[],
): Plan {
  const own = next.links.find((link) => link.calendarId === g.calendar.id);
  if (own === undefined) return plan('merge', { next, conflicts });
  const isAnswer = own.remoteRaises % 2 === 1 && own.writtenAt !== null && g.now - own.writtenAt < loopMs;
  const turns = isAnswer ? own.remoteRaises + 1 : 0;
  if (turns <= 2 * mostRounds) {
    return plan('merge', { next: withLink(next, { ...own, remoteRaises: turns }), conflicts });
  }
  const { calendar, now } = g;
  const { ours, theirs } = sides;
  const paused: CalendarLink = { ...own, remoteRaises: turns, state: 'refused', refusal: refusals.flapping };
  const rounds = mostRounds + 1;
  const alarm = loopConflict({ event: before, calendar, now, units, ours, theirs, rounds });
  return plan('merge', { next: withLink(next, paused), conflicts: [...conflicts, alarm] });
}
