/** Series in one form, so that two that repeat alike are equal. */
import type { Series } from '../src/domain/event.ts';
import { canonicalRule, instanceKeyFor, instanceKeyIn } from '../src/domain/series.ts';
import { parseRule } from '../src/domain/series-rule.ts';
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { dayMs, utcZone } from '../src/domain/time.ts';
import { dayOf, localToInstant } from '../src/domain/zone.ts';
import { keyTime } from './occurrences.ts';

/** Rules and dates sorted, without doubles, dates in the form of the start; null when nothing is left that repeats. */
export function canonicalSeries(series: Series, start: EventTime, zone: Zone): Series | null {
  const rules = [...new Set(series.rules.map((r) => ruleFor(r, start, zone)).filter((r) => r !== null))].sort();
  const keys = new Set(series.extraDates.map((time) => instanceKeyIn(start, time, zone)));
  keys.delete(instanceKeyFor(start));
  const extraDates = [...keys]
    .sort()
    .map((key) => keyTime(start, key))
    .filter((time) => time !== null);
  return rules.length === 0 && extraDates.length === 0 ? null : { rules, extraDates };
}

/** The canonical rule with its end in the form that goes with the start: an instant, or a day (RFC 5545 section 3.3.10). */
export function ruleFor(text: string, start: EventTime, zone: Zone): string | null {
  const rule = parseRule(text);
  const canonical = canonicalRule(text);
  if (rule === null || canonical === null) return null;
  const { until } = rule;
  if (until === null) return canonical;
  const own = start.kind === 'zoned' ? start.zone : zone;
  if (start.kind === 'date') {
    const exact = until.ms as Instant;
    const utcDay = dayOf(exact, utcZone);
    const localDay = until.kind === 'utc' ? dayOf(exact, own) : utcDay;
    const [, last = utcDay] = [utcDay, localDay].sort();
    return withUntil(canonical, last.replaceAll('-', ''));
  }
  if (until.kind === 'utc') return canonical;
  const last = until.kind === 'day' ? until.ms + dayMs - 1000 : until.ms;
  const at = new Date(localToInstant(last, own)).toISOString();
  return withUntil(canonical, `${at.slice(0, 19).replace(/[-:]/g, '')}Z`);
}

const withUntil = (rule: string, until: string): string => rule.replace(/UNTIL=[^;]*/, `UNTIL=${until}`);
