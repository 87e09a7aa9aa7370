/** Graph's six recurrence patterns to and from RRULE (RFC 5545): exactly, or refused by name. */
import type { Series } from '../src/domain/event.ts';
import { canonicalRule } from '../src/domain/series.ts';
import { parseRule, type Rule } from '../src/domain/series-rule.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../src/domain/time.ts';
import { addDays, parseDay, utcZone } from '../src/domain/time.ts';
import { dayOf, localToInstant } from '../src/domain/zone.ts';
import { type Json, jsonIn, listIn, textIn } from './json.ts';
import { resolveZone } from './zones.ts';

const days: readonly string[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const short: readonly string[] = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const indexes: readonly string[] = ['first', 'second', 'third', 'fourth', 'last'];
/** The day on which Exchange's calendar stops; a series that ends there has no end. */
const lastOfAll = '4500-08-31';

export const dayIn = (time: EventTime): CalendarDay =>
  time.kind === 'date' ? time.day : (time.wall.slice(0, 10) as CalendarDay);

const weekdayOf = (day: CalendarDay): number => new Date(`${day}T00:00:00Z`).getUTCDay();

/** A series in our words, or why it cannot be read. `start` is that of the series, `zone` the calendar's. */
export function readRecurrence(value: Json, start: EventTime, zone: Zone): Series | string {
  const pattern = jsonIn(value, 'pattern');
  const range = jsonIn(value, 'range');
  if (pattern === null || range === null) return 'the recurrence has no pattern or no range';
  const named = textIn(range, 'recurrenceTimeZone');
  if (named !== null && start.kind !== 'date' && resolveZone(named) === null) {
    return 'the series repeats in a time zone that is not known';
  }
  const first = parseDay(textIn(range, 'startDate') ?? '');
  if (first !== null && first !== dayIn(start)) return 'the recurrence counts its days on another clock than its start';
  const parts = readPattern(pattern, dayIn(start));
  const end = readRange(range, start, zone);
  if (parts === null || end === null) return 'the recurrence cannot be read';
  const rule = canonicalRule([...parts, ...end].join(';'));
  return rule === null ? 'the recurrence cannot be read' : { rules: [rule], extraDates: [] };
}

const numberIn = (json: Json, key: string): number => (typeof json[key] === 'number' ? json[key] : 0);

function readPattern(pattern: Json, first: CalendarDay): string[] | null {
  const type = (textIn(pattern, 'type') ?? '').toLowerCase();
  const interval = `INTERVAL=${numberIn(pattern, 'interval')}`;
  const names = listIn(pattern, 'daysOfWeek').map((day) => days.indexOf(String(day).toLowerCase()));
  if (names.includes(-1)) return null;
  const set = [...new Set(names)].sort((a, b) => a - b);
  const dayOfMonth = numberIn(pattern, 'dayOfMonth');
  const month = numberIn(pattern, 'month');
  const years = yearsIn(numberIn(pattern, 'interval'));
  switch (type) {
    case 'daily':
      return ['FREQ=DAILY', interval];
    case 'weekly':
      return readWeekly(pattern, set, interval, first);
    case 'absolutemonthly':
      return years !== null
        ? yearDay(dayOfMonth, monthOf(first), first, `INTERVAL=${years}`)
        : monthDay(dayOfMonth, first, 28, ['FREQ=MONTHLY', interval]);
    case 'relativemonthly':
      return years !== null
        ? relative(pattern, set, ['FREQ=YEARLY', `INTERVAL=${years}`, `BYMONTH=${monthOf(first)}`])
        : relative(pattern, set, ['FREQ=MONTHLY', interval]);
    case 'absoluteyearly':
      return yearDay(dayOfMonth, month, first, interval);
    case 'relativeyearly':
      return relative(pattern, set, ['FREQ=YEARLY', interval, `BYMONTH=${month}`]);
    default:
      return null;
  }
}

const monthOf = (day: CalendarDay): number => Number(day.slice(5, 7));

/** Whole years, where the months of a pattern are some: then it always comes back to the month that it begins in. */
function yearsIn(months: number): number | null {
  return months > 0 && months % 12 === 0 ? months / 12 : null;
}

function yearDay(day: number, month: number, first: CalendarDay, interval: string): string[] | null {
  const most = shortest[month - 1];
  if (most === undefined) return null;
  const isFirst = monthOf(first) === month && Number(first.slice(8)) === day;
  if (isFirst && day <= most) return ['FREQ=YEARLY', interval];
  return monthDay(day, null, most, ['FREQ=YEARLY', interval, `BYMONTH=${month}`]);
}

function readWeekly(pattern: Json, set: readonly number[], interval: string, first: CalendarDay): string[] | null {
  if (set.length === 0) return null;
  const isPlain = set.length === 1 && set[0] === weekdayOf(first);
  const start = days.indexOf((textIn(pattern, 'firstDayOfWeek') ?? 'sunday').toLowerCase());
  const counts = numberIn(pattern, 'interval') > 1 && !isPlain;
  const byDay = isPlain ? [] : [`BYDAY=${set.map((day) => short[day]).join(',')}`];
  return ['FREQ=WEEKLY', interval, ...byDay, ...(counts && start >= 0 ? [`WKST=${short[start]}`] : [])];
}

/** Days that each month has every year. */
const shortest: readonly number[] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * In a month that is too short Outlook takes its last day; RFC 5545 would leave the month out.
 * @param most the days that the month always has
 */
function monthDay(day: number, first: CalendarDay | null, most: number, parts: readonly string[]): string[] | null {
  if (day < 1 || day > 31) return null;
  if (day <= most)
    return first !== null && Number(first.slice(8)) === day ? [...parts] : [...parts, `BYMONTHDAY=${day}`];
  if (day === 31) return [...parts, 'BYMONTHDAY=-1'];
  const list = Array.from({ length: day - 27 }, (_, i) => 28 + i).join(',');
  return [...parts, `BYMONTHDAY=${list}`, 'BYSETPOS=-1'];
}

function relative(pattern: Json, set: readonly number[], parts: readonly string[]): string[] | null {
  const at = indexes.indexOf((textIn(pattern, 'index') ?? 'first').toLowerCase());
  if (at < 0 || set.length === 0) return null;
  const nth = at === 4 ? -1 : at + 1;
  if (set.length === 1) return [...parts, `BYDAY=${nth}${short[set[0]!]}`];
  return [...parts, `BYDAY=${set.map((day) => short[day]).join(',')}`, `BYSETPOS=${nth}`];
}

function readRange(range: Json, start: EventTime, zone: Zone): string[] | null {
  const type = (textIn(range, 'type') ?? '').toLowerCase();
  if (type === 'noend') return [];
  if (type === 'numbered') return [`COUNT=${numberIn(range, 'numberOfOccurrences')}`];
  const day = type === 'enddate' ? parseDay(textIn(range, 'endDate') ?? '') : null;
  if (day === null) return null;
  return day >= lastOfAll ? [] : [`UNTIL=${untilText(day, start, zone)}`];
}

/** The last moment of the day, in the form that goes with the start (RFC 5545 section 3.3.10). */
function untilText(day: CalendarDay, start: EventTime, zone: Zone): string {
  if (start.kind === 'date') return day.replaceAll('-', '');
  const own = start.kind === 'zoned' ? start.zone : zone;
  const onDay = (date: CalendarDay) => localToInstant(Date.parse(`${date}${start.wall.slice(10)}Z`), own);
  // Where clocks skip the end of a day its last second lies in the next one, and must not let in that day's start.
  const nextOut = Math.max(onDay(day), onDay(addDays(day, 1)) - 1000);
  const at = Math.min(localToInstant(Date.parse(`${day}T23:59:59Z`), own), nextOut);
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

export interface GraphRecurrence {
  readonly pattern: Json;
  readonly range: Json;
}

/** The pattern and range, or by name what of the series Outlook cannot say. */
export function writeRecurrence(series: Series, start: EventTime, zone: Zone): GraphRecurrence | string {
  if (series.extraDates.length > 0) return 'Outlook has no series with extra dates (RDATE)';
  const [text, ...more] = series.rules;
  if (text === undefined || more.length > 0) return 'Outlook has no series with several rules';
  const rule = parseRule(text);
  if (rule === null) return 'the recurrence rule cannot be read';
  const pattern = isBeyond(rule) ? null : writePattern(rule, dayIn(start));
  if (pattern === null) return `Outlook has no recurrence for ${canonicalRule(text)}`;
  if (!fitsFirst(pattern, dayIn(start))) {
    return `Outlook cannot begin ${canonicalRule(text)} on a day that the rule does not name`;
  }
  return { pattern: inMonths(pattern), range: writeRange(rule, start, zone) };
}

/** Exchange knows no years but every one; so many times twelve months say the same where the series begins in that month. */
function inMonths({ type, month, ...pattern }: Json): Json {
  const interval = numberIn(pattern, 'interval');
  if (month === undefined) return { type, ...pattern };
  if (interval === 1) return { type, ...pattern, month };
  return {
    ...pattern,
    type: type === 'relativeYearly' ? 'relativeMonthly' : 'absoluteMonthly',
    interval: interval * 12,
  };
}

/** More than Exchange counts, or an end that is given twice. */
function isBeyond({ freq, interval, count, until }: Rule): boolean {
  const most = freq === 'DAILY' ? 999 : freq === 'YEARLY' ? 8 : 99;
  return interval > most || (count !== null && (count > 999 || until !== null));
}

/** Whether the first day is one of the pattern's own: Outlook would move it otherwise. */
function fitsFirst(pattern: Json, first: CalendarDay): boolean {
  const [month, day] = [Number(first.slice(5, 7)), Number(first.slice(8))];
  const length = new Date(Date.UTC(Number(first.slice(0, 4)), month, 0)).getUTCDate();
  if (numberIn(pattern, 'month') !== 0 && numberIn(pattern, 'month') !== month) return false;
  if (typeof pattern.dayOfMonth === 'number') return day === Math.min(pattern.dayOfMonth, length);
  const set = listIn(pattern, 'daysOfWeek').map((name) => days.indexOf(String(name)));
  if (set.length === 0) return true;
  const index = textIn(pattern, 'index');
  const weekday = weekdayOf(first);
  if (index === null || !set.includes(weekday)) return set.includes(weekday);
  const fitting = Array.from({ length }, (_, i) => i + 1).filter((d) => set.includes((weekday + d - day + 35) % 7));
  return (index === 'last' ? fitting.at(-1) : fitting[indexes.indexOf(index)]) === day;
}

const has = (rule: Rule, ...names: (keyof Rule['by'])[]): boolean => names.some((name) => rule.by[name].length > 0);

function writePattern(rule: Rule, first: CalendarDay): Json | null {
  if (has(rule, 'BYWEEKNO', 'BYYEARDAY', 'BYHOUR', 'BYMINUTE', 'BYSECOND')) return null;
  const { interval } = rule;
  const set = [...new Set(rule.byDay.map(({ weekday }) => weekday))].map((day) => days[day]!);
  const isEvery = rule.byDay.every(({ nth }) => nth === 0);
  const isBare = !has(rule, 'BYMONTH', 'BYMONTHDAY', 'BYSETPOS');
  const firstDayOfWeek = days[rule.weekStart]!;
  switch (rule.freq) {
    case 'DAILY':
      if (!isBare) return null;
      if (rule.byDay.length === 0) return { type: 'daily', interval };
      return interval === 1 ? { type: 'weekly', interval, daysOfWeek: set, firstDayOfWeek } : null;
    case 'WEEKLY':
      if (!isBare) return null;
      return {
        type: 'weekly',
        interval,
        daysOfWeek: set.length === 0 ? [days[weekdayOf(first)]!] : set,
        firstDayOfWeek,
      };
    case 'MONTHLY':
      if (has(rule, 'BYMONTH')) return null;
      return monthly(rule, first, isEvery, set, interval);
    case 'YEARLY':
      return yearly(rule, first, isEvery, set);
    default:
      return null;
  }
}

function monthly(rule: Rule, first: CalendarDay, isEvery: boolean, set: string[], interval: number): Json | null {
  const index = relativeIndex(rule, isEvery);
  if (index !== null) return { type: 'relativeMonthly', interval, daysOfWeek: set, index };
  const dayOfMonth = rule.byDay.length === 0 ? dayIndex(rule, Number(first.slice(8)), 28) : null;
  return dayOfMonth === null ? null : { type: 'absoluteMonthly', interval, dayOfMonth };
}

function yearly(rule: Rule, first: CalendarDay, isEvery: boolean, set: string[]): Json | null {
  if (rule.by.BYMONTH.length > 1) return null;
  const { interval } = rule;
  const month = rule.by.BYMONTH[0] ?? monthOf(first);
  const index = has(rule, 'BYMONTH') ? relativeIndex(rule, isEvery) : null;
  if (index !== null) return { type: 'relativeYearly', interval, daysOfWeek: set, index, month };
  if (rule.byDay.length > 0 || (has(rule, 'BYMONTHDAY') && !has(rule, 'BYMONTH'))) return null;
  const dayOfMonth = dayIndex(rule, Number(first.slice(8)), shortest[month - 1] ?? 28);
  return dayOfMonth === null ? null : { type: 'absoluteYearly', interval, dayOfMonth, month };
}

/** `first` to `fourth` and `last`; null when the days are named in another way. */
function relativeIndex(rule: Rule, isEvery: boolean): string | null {
  if (rule.byDay.length === 0 || has(rule, 'BYMONTHDAY')) return null;
  const [one] = rule.byDay;
  const positions = rule.by.BYSETPOS;
  const nth = isEvery
    ? positions.length === 1
      ? positions[0]!
      : 0
    : rule.byDay.length === 1 && positions.length === 0
      ? one!.nth
      : 0;
  if (nth === -1) return 'last';
  return nth >= 1 && nth <= 4 ? indexes[nth - 1]! : null;
}

function dayIndex(rule: Rule, first: number, most: number): number | null {
  const list = rule.by.BYMONTHDAY;
  const positions = rule.by.BYSETPOS;
  if (list.length === 0) return positions.length === 0 && first <= most ? first : null;
  if (list.length === 1 && positions.length === 0) {
    const [day] = list;
    return day === -1 ? 31 : day! >= 1 && day! <= most ? day! : null;
  }
  const isLast = positions.length === 1 && positions[0] === -1;
  if (isLast && list.join() === '28,29') return 29;
  return isLast && list.join() === '28,29,30' ? 30 : null;
}

function writeRange(rule: Rule, start: EventTime, zone: Zone): Json {
  const startDate = dayIn(start);
  if (rule.count !== null) return { type: 'numbered', startDate, numberOfOccurrences: rule.count };
  if (rule.until === null) return { type: 'noEnd', startDate };
  const [, endDate = startDate] = [startDate, lastDay(rule.until, start, zone)].sort();
  if (endDate >= lastOfAll) return { type: 'noEnd', startDate };
  return { type: 'endDate', startDate, endDate };
}

/** The last day on which an occurrence still begins in time. */
function lastDay(until: NonNullable<Rule['until']>, start: EventTime, zone: Zone): CalendarDay {
  const own = start.kind === 'zoned' ? start.zone : zone;
  const plainDay = dayOf(until.ms as Instant, utcZone);
  if (until.kind === 'day') return plainDay;
  if (start.kind === 'date') {
    // A UTC end lets in a day that either reading of it allows.
    const [, last = plainDay] = [plainDay, until.kind === 'utc' ? dayOf(until.ms as Instant, own) : plainDay].sort();
    return last;
  }
  const at = until.kind === 'utc' ? (until.ms as Instant) : localToInstant(until.ms, own);
  const day = dayOf(at, own);
  const wall = `${day}${start.wall.slice(10)}` as WallTime;
  return localToInstant(Date.parse(`${wall}Z`), own) <= at ? day : addDays(day, -1);
}
