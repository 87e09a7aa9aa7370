/** Candidate starts of one rule, a period at a time and in any order: the set arithmetic of RFC 5545 section 3.3.10. */
import type { NthWeekday, Rule } from './series-rule.ts';
import { dayMs, utcMs } from './time.ts';

/**
 * Periods of a rule numbered from the one that holds its start. All numbers are wall time in milliseconds as if it were
 * UTC: zones come in later, so that a rule keeps its wall time over every zone change.
 */
export interface Chunks {
  /** Sorted candidates of a period; those before the start of the series are still in it. */
  at(index: number): readonly number[];
  /** The last period that begins at or before this time; negative before the first. */
  indexOf(ms: number): number;
  /** When a period begins. */
  beginOf(index: number): number;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

export function chunksOf(rule: Rule, start: number, wholeDays: boolean): Chunks {
  const fits = dayFilter(rule, start);
  const startDay = Math.floor(start / dayMs);
  switch (rule.freq) {
    case 'YEARLY':
      return yearly(rule, start, wholeDays, fits);
    case 'MONTHLY':
      return monthly(rule, start, wholeDays, fits);
    case 'WEEKLY': {
      const first = startDay - ((weekdayOf(startDay) - rule.weekStart + 7) % 7);
      const set = starts(rule, start, wholeDays);
      const step = 7 * rule.interval;
      return {
        at: (index) => set(span(first + index * step, 7).filter(fits)),
        indexOf: (ms) => Math.floor((ms / dayMs - first) / step),
        beginOf: (index) => (first + index * step) * dayMs,
      };
    }
    case 'DAILY': {
      const set = starts(rule, start, wholeDays);
      return {
        at: (index) => {
          const day = startDay + index * rule.interval;
          return fits(day) ? set([day]) : [];
        },
        indexOf: (ms) => Math.floor((ms / dayMs - startDay) / rule.interval),
        beginOf: (index) => (startDay + index * rule.interval) * dayMs,
      };
    }
    default:
      return withinDays(rule, start, wholeDays, fits);
  }
}

function yearly(rule: Rule, start: number, wholeDays: boolean, fits: DayFilter): Chunks {
  const first = new Date(start).getUTCFullYear();
  const set = starts(rule, start, wholeDays);
  const dated = rule.by.BYYEARDAY.length + rule.by.BYMONTHDAY.length + rule.by.BYWEEKNO.length + rule.byDay.length > 0;
  const every = dated ? span(1, 12) : [new Date(start).getUTCMonth() + 1];
  const months = rule.by.BYMONTH.length > 0 ? rule.by.BYMONTH : every;
  return {
    at: (index) => set(months.flatMap((month) => daysOfMonth(first + index * rule.interval, month, fits))),
    indexOf: (ms) => Math.floor((new Date(ms).getUTCFullYear() - first) / rule.interval),
    beginOf: (index) => utcMs(first + index * rule.interval, 1, 1),
  };
}

function monthly(rule: Rule, start: number, wholeDays: boolean, fits: DayFilter): Chunks {
  const monthOf = (ms: number) => new Date(ms).getUTCFullYear() * 12 + new Date(ms).getUTCMonth();
  const first = monthOf(start);
  const set = starts(rule, start, wholeDays);
  return {
    at: (index) => {
      const month = first + index * rule.interval;
      return set(daysOfMonth(Math.floor(month / 12), (month % 12) + 1, fits));
    },
    indexOf: (ms) => Math.floor((monthOf(ms) - first) / rule.interval),
    beginOf: (index) => utcMs(0, first + index * rule.interval + 1, 1),
  };
}

/** Hours, minutes and seconds are served a day at a time: a day that does not fit costs one look. */
function withinDays(rule: Rule, start: number, wholeDays: boolean, fits: DayFilter): Chunks {
  const unit = rule.freq === 'HOURLY' ? hourMs : rule.freq === 'MINUTELY' ? minuteMs : 1000;
  const first = Math.floor(start / unit);
  const perDay = dayMs / unit;
  const inner = innerTimes(rule, start, unit);
  const startDay = Math.floor(start / dayMs);
  const { BYHOUR, BYMINUTE, BYSECOND } = rule.by;
  const timeFits = (ms: number) =>
    allows(BYHOUR, Math.floor(ms / hourMs)) &&
    (unit > minuteMs || allows(BYMINUTE, Math.floor(ms / minuteMs) % 60)) &&
    (unit > 1000 || allows(BYSECOND, Math.floor(ms / 1000) % 60));
  const at = (index: number): number[] => {
    const day = startDay + index;
    if (!fits(day)) return [];
    const out: number[] = [];
    for (let k = modulo(first - day * perDay, rule.interval); k < perDay; k += rule.interval) {
      if (wholeDays) return [day * dayMs];
      if (!timeFits(k * unit)) continue;
      out.push(
        ...pick(
          inner.map((ms) => day * dayMs + k * unit + ms),
          rule.by.BYSETPOS,
        ),
      );
    }
    return out;
  };
  return { at, indexOf: (ms) => Math.floor(ms / dayMs) - startDay, beginOf: (index) => (startDay + index) * dayMs };
}

/** Days since 1970-01-01. */
type DayFilter = (day: number) => boolean;
interface DayInfo {
  readonly day: number;
  readonly weekday: number;
  readonly month: number;
  readonly monthDay: number;
  readonly monthLength: number;
  readonly yearDay: number;
  readonly yearLength: number;
}

function infoOf(day: number): DayInfo {
  const date = new Date(day * dayMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  const january = utcMs(year, 1, 1) / dayMs;
  return {
    day,
    weekday: weekdayOf(day),
    month,
    monthDay: date.getUTCDate(),
    monthLength: utcMs(year, month + 1, 0) / dayMs - utcMs(year, month, 0) / dayMs,
    yearDay: day - january + 1,
    yearLength: utcMs(year + 1, 1, 1) / dayMs - january,
  };
}

/** Days since 1970-01-01, a Thursday. */
const weekdayOf = (day: number): number => modulo(day + 4, 7);
const modulo = (a: number, b: number): number => ((a % b) + b) % b;
const span = (from: number, length: number): number[] => Array.from({ length }, (_, k) => from + k);
const allows = (list: readonly number[], value: number): boolean => list.length === 0 || list.includes(value);

function daysOfMonth(year: number, month: number, fits: DayFilter): number[] {
  const first = utcMs(year, month, 1) / dayMs;
  const length = utcMs(year, month + 1, 1) / dayMs - first;
  return span(first, length).filter(fits);
}

/** Whether a day belongs to the rule. What the rule leaves open is taken from the start, as the RFC says. */
function dayFilter(rule: Rule, start: number): DayFilter {
  const { BYMONTH, BYYEARDAY, BYWEEKNO } = rule.by;
  const startDay = Math.floor(start / dayMs);
  const open = BYYEARDAY.length + rule.by.BYMONTHDAY.length + rule.byDay.length === 0;
  const ofWeek = rule.freq === 'WEEKLY' || (rule.freq === 'YEARLY' && BYWEEKNO.length > 0);
  const ofMonth = rule.freq === 'MONTHLY' || rule.freq === 'YEARLY';
  const byDay: readonly NthWeekday[] = open && ofWeek ? [{ nth: 0, weekday: weekdayOf(startDay) }] : rule.byDay;
  const monthDays = open && ofMonth && !ofWeek ? [new Date(start).getUTCDate()] : rule.by.BYMONTHDAY;
  const inMonth = rule.freq === 'MONTHLY' || BYMONTH.length > 0;
  if (BYMONTH.length + monthDays.length + BYYEARDAY.length + BYWEEKNO.length === 0 && byDay.every((d) => d.nth === 0)) {
    // The common rules look at the weekday alone, or at nothing.
    return (day) => byDay.length === 0 || byDay.some(({ weekday }) => weekday === weekdayOf(day));
  }
  const isWeekday = (day: DayInfo) =>
    byDay.some(
      ({ nth, weekday }) =>
        weekday === day.weekday &&
        (nth === 0 || (inMonth ? isNth(nth, day.monthDay, day.monthLength) : isNth(nth, day.yearDay, day.yearLength))),
    );
  const fits = (day: DayInfo) =>
    allows(BYMONTH, day.month) &&
    allowsFromEnd(monthDays, day.monthDay, day.monthLength) &&
    allowsFromEnd(BYYEARDAY, day.yearDay, day.yearLength) &&
    (byDay.length === 0 || isWeekday(day)) &&
    (BYWEEKNO.length === 0 || allowsWeek(rule, day));
  return (day) => fits(infoOf(day));
}

function allowsFromEnd(list: readonly number[], value: number, length: number): boolean {
  return list.length === 0 || list.includes(value) || list.includes(value - length - 1);
}

const isNth = (nth: number, position: number, length: number): boolean =>
  nth > 0 ? Math.ceil(position / 7) === nth : Math.ceil((length - position + 1) / 7) === -nth;

/** A week belongs to the year that has most of its days (ISO 8601, with the rule's own first day of the week). */
function allowsWeek(rule: Rule, day: DayInfo): boolean {
  const middle = day.day - ((day.weekday - rule.weekStart + 7) % 7) + 3;
  const year = new Date(middle * dayMs).getUTCFullYear();
  const position = middle - utcMs(year, 1, 1) / dayMs;
  const length = (utcMs(year + 1, 1, 1) - utcMs(year, 1, 1)) / dayMs;
  const week = Math.floor(position / 7) + 1;
  const weeks = week + Math.floor((length - 1 - position) / 7);
  return allowsFromEnd(rule.by.BYWEEKNO, week, weeks);
}

/** Turns the days of a period into starts: times of day, then BYSETPOS. */
function starts(rule: Rule, start: number, wholeDays: boolean): (days: readonly number[]) => readonly number[] {
  const times = wholeDays ? [0] : innerTimes(rule, start, dayMs);
  return (days) =>
    pick(
      days.flatMap((day) => times.map((ms) => day * dayMs + ms)),
      rule.by.BYSETPOS,
    );
}

/** Times inside one unit of the frequency, from the lists or from the start where a list is absent. */
function innerTimes(rule: Rule, start: number, unit: number): readonly number[] {
  const own = modulo(start, dayMs);
  const given = (list: readonly number[], fallback: number) => (list.length > 0 ? list : [fallback]);
  const hours = unit > hourMs ? given(rule.by.BYHOUR, Math.floor(own / hourMs)) : [0];
  const minutes = unit > minuteMs ? given(rule.by.BYMINUTE, Math.floor(own / minuteMs) % 60) : [0];
  const seconds = unit > 1000 ? given(rule.by.BYSECOND, Math.floor(own / 1000) % 60) : [0];
  const leapless = [...new Set(seconds.map((s) => Math.min(s, 59)))];
  return hours.flatMap((h) => minutes.flatMap((m) => leapless.map((s) => h * hourMs + m * minuteMs + s * 1000)));
}

function pick(set: readonly number[], positions: readonly number[]): readonly number[] {
  if (positions.length === 0) return set;
  const chosen = new Set<number>();
  for (const position of positions) {
    const value = set.at(position > 0 ? position - 1 : position);
    if (value !== undefined) chosen.add(value);
  }
  return [...chosen].sort((a, b) => a - b);
}
