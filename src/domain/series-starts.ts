/** Walks the rules of a series: which starts (wall time) fall into a stretch, and where the series ends. */
import type { Chunks } from './series-chunks.ts';
import { chunksOf } from './series-chunks.ts';
import type { Rule } from './series-rule.ts';
import { parseRule, untilWallMs } from './series-rule.ts';
import type { WallTime, Zone } from './time.ts';
import { dayMs, utcMs } from './time.ts';
import { localToInstant } from './zone.ts';

/** The first start of a series and the zone that its wall time lives in. Numbers are wall time as if UTC. */
export interface Origin {
  readonly first: number;
  readonly wholeDays: boolean;
  readonly zone: Zone;
}
/** Looks that are left: one for each period and each candidate. A hostile rule costs this much and no more. */
export interface Budget {
  work: number;
}
export interface Starts {
  /** Ascending, without doubles. */
  readonly starts: readonly number[];
  /** From here on nothing is known (a cap, or a rule that cannot be read); null: everything up to the end is there. */
  readonly cutAt: number | null;
}

/** The last wall time that is used: in every zone its instant still has a year of four digits. */
export const lastWall = utcMs(9999, 12, 30);
const dayTexts = new Map<number, string>();
const clockTexts = new Map<number, string>();
/** Wall time as text, put together from remembered halves: formatting is most of the cost of an expansion. */
export function wallText(ms: number): WallTime {
  const day = Math.floor(ms / dayMs);
  return (dayText(day) + clockText(ms - day * dayMs)) as WallTime;
}

function dayText(day: number): string {
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = new Date(day * dayMs).toISOString().slice(0, 10);
    if (dayTexts.size > 20_000) dayTexts.clear();
    dayTexts.set(day, text);
  }
  return text;
}

function clockText(ms: number): string {
  let text = clockTexts.get(ms);
  if (text === undefined) {
    text = new Date(ms).toISOString().slice(10, 19);
    if (clockTexts.size > 20_000) clockTexts.clear();
    clockTexts.set(ms, text);
  }
  return text;
}

/** Starts of the rules within [from, to], both included. The first start is left out: it belongs to a series in any case. */
export function ruleStarts(
  rules: readonly string[],
  origin: Origin,
  [from, to]: readonly [number, number],
  most: number,
  budget: Budget,
): Starts {
  const all = new Set<number>();
  let cutAt: number | null = null;
  const cut = (at: number) => {
    cutAt = cutAt === null ? at : Math.min(cutAt, at);
  };
  for (const text of rules) {
    const rule = readRule(text);
    if (rule === null) {
      cut(origin.first + 1000);
      continue;
    }
    let found = 0;
    const walk = startsFrom(rule, origin, from, Math.min(to, lastWall), budget);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) {
        if (step.value !== null) cut(step.value);
        break;
      }
      found += 1;
      if (found > most) {
        cut(step.value);
        break;
      }
      all.add(step.value);
    }
  }
  return { starts: [...all].sort((a, b) => a - b), cutAt };
}

/** The last start that the rules give, or null when there is no end or none can be told. */
export function lastStart(rules: readonly string[], origin: Origin, budget: Budget): number | null {
  let last = origin.first;
  for (const text of rules) {
    const rule = readRule(text);
    const end = rule === null ? null : lastOf(rule, origin, budget);
    if (end === null) return null;
    last = Math.max(last, end);
  }
  return last;
}

/** Yields starts after the first one; returns where the budget ended, or null when it did not. */
function* startsFrom(
  rule: Rule,
  origin: Origin,
  from: number,
  to: number,
  budget: Budget,
): Generator<number, number | null> {
  const chunks = chunksOf(rule, origin.first, origin.wholeDays);
  const allows = untilFilter(rule, origin);
  // COUNT needs every start from the first on; any other rule begins where the stretch does, however old it is.
  let left = rule.count === null ? Number.POSITIVE_INFINITY : rule.count - 1;
  let index = rule.count === null ? Math.max(0, chunks.indexOf(Math.max(from, origin.first))) : 0;
  const end = chunks.indexOf(Math.min(to, latest(rule)));
  for (; index <= end && left > 0; index += 1) {
    const set = chunks.at(index);
    budget.work -= 1 + set.length;
    for (const ms of set) {
      if (ms <= origin.first) continue;
      if (ms > to || left <= 0 || !allows(ms)) return null;
      left -= 1;
      if (ms >= from) yield ms;
    }
    if (budget.work <= 0) return Math.max(from, chunks.beginOf(index + 1));
  }
  return null;
}

function lastOf(rule: Rule, origin: Origin, budget: Budget): number | null {
  if (rule.until === null && rule.count === null) return null;
  if (rule.count !== null) {
    let last = origin.first;
    const walk = startsFrom(rule, origin, origin.first, lastWall, budget);
    for (let step = walk.next(); ; step = walk.next()) {
      if (step.done === true) return step.value === null ? last : null;
      last = step.value;
    }
  }
  return searchBack(rule, origin, chunksOf(rule, origin.first, origin.wholeDays), budget);
}

function searchBack(rule: Rule, origin: Origin, chunks: Chunks, budget: Budget): number {
  const allows = untilFilter(rule, origin);
  for (let index = chunks.indexOf(Math.min(latest(rule), lastWall)); index >= 0; index -= 1) {
    const set = chunks.at(index);
    budget.work -= 1 + set.length;
    const last = set.findLast((ms) => ms > origin.first && allows(ms));
    if (last !== undefined) return last;
    // Not found within the budget: UNTIL itself is late enough.
    if (budget.work <= 0) return Math.max(origin.first, Math.min(latest(rule), lastWall));
  }
  return origin.first;
}

/** No start of the rule is later than this wall time. An offset is below a day. */
function latest(rule: Rule): number {
  if (rule.until === null) return Number.POSITIVE_INFINITY;
  return rule.until.kind === 'utc' ? rule.until.ms + dayMs : untilWallMs(rule.until);
}

/**
 * UNTIL against a start, in every pairing that is written: UTC compares instants, local time and days compare wall time,
 * and a day lets in all of its hours. A UTC time on a series of whole days (Outlook) is read so that it lets in a day that
 * either reading allows: a day too much is free to be deleted, a day too few would be booked twice.
 */
function untilFilter(rule: Rule, origin: Origin): (ms: number) => boolean {
  const until = rule.until;
  if (until === null) return () => true;
  if (until.kind !== 'utc') return (ms) => ms <= untilWallMs(until);
  if (!origin.wholeDays) return (ms) => localToInstant(ms, origin.zone) <= until.ms;
  return (ms) => ms <= until.ms || localToInstant(ms, origin.zone) <= until.ms;
}

const read = new Map<string, Rule | null>();
function readRule(text: string): Rule | null {
  const hit = read.get(text);
  if (hit !== undefined) return hit;
  const rule = parseRule(text);
  if (read.size > 5000) read.clear();
  read.set(text, rule);
  return rule;
}
