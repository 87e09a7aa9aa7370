/** Builds the records of cases that nobody may decide silently; the same case always gets the same id. */
import type { Calendar } from '../domain/calendar.ts';
import type { Event, EventFields, MergeUnit } from '../domain/event.ts';
import type { ConflictId } from '../domain/ids.ts';
import { derivedId } from '../domain/ids.ts';
import type { Choice, Conflict, ConflictKind } from '../domain/policy.ts';
import { deletedSide } from '../domain/policy.ts';
import type { SheetRow, Slot } from '../domain/resource.ts';
import type { Instant } from '../domain/time.ts';
import { overlapConflictId } from '../scheduling/sheet.ts';
import { moment, named, shown, spanText } from './conflict-words.ts';

/** Who was involved and when; the parts that all kinds share. */
export interface Case {
  readonly event: Event;
  readonly calendar: Calendar;
  readonly now: Instant;
  /** The other calendars of the resource: our side of a change may have come from one of them. */
  readonly siblings?: readonly Calendar[];
}

/** What a person reads of an edit on both sides: the values, the times, where either came from. */
export function editWords(
  o: Case & { readonly unit: MergeUnit; readonly ours: EventFields; readonly theirs: EventFields },
): { readonly ours: string; readonly theirs: string; readonly sentence: string } {
  const ours = shown(o.unit, o.ours);
  const theirs = shown(o.unit, o.theirs);
  const sentence = `${named(o.unit)} was changed ${causeOf(o)} to ${ours} (${moment(o.event.updatedAt)}) and in the calendar "${o.calendar.name}" to ${theirs} (seen ${moment(o.now)}).`;
  return { ours, theirs, sentence };
}

/** Both sides changed one unit. `choice` null: a person decides; else the policy did, and both values stay on record. */
export function editConflict(
  o: Case & {
    readonly unit: MergeUnit;
    readonly ours: EventFields;
    readonly theirs: EventFields;
    readonly stamp: string;
    readonly choice: Choice | null;
  },
): Conflict {
  const { ours, theirs, sentence } = editWords(o);
  const outcome = `${sentence} ${outcomes(o.choice, 'Both stand until somebody chooses.')}`;
  return conflict(o, { kind: 'edit', parts: [o.unit, o.stamp], unit: o.unit, ours, theirs, sentence: outcome });
}

/** The id of the open question about a deleted copy of a booking; computable again when the copy comes back. */
export const removedConflictId = (event: Event, calendar: Calendar, generation: number): ConflictId =>
  derivedId('conflict', event.id, calendar.id, 'removed', String(generation));

export function removedConflict(o: Case & { readonly generation: number; readonly choice: Choice | null }): Conflict {
  const when = shown('when', o.event.fields);
  const outcome =
    o.choice === null
      ? 'The time stays blocked until somebody chooses: restore the copy or cancel the booking.'
      : o.choice === 'ours'
        ? 'It is written again.'
        : 'The booking was cancelled.';
  const sentence = `The copy of the booking of ${when} (as of ${moment(o.event.updatedAt)}) was deleted in the calendar "${o.calendar.name}" (seen ${moment(o.now)}). ${outcome}`;
  return {
    ...conflict(o, { kind: 'removed', parts: [], unit: null, ours: when, theirs: deletedSide, sentence }),
    id: removedConflictId(o.event, o.calendar, o.generation),
  };
}

/** One side deleted what the other had changed; the side that is null is the one that deleted. */
export function removeVersusEdit(
  o: Case & {
    readonly ours: EventFields | null;
    readonly theirs: EventFields | null;
    readonly units: readonly MergeUnit[];
    readonly stamp: string;
    readonly choice: Choice | null;
  },
): Conflict {
  const side = (fields: EventFields | null) =>
    fields === null
      ? deletedSide
      : o.units.length === 0
        ? shown('when', fields)
        : o.units.map((unit) => `${named(unit).toLowerCase()} ${shown(unit, fields)}`).join('; ');
  const [ours, theirs] = [side(o.ours), side(o.theirs)];
  const verb = (fields: EventFields | null, text: string) =>
    fields === null ? 'was deleted' : `was changed (${text})`;
  const sentence = `One side deleted what the other changed: the event ${verb(o.ours, ours)} ${causeOf(o)} (${moment(o.event.updatedAt)}) and ${verb(o.theirs, theirs)} in the calendar "${o.calendar.name}" (seen ${moment(o.now)}). ${outcomes(o.choice, 'Nothing more happens until somebody chooses.')}`;
  const unit = o.units.join(', ') || null;
  return conflict(o, {
    kind: 'remove-versus-edit',
    parts: ['remove-versus-edit', o.stamp],
    ...{ unit, ours, theirs, sentence },
  });
}

