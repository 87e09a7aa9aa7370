/** Reads an RRULE value (RFC 5545 section 3.3.10) into numbers, and writes it in one canonical spelling. */
import { dayMs, parseDay, wallMs } from './time.ts';

export type Frequency = 'SECONDLY' | 'MINUTELY' | 'HOURLY' | 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY';
/** `nth` 0 means every such weekday; 0 is Sunday. */
export interface NthWeekday {
  readonly nth: number;
  readonly weekday: number;
}
/** UNTIL in its three spellings. `ms` is wall time as if UTC for `day` and `local`, an instant for `utc`. */
export interface Until {
  readonly kind: 'day' | 'local' | 'utc';
  readonly ms: number;
}
const listNames = [
  'BYMONTH',
  'BYWEEKNO',
  'BYYEARDAY',
  'BYMONTHDAY',
  'BYHOUR',
  'BYMINUTE',
  'BYSECOND',
  'BYSETPOS',
] as const;
export type ListName = (typeof listNames)[number];

export interface Rule {
  readonly freq: Frequency;
  readonly interval: number;
  readonly count: number | null;
  readonly until: Until | null;
  readonly byDay: readonly NthWeekday[];
  /** Every list sorted and without doubles; empty when the part is absent. */
  readonly by: Readonly<Record<ListName, readonly number[]>>;
  readonly weekStart: number;
}

const frequencies: readonly string[] = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const weekdays: readonly string[] = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
/** Smallest and largest absolute value, and whether counting from the end is allowed. */
const ranges: Readonly<Record<ListName, readonly [number, number, boolean]>> = {
  BYMONTH: [1, 12, false],
  BYWEEKNO: [1, 53, true],
  BYYEARDAY: [1, 366, true],
  BYMONTHDAY: [1, 31, true],
  BYHOUR: [0, 23, false],
  BYMINUTE: [0, 59, false],
  BYSECOND: [0, 60, false],
  BYSETPOS: [1, 366, true],
};

/** Null when the text is no RRULE value that we can honour; a part we do not know would change its meaning. */
export function parseRule(text: string): Rule | null {
  const parts = splitParts(text);
  const freq = parts?.get('FREQ');
  if (parts === null || freq === undefined || !frequencies.includes(freq)) return null;
  const interval = wholeNumber(parts.get('INTERVAL') ?? '1');
  const count = parts.has('COUNT') ? wholeNumber(parts.get('COUNT')!) : null;
  const until = parts.has('UNTIL') ? parseUntil(parts.get('UNTIL')!) : null;
  const weekStart = weekdays.indexOf(parts.get('WKST') ?? 'MO');
  const byDay = parts.has('BYDAY') ? parseByDay(parts.get('BYDAY')!) : [];
  if (interval === null || interval === 0 || count === 0 || weekStart < 0 || byDay === null) return null;
  if ((parts.has('COUNT') && count === null) || (parts.has('UNTIL') && until === null)) return null;
  const by: Partial<Record<ListName, readonly number[]>> = {};
  for (const name of listNames) {
    const list = parts.has(name) ? parseList(parts.get(name)!, ranges[name]) : [];
    if (list === null) return null;
    by[name] = list;
  }
  const lists = by as Rule['by'];
  const counted = freq === 'MONTHLY' || (freq === 'YEARLY' && lists.BYWEEKNO.length === 0);
  return {
    freq: freq as Frequency,
    interval,
    count,
    until,
    // A number before a weekday means something only within a month or a year; elsewhere it is seen in the wild as noise.
    byDay: counted ? byDay : distinctDays(byDay.map(({ weekday }) => ({ nth: 0, weekday }))),
    by: lists,
    weekStart,
  };
}

/**
 * The rule with its parts in one order, upper case, lists sorted and defaults left out, so that a server's other spelling
 * of the same rule is no change. Null when it is not a valid RRULE value.
 */
