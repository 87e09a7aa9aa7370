/** Graph's recurrence, read strictly, and the days that it means; nothing of it is shared with the gateway. */
import type { CalendarDay } from '../../src/domain/time.ts';
import { addDays, parseDay } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import { listAt, objectAt, textAt } from '../kit/json.ts';
import { breach } from './refusal.ts';

const weekDays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
const indexes = ['first', 'second', 'third', 'fourth', 'last'] as const;
const types = ['daily', 'weekly', 'absoluteMonthly', 'relativeMonthly', 'absoluteYearly', 'relativeYearly'] as const;

export interface Pattern {
  readonly type: (typeof types)[number];
  readonly interval: number;
  readonly month: number;
  readonly dayOfMonth: number;
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
  readonly firstDayOfWeek: number;
  readonly index: (typeof indexes)[number];
}
export interface Range {
  readonly type: 'endDate' | 'noEnd' | 'numbered';
  readonly startDate: CalendarDay;
  readonly endDate: CalendarDay | null;
  readonly numberOfOccurrences: number;
  readonly recurrenceTimeZone: string;
}
export interface Recurrence {
  readonly pattern: Pattern;
  readonly range: Range;
}

const invalid = (what: string): Error => breach('ErrorInvalidRequest', `Your request can't be completed. ${what}`);

/** @throws Refusal for a recurrence that Exchange would not take */
export function readRecurrence(value: JsonObject, startDay: CalendarDay, zoneName: string): Recurrence {
  const pattern = readPattern(objectAt(value, 'pattern'));
  const range = readRange(objectAt(value, 'range'), zoneName);
  if (range.startDate !== startDay) {
    throw invalid('The startDate of the recurrence range is not the date of the start of the event.');
  }
  const recurrence = { pattern, range };
  if (daysOf(recurrence, addDays(startDay, 366 * 12)).next().done === true) {
    throw breach('ErrorRecurrenceHasNoOccurrence', 'The recurrence has no occurrences.');
  }
  return recurrence;
}

function readPattern(value: JsonObject | undefined): Pattern {
  const type = types.find((name) => name === textAt(value, 'type'));
  if (value === undefined || type === undefined) throw invalid('The recurrence pattern has no type.');
  const number = (name: string): number => (typeof value[name] === 'number' ? value[name] : 0);
  const daysOfWeek = listAt(value, 'daysOfWeek').map((day) =>
    weekDays.indexOf(String(day) as (typeof weekDays)[number]),
  );
  const interval = number('interval');
  const dayOfMonth = number('dayOfMonth');
  const month = number('month');
  if (interval < 1 || interval > 999) throw invalid('The interval of the recurrence is out of range.');
  const needsDays = type === 'weekly' || type.startsWith('relative');
  if (needsDays && daysOfWeek.length === 0) throw invalid(`daysOfWeek is needed for ${type}.`);
  if (type.startsWith('absolute') && (dayOfMonth < 1 || dayOfMonth > 31)) throw invalid(`dayOfMonth is out of range.`);
  if (type.endsWith('Yearly') && (month < 1 || month > 12)) throw invalid('month is out of range.');
  if (type.endsWith('Yearly') && interval !== 1) throw invalid('A yearly recurrence has an interval of 1.');
  // What a pattern does not use is checked all the same.
  if (dayOfMonth < 0 || dayOfMonth > 31 || month < 0 || month > 12) throw invalid('The recurrence pattern is invalid.');
  const first = weekDays.indexOf((textAt(value, 'firstDayOfWeek') ?? 'sunday') as (typeof weekDays)[number]);
  const index = indexes.find((name) => name === textAt(value, 'index')) ?? 'first';
  return { ...{ type, interval, month, dayOfMonth, daysOfWeek, index }, firstDayOfWeek: first };
}

function readRange(value: JsonObject | undefined, zoneName: string): Range {
  const type = textAt(value, 'type');
  if (type !== 'endDate' && type !== 'noEnd' && type !== 'numbered') throw invalid('The range has no type.');
  const startDate = parseDay(textAt(value, 'startDate') ?? '');
  if (startDate === null) throw invalid('The range has no startDate.');
  const endDate = parseDay(textAt(value, 'endDate') ?? '');
  const count = typeof value?.numberOfOccurrences === 'number' ? value.numberOfOccurrences : 0;
  if (type === 'endDate' && (endDate === null || endDate < startDate)) throw invalid('The endDate is invalid.');
  if (type === 'numbered' && (count < 1 || count > 999)) throw invalid('numberOfOccurrences is out of range.');
  const recurrenceTimeZone = textAt(value, 'recurrenceTimeZone') ?? zoneName;
  const end = type === 'endDate' ? endDate : null;
  return {
    ...{ type, startDate, recurrenceTimeZone },
    endDate: end,
    numberOfOccurrences: type === 'numbered' ? count : 0,
  };
}