/** The loop breaker spoke: this calendar answered every write of ours by another change. */
export function loopConflict(
  o: Omit<Case, 'choice'> & {
    readonly units: readonly MergeUnit[];
    readonly theirs: EventFields;
    readonly ours: EventFields;
    readonly rounds: number;
  },
): Conflict {
  const values = (fields: EventFields) => o.units.map((unit) => shown(unit, fields)).join('; ') || null;
  const [ours, theirs] = [values(o.ours), values(o.theirs)];
  const sentence = `The calendar "${o.calendar.name}" changed this event again after each of our writes, ${o.rounds} times in a row: we wrote ${ours ?? 'it'} (${moment(o.event.updatedAt)}), it says ${theirs ?? 'something else'} (seen ${moment(o.now)}). We stopped writing to it until somebody chooses.`;
  const unit = o.units.join(', ') || null;
  return conflict({ ...o, choice: null }, { kind: 'loop', parts: ['loop'], unit, ours, theirs, sentence });
}

/** A booking and another event want one time; both stay blocked. Whoever of the two finds it, it is one conflict. */
export function overlapConflict(
  o: Case & {
    readonly own: SheetRow;
    readonly row: SheetRow;
    readonly alternatives: readonly Slot[];
    readonly choice?: Choice | null;
  },
): Conflict {
  const isOurs = o.event.booking !== null;
  const [booking, other] = isOurs ? [o.own, o.row] : [o.row, o.own];
  const [ours, theirs] = [spanText(booking), spanText(other)];
  const self = isOurs ? 'A booking' : 'An event';
  const beside = o.row.kind === 'booking' ? 'a booking' : 'a calendar event';
  const choice = o.choice ?? null;
  const outcome =
    choice === null ? 'Both stay blocked until somebody chooses.' : 'Both stand: the calendar allows double time.';
  const sentence = `${self} in the calendar "${o.calendar.name}" (${spanText(o.own)}, seen there ${moment(o.now)}) overlaps ${beside} (${spanText(o.row)}). ${outcome}`;
  const base = conflict({ ...o, choice }, { kind: 'overlap', parts: [], unit: null, ours, theirs, sentence });
  return {
    ...base,
    id: overlapConflictId(o.own, o.row),
    eventId: booking.eventId ?? o.event.id,
    other: other.eventId === null ? null : { eventId: other.eventId, isBooking: other.kind === 'booking' },
    isBooking: true,
    ...(isOurs ? {} : { oursAt: null }),
    alternatives: o.alternatives,
  };
}

const outcomes = (choice: Choice | null, open: string): string =>
  choice === null ? open : choice === 'ours' ? 'Ours stands.' : 'Theirs stands.';

/**
 * Where our side of it came from, in words. A calendar that brought a change in has settled its version without a write of
 * ours; where no calendar did, the change was made here.
 */
function causeOf({ event, calendar, siblings = [] }: Case): string {
  const bringer = event.links.find(
    (link) =>
      link.calendarId !== calendar.id &&
      link.state === 'live' &&
      link.settledVersion === event.version &&
      event.version > 1 &&
      (link.writtenAt ?? 0) < event.updatedAt,
  );
  const from = siblings.find((c) => c.id === bringer?.calendarId);
  return from === undefined ? 'here' : `in the calendar "${from.name}"`;
}

interface Words {
  readonly kind: ConflictKind;
  readonly parts: readonly string[];
  readonly unit: string | null;
  readonly ours: string | null;
  readonly theirs: string | null;
  readonly sentence: string;
}

function conflict(o: Case & { readonly choice: Choice | null }, words: Words): Conflict {
  const { event, calendar, now, choice } = o;
  const { kind, parts, unit, ours, theirs, sentence } = words;
  return {
    id: derivedId('conflict', event.id, calendar.id, String(event.version), ...parts),
    tenantId: event.tenantId,
    version: 1,
    state: choice === null ? 'open' : 'resolved',
    kind,
    eventId: event.id,
    other: null,
    isBooking: event.booking !== null,
    resourceId: calendar.resourceId,
    calendarId: calendar.id,
    unit,
    ours,
    theirs,
    oursAt: event.updatedAt,
    theirsAt: now,
    sentence,
    alternatives: [],
    openedAt: now,
    decision: null,
    resolvedAt: choice === null ? null : now,
    choice,
  };
}
