/** What a person does to a series: all of it, or "this and following", as Google's apps do it. */
import type { Instant, WallTime } from '../../src/domain/time.ts';
import { addDays, addWallMs, wallDifferenceMs } from '../../src/domain/time.ts';
import { instantToWall, wallToInstant } from '../../src/domain/zone.ts';
import { Unmet } from '../kit/verbs.ts';
import { draftOf, patched } from './draft.ts';
import type { Calendar, StoredEvent } from './model.ts';
import { byHand, calendarIn, eventIn, type PhoneEdit, patchOf, refusedAsUnmet, timeJson } from './phone-wish.ts';
import { instanceId, instancesOf, slotAt } from './series.ts';
import { idStamp, instantOf, isDay, type Moment, readMoment, sameMoment } from './times.ts';
import type { World } from './world.ts';

interface Occurrence {
  readonly calendar: Calendar;
  readonly master: StoredEvent;
  readonly one: StoredEvent;
  readonly original: Moment;
}

/** @throws Unmet when the event is no occurrence */
export function occurrenceIn(world: World, calendarId: string, eventId: string): Occurrence {
  const calendar = calendarIn(world, calendarId);
  const one = eventIn(calendar, eventId);
  const master = one.of === null ? undefined : calendar.events.get(one.of.master);
  if (one.of === null || master === undefined) throw new Unmet(`${eventId} is no occurrence of a series`);
  return { calendar, master, one, original: one.of.original };
}

/** "This and following": the old series ends, a new one with an id of its own takes over from here. */
export function split(world: World, wish: PhoneEdit): StoredEvent {
  const { calendar, master, one, original } = occurrenceIn(world, wish.calendarId, wish.eventId);
  const slot = slotAt(calendar, master, original) ?? one;
  const id = `${master.id.replace(/_R\d{8}(T\d{6})?$/, '')}_R${idStamp(original).replace('Z', '')}`;
  const whole = { ...master, id, uid: `${id}@google.com`, start: slot.start, end: slot.end };
  const body = {
    ...patched(whole, patchOf(calendar, whole, wish), calendar),
    recurrence: following(calendar, master, original),
  };
  const draft = refusedAsUnmet(() => draftOf(byHand(calendar, body), { ...whole, before: null }));
  end(world, calendar, master, original);
  const next = world.put(calendar, draft);
  takeOver(world, calendar, next, exceptionsFrom(calendar, master, original));
  return next;
}

/** Deletes "this and following". */
export function endSeries(world: World, calendarId: string, eventId: string): StoredEvent {
  const { calendar, master, original } = occurrenceIn(world, calendarId, eventId);
  const ended = end(world, calendar, master, original);
  takeOver(world, calendar, null, exceptionsFrom(calendar, master, original));
  return ended;
}

/** The wish for the whole series that comes from moving one occurrence of it: everything moves by as much on the clock. */
export function forAll(world: World, wish: PhoneEdit): PhoneEdit {
  const { calendar, master, one } = occurrenceIn(world, wish.calendarId, wish.eventId);
  const { start, end: until, ...rest } = { ...wish, eventId: master.id };
  if (start === undefined || isDay(master.start) || isDay(master.end) || isDay(one.start) || isDay(one.end))
    return rest;
  const { zone } = master.start;
  const wall = (at: Instant): WallTime => instantToWall(at, zone);
  const read = (text: string): Instant =>
    refusedAsUnmet(() => instantOf(readMoment(timeJson(calendar, text), 'start', calendar.zone), calendar.zone));
  const from = read(start);
  const longMs = wallDifferenceMs(wall(one.start.at), wall(one.end.at));
  const to = until === undefined ? addWallMs(wall(from), longMs) : wall(read(until));
  const shift = wallDifferenceMs(wall(one.start.at), wall(from));
  const begins = addWallMs(wall(master.start.at), shift);
  const ends = addWallMs(begins, wallDifferenceMs(wall(from), to));
  const utc = (text: WallTime): string => new Date(wallToInstant(text, zone)).toISOString();
  return { ...rest, start: utc(begins), end: utc(ends) };
}

function end(world: World, calendar: Calendar, master: StoredEvent, from: Moment): StoredEvent {
  if (sameMoment(from, master.start)) return world.put(calendar, { ...master, status: 'cancelled' });
  const recurrence = (master.recurrence ?? []).map((line) => endedBefore(line, from));
  return world.put(calendar, { ...master, recurrence, sequence: master.sequence + 1 });
}

function exceptionsFrom(calendar: Calendar, master: StoredEvent, from: Moment): StoredEvent[] {
  return [...(calendar.exceptions.get(master.id) ?? [])]
    .flatMap((id) => calendar.events.get(id) ?? [])
    .filter(({ of }) => instantOf(of!.original, calendar.zone) >= instantOf(from, calendar.zone));
}

/** Exceptions from here on end, and live on in the next series where their start still is one of its own. */
function takeOver(world: World, calendar: Calendar, next: StoredEvent | null, later: readonly StoredEvent[]): void {
  for (const exception of later) {
    const { original } = exception.of!;
    if (exception.status !== 'cancelled') world.put(calendar, { ...exception, status: 'cancelled' });
    if (next === null || slotAt(calendar, next, original) === null) continue;
    const own = { id: instanceId(next.id, original), uid: next.uid, of: { master: next.id, original } };
    world.put(calendar, { ...exception, ...own });
  }
}

/** The rule that a series has from here on: what was counted already is taken off. */
function following(calendar: Calendar, master: StoredEvent, from: Moment): readonly string[] {
  const until = { start: instantOf(master.start, calendar.zone), end: instantOf(from, calendar.zone) };
  const passed = instancesOf({ ...calendar, exceptions: new Map() }, master, until, false).length;
  return (master.recurrence ?? []).map((line) =>
    line.replace(/COUNT=(\d+)/, (_, count: string) => `COUNT=${Math.max(1, Number(count) - passed)}`),
  );
}

/** A rule that ends just before a start: UNTIL in UTC for times, the day before for days. */
function endedBefore(line: string, from: Moment): string {
  if (!line.startsWith('RRULE')) return line;
  const until = isDay(from)
    ? addDays(from.day, -1).replaceAll('-', '')
    : idStamp({ ...from, at: (from.at - 1000) as Instant });
  return `${line.replace(/;?(UNTIL|COUNT)=[^;]*/g, '')};UNTIL=${until}`;
}
