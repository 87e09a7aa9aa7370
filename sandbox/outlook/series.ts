/** The occurrences of a series, with exceptions in their places. */
import type { CalendarDay, Span } from '../../src/domain/time.ts';
import { addDays, addWallMs, type WallTime, wallDifferenceMs } from '../../src/domain/time.ts';
import { occurrenceKey, partsOf } from './ids.ts';
import type { Calendar, Item, Series } from './model.ts';
import { daysOf } from './pattern.ts';
import { dayOf, spanOf, touches } from './times.ts';

export const isMaster = (item: Item): item is Item & { readonly series: Series } => item.series !== null;

/** An occurrence that nobody touched, as if it were stored. */
export function occurrenceOn(master: Item & { readonly series: Series }, day: CalendarDay): Item {
  const wall = `${day}${master.start.wall.slice(10)}` as WallTime;
  const longMs = wallDifferenceMs(master.start.wall, master.end.wall);
  return {
    ...master,
    key: occurrenceKey(master.key, master.series.generation, day),
    series: null,
    of: { master: master.key, day },
    start: { ...master.start, wall },
    end: { ...master.end, wall: addWallMs(wall, longMs) },
  };
}

/** Days of the pattern that are still there; those of exceptions among them. */
function livingDays(master: Item & { readonly series: Series }, until: CalendarDay): CalendarDay[] {
  const { recurrence, cancelled } = master.series;
  return [...daysOf(recurrence, until)].filter((day) => !cancelled.includes(day));
}

const exceptionsOf = (calendar: Calendar, master: Item): Item[] =>
  [...(calendar.exceptions.get(master.key) ?? [])].flatMap((key) => calendar.items.get(key) ?? []);

/** Occurrences and exceptions that touch the window, in order. */
export function instancesOf(calendar: Calendar, master: Item & { readonly series: Series }, window: Span): Item[] {
  const changed = exceptionsOf(calendar, master);
  const taken = new Set(changed.map(({ of }) => of!.day));
  const until = addDays(new Date(window.end).toISOString().slice(0, 10) as CalendarDay, 1);
  const plain = livingDays(master, until)
    .filter((day) => !taken.has(day))
    .map((day) => occurrenceOn(master, day));
  return [...plain, ...changed]
    .filter((item) => touches(item, window))
    .sort((a, b) => spanOf(a).start - spanOf(b).start);
}

/** An item by its key; untouched occurrences are found by theirs. Null: there is none. */
export function itemIn(calendar: Calendar, key: string): Item | null {
  const stored = calendar.items.get(key);
  if (stored !== undefined) return stored;
  const parts = partsOf(key);
  const master = parts === null ? undefined : calendar.items.get(parts.master);
  if (parts === null || master === undefined || !isMaster(master)) return null;
  const isThere = master.series.generation === parts.generation && livingDays(master, parts.day).includes(parts.day);
  return isThere ? occurrenceOn(master, parts.day) : null;
}

/** The days between which an occurrence has to stay: those of its neighbours, wherever they were moved. */
export function neighbours(
  calendar: Calendar,
  master: Item & { readonly series: Series },
  day: CalendarDay,
): { readonly before: CalendarDay | null; readonly after: CalendarDay | null } {
  const moved = new Map(exceptionsOf(calendar, master).map((item) => [item.of!.day, dayOf(item.start)]));
  const days = livingDays(master, addDays(day, 366 * 2));
  const at = days.indexOf(day);
  const placeOf = (other: CalendarDay | undefined): CalendarDay | null =>
    other === undefined ? null : (moved.get(other) ?? other);
  return { before: placeOf(days[at - 1]), after: placeOf(days[at + 1]) };
}
