/** Builds the records of cases that nobody may decide silently; the same case always gets the same id. */
import type { Calendar } from '../domain/calendar.ts';
import type { Event, EventFields, MergeUnit } from '../domain/event.ts';
import { instanceKeyOf, unitValue } from '../domain/event.ts';
import type { ConflictId } from '../domain/ids.ts';
import { derivedId } from '../domain/ids.ts';
import type { Choice, Conflict, ConflictKind } from '../domain/policy.ts';
import type { SheetRow, Slot } from '../domain/resource.ts';
import type { EventTime, Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import { overlapConflictId } from '../scheduling/sheet.ts';

/** Who was involved and when; the parts that all kinds share. */
export interface Case {
  readonly event: Event;
  readonly calendar: Calendar;
  readonly now: Instant;
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
  const ours = shown(o.unit, o.ours);
  const theirs = shown(o.unit, o.theirs);
  const outcome =
    o.choice === null ? 'Both stand until somebody chooses.' : o.choice === 'ours' ? 'Ours stands.' : 'Theirs stands.';
  return conflict(o, {
    kind: 'edit',
    parts: [o.unit, o.stamp],
    unit: o.unit,
    ours,
    theirs,
    choice: o.choice,
    sentence: `${named(o.unit)} was changed here to ${ours} and in the calendar "${o.calendar.name}" to ${theirs}. ${outcome}`,
  });
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
  return {
    ...conflict(o, {
      kind: 'removed',
      parts: [],
      unit: null,
      ours: when,
      theirs: 'deleted',
      choice: o.choice,
      sentence: `The copy of the booking of ${when} was deleted in the calendar "${o.calendar.name}". ${outcome}`,
    }),
    id: removedConflictId(o.event, o.calendar, o.generation),
  };
}

/** One side deleted what the other had changed. */
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
      ? 'deleted'
      : o.units.length === 0
        ? shown('when', fields)
        : o.units.map((unit) => `${named(unit).toLowerCase()} ${shown(unit, fields)}`).join('; ');
  const [ours, theirs] = [side(o.ours), side(o.theirs)];
  const outcome =
    o.choice === null
      ? 'Nothing happens until somebody chooses.'
      : o.choice === 'ours'
        ? 'Ours stands.'
        : 'Theirs stands.';
  return conflict(o, {
    kind: 'remove-versus-edit',
    parts: ['remove-versus-edit', o.stamp],
    unit: o.units.join(', ') || null,
    ours,
    theirs,
    choice: o.choice,
    sentence: `One side deleted what the other changed: here ${ours}, in the calendar "${o.calendar.name}" ${theirs}. ${outcome}`,
  });
}

/** The loop breaker spoke: this calendar answered every write of ours by another change. */
export function flappingConflict(
  o: Case & { readonly units: readonly MergeUnit[]; readonly theirs: EventFields; readonly ours: EventFields },
): Conflict {
  const [unit] = o.units;
  return conflict(o, {
    kind: 'edit',
    parts: ['flapping'],
    unit: o.units.join(', ') || null,
    ours: unit === undefined ? null : shown(unit, o.ours),
    theirs: unit === undefined ? null : shown(unit, o.theirs),
    choice: null,
    sentence: `The calendar "${o.calendar.name}" changes this event again after each of our writes; we stopped writing to it.`,
  });
}

/** Two events want one time; both stay blocked. Whoever of the two finds it, it is one conflict. */
export function overlapConflict(
  o: Case & { readonly own: SheetRow; readonly row: SheetRow; readonly alternatives: readonly Slot[] },
): Conflict {
  const span = (s: SheetRow) => `${formatInstant(s.start)}/${formatInstant(s.end)}`;
  const [ours, theirs] = [span(o.own), span(o.row)];
  const self = o.event.booking === null ? 'An event' : 'A booking';
  const other = o.row.kind === 'booking' ? 'a booking' : 'a calendar event';
  const base = conflict(o, {
    kind: 'overlap',
    parts: [],
    unit: null,
    ours,
    theirs,
    choice: null,
    sentence: `${self} in the calendar "${o.calendar.name}" (${ours}) overlaps ${other} (${theirs}). Both stay blocked until somebody moves one.`,
  });
  return { ...base, id: overlapConflictId(o.own, o.row), alternatives: o.alternatives };
}

interface Words {
  readonly kind: ConflictKind;
  readonly parts: readonly string[];
  readonly unit: string | null;
  readonly ours: string | null;
  readonly theirs: string | null;
  readonly choice: Choice | null;
  readonly sentence: string;
}

function conflict(o: Case, words: Words): Conflict {
  const { event, calendar, now } = o;
  const { kind, parts, unit, ours, theirs, choice, sentence } = words;
  return {
    id: derivedId('conflict', event.id, calendar.id, String(event.version), ...parts),
    tenantId: event.tenantId,
    version: 1,
    state: choice === null ? 'open' : 'resolved',
    kind,
    eventId: event.id,
    isBooking: event.booking !== null,
    resourceId: calendar.resourceId,
    calendarId: calendar.id,
    unit,
    ours,
    theirs,
    sentence,
    alternatives: [],
    openedAt: now,
    resolvedAt: choice === null ? null : now,
    choice,
  };
}

const unitNames: Readonly<Record<string, string>> = {
  when: 'The time',
  what: 'The title or description',
  where: 'The place',
  busy: 'Whether it blocks',
  status: 'The status',
  privacy: 'The privacy',
};

function named(unit: MergeUnit): string {
  const key = instanceKeyOf(unit);
  return key === null ? (unitNames[unit] ?? unit) : `The occurrence of ${key}`;
}

/** A unit's value in words a person can read: times plainly, short texts quoted, the rest as JSON. */
export function shown(unit: MergeUnit, fields: EventFields): string {
  if (unit === 'when') {
    const repeats = fields.series === null ? '' : `, repeating ${fields.series.rules.join(' ')}`;
    return `${timeText(fields.start)} to ${timeText(fields.end)}${repeats}`;
  }
  if (unit === 'what') {
    return fields.description === '' ? `"${fields.title}"` : `"${fields.title}" (${fields.description})`;
  }
  if (unit === 'where') return `"${fields.location}"`;
  if (unit === 'busy' || unit === 'status' || unit === 'privacy') return fields[unit];
  const value = unitValue(unit, fields);
  if (value === null) return 'as the series says';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function timeText(time: EventTime): string {
  if (time.kind === 'date') return time.day;
  const wall = time.wall.replace('T', ' ').slice(0, 16);
  return time.kind === 'zoned' ? `${wall} ${time.zone}` : wall;
}