/** As answers have it: what a pattern does not use is filled with zeros. */
export function recurrenceJson({ pattern, range }: Recurrence): JsonObject {
  const usesDays = pattern.type === 'weekly' || pattern.type.startsWith('relative');
  const absolute = pattern.type.startsWith('absolute');
  return {
    pattern: {
      type: pattern.type,
      interval: pattern.interval,
      month: pattern.type.endsWith('Yearly') ? pattern.month : 0,
      dayOfMonth: absolute ? pattern.dayOfMonth : 0,
      ...(usesDays ? { daysOfWeek: pattern.daysOfWeek.map((day) => weekDays[day]!) } : {}),
      firstDayOfWeek: weekDays[pattern.firstDayOfWeek]!,
      index: pattern.type.startsWith('relative') ? pattern.index : 'first',
    },
    range: {
      type: range.type,
      startDate: range.startDate,
      endDate: range.endDate ?? '0001-01-01',
      recurrenceTimeZone: range.recurrenceTimeZone,
      numberOfOccurrences: range.numberOfOccurrences,
    },
  };
}

/** The days of a recurrence up to a day, the first one first. */
export function* daysOf({ pattern, range }: Recurrence, until: CalendarDay): Generator<CalendarDay> {
  let count = 0;
  for (const day of candidates(pattern, range.startDate, until)) {
    if (day < range.startDate) continue;
    if (day > until || (range.endDate !== null && day > range.endDate)) return;
    count += 1;
    if (range.type === 'numbered' && count > range.numberOfOccurrences) return;
    yield day;
  }
}

function* candidates(pattern: Pattern, start: CalendarDay, until: CalendarDay): Generator<CalendarDay> {
  if (pattern.type === 'daily') {
    for (let day = start; day <= until; day = addDays(day, pattern.interval)) yield day;
    return;
  }
  if (pattern.type === 'weekly') {
    yield* weekly(pattern, start, until);
    return;
  }
  const yearly = pattern.type.endsWith('Yearly');
  const [year, month] = [Number(start.slice(0, 4)), Number(start.slice(5, 7))];
  for (let step = 0; ; step += 1) {
    const at = yearly ? (year + step) * 12 + pattern.month - 1 : year * 12 + month - 1 + step * pattern.interval;
    const first = dayText(Math.floor(at / 12), (at % 12) + 1, 1);
    if (first > until) return;
    const day = pattern.type.startsWith('absolute') ? clamped(first, pattern.dayOfMonth) : relative(first, pattern);
    if (day !== null) yield day;
  }
}

function* weekly(pattern: Pattern, start: CalendarDay, until: CalendarDay): Generator<CalendarDay> {
  const back = (weekDayOf(start) - pattern.firstDayOfWeek + 7) % 7;
  for (let week = addDays(start, -back); week <= until; week = addDays(week, 7 * pattern.interval)) {
    for (let offset = 0; offset < 7; offset += 1) {
      const day = addDays(week, offset);
      if (pattern.daysOfWeek.includes(weekDayOf(day))) yield day;
    }
  }
}

/** The 31st of a shorter month is its last day, as in Outlook. */
const clamped = (first: CalendarDay, wished: number): CalendarDay =>
  addDays(first, Math.min(wished, lengthOf(first)) - 1);

/** The n-th, or the last, day of the set in a month. */
function relative(first: CalendarDay, { daysOfWeek, index }: Pattern): CalendarDay | null {
  const fitting = Array.from({ length: lengthOf(first) }, (_, at) => addDays(first, at)).filter((day) =>
    daysOfWeek.includes(weekDayOf(day)),
  );
  return (index === 'last' ? fitting.at(-1) : fitting[indexes.indexOf(index)]) ?? null;
}

const dayText = (year: number, month: number, day: number): CalendarDay =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` as CalendarDay;
const weekDayOf = (day: CalendarDay): number => new Date(`${day}T00:00:00Z`).getUTCDay();
const lengthOf = (first: CalendarDay): number =>
  new Date(Date.UTC(Number(first.slice(0, 4)), Number(first.slice(5, 7)), 0)).getUTCDate();