export function canonicalRule(text: string): string | null {
  const rule = parseRule(text);
  if (rule === null) return null;
  const out = [`FREQ=${rule.freq}`];
  if (rule.until !== null) out.push(`UNTIL=${formatUntil(rule.until)}`);
  if (rule.count !== null) out.push(`COUNT=${rule.count}`);
  if (rule.interval !== 1) out.push(`INTERVAL=${rule.interval}`);
  for (const name of listNames) {
    if (name === 'BYHOUR' && rule.byDay.length > 0) {
      out.push(
        `BYDAY=${rule.byDay.map(({ nth, weekday }) => `${nth === 0 ? '' : nth}${weekdays[weekday]}`).join(',')}`,
      );
    }
    if (rule.by[name].length > 0) out.push(`${name}=${rule.by[name].join(',')}`);
  }
  if (rule.weekStart !== 1) out.push(`WKST=${weekdays[rule.weekStart]}`);
  return out.join(';');
}

const known = new Set<string>(['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY', ...listNames]);
function splitParts(text: string): Map<string, string> | null {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().replace(/\s+/g, '').split(';')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = part.slice(0, at);
    const value = part.slice(at + 1);
    // RFC 7529 says the same as plain RFC 5545 with these two values.
    if (part === 'RSCALE=GREGORIAN' || part === 'SKIP=OMIT') continue;
    if (at < 1 || !known.has(name) || parts.has(name)) return null;
    parts.set(name, value);
  }
  return parts;
}

function wholeNumber(text: string): number | null {
  return /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function parseList(text: string, [least, most, fromEnd]: readonly [number, number, boolean]): readonly number[] | null {
  const out = new Set<number>();
  for (const item of text.split(',')) {
    if (!/^[+-]?\d{1,3}$/.test(item)) return null;
    const value = Number(item);
    if (Math.abs(value) < least || Math.abs(value) > most || (value < 0 && !fromEnd)) return null;
    out.add(value === 0 ? 0 : value);
  }
  return [...out].sort((a, b) => a - b);
}

function parseByDay(text: string): readonly NthWeekday[] | null {
  const out: NthWeekday[] = [];
  for (const item of text.split(',')) {
    const m = /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/.exec(item);
    if (m === null) return null;
    const nth = Number(m[1] ?? 0);
    if (Math.abs(nth) > 53 || (m[1] !== undefined && nth === 0)) return null;
    out.push({ nth, weekday: weekdays.indexOf(m[2]!) });
  }
  return distinctDays(out);
}

function distinctDays(days: readonly NthWeekday[]): readonly NthWeekday[] {
  const rank = ({ nth, weekday }: NthWeekday) => ((weekday + 6) % 7) * 1000 + nth;
  const byRank = new Map(days.map((day) => [rank(day), day]));
  return [...byRank.keys()].sort((a, b) => a - b).map((key) => byRank.get(key)!);
}

function parseUntil(text: string): Until | null {
  const m = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z)?)?$/.exec(text);
  if (m === null) return null;
  const day = parseDay(`${m[1]}-${m[2]}-${m[3]}`);
  if (day === null) return null;
  if (m[4] === undefined) return { kind: 'day', ms: wallMs(day) };
  const [h, mi, s] = [Number(m[4]), Number(m[5]), Math.min(Number(m[6]), 59)];
  if (h > 23 || mi > 59 || Number(m[6]) > 60) return null;
  return { kind: m[7] === 'Z' ? 'utc' : 'local', ms: wallMs(day) + (h * 3600 + mi * 60 + s) * 1000 };
}

function formatUntil({ kind, ms }: Until): string {
  const text = new Date(ms).toISOString().replace(/[-:]/g, '');
  return kind === 'day' ? text.slice(0, 8) : text.slice(0, 15) + (kind === 'utc' ? 'Z' : '');
}

/** The last millisecond of wall time that a `day` or `local` UNTIL lets in. */
export const untilWallMs = (until: Until): number => (until.kind === 'day' ? until.ms + dayMs - 1 : until.ms);
