/** Edits the plain properties of one VEVENT; a property that already says the same keeps its bytes. */
import type { EventFields, InstanceFields, MergeUnit } from '../src/domain/event.ts';
import { canonicalRule, instanceKeyFor, instanceKeyIn } from '../src/domain/series.ts';
import { equalTime } from '../src/domain/time.ts';
import type { Draft } from './caldav-draft.ts';
import { drop, put } from './caldav-draft.ts';
import { busyStatusName, privacyOf, statusOf } from './caldav-event.ts';
import { all, contentOf, valueIn } from './caldav-lines.ts';
import { readStart } from './caldav-read.ts';
import type { Times } from './caldav-times.ts';
import { readEnd } from './caldav-times.ts';
import { readText, writeText } from './caldav-values.ts';
import {
  busyStatusOf,
  endProperty,
  extraDatesProperty,
  statusValue,
  timeProperty,
  transparencyOf,
} from './caldav-write.ts';

/** Lines that repeat a property in another form: left alone they would go on showing the old value. */
const copies: Readonly<Record<string, readonly string[]>> = {
  DESCRIPTION: ['X-ALT-DESC'],
  LOCATION: ['X-APPLE-STRUCTURED-LOCATION', 'GEO'],
};

export function editOwn(draft: Draft, fields: InstanceFields, units: readonly MergeUnit[], times: Times): void {
  if (units.includes('when')) editTimes(draft, fields, times);
  if (units.includes('what')) {
    editText(draft, 'SUMMARY', fields.title);
    editText(draft, 'DESCRIPTION', fields.description);
  }
  if (units.includes('where')) editText(draft, 'LOCATION', fields.location);
  if (units.includes('busy')) {
    // Both are written: one alone would leave room for an answer or a default to say something else.
    putValue(draft, 'TRANSP', transparencyOf(fields.busy));
    putValue(draft, busyStatusName, busyStatusOf[fields.busy]);
  }
  if (units.includes('status') && statusOf(draft) !== fields.status) {
    put(draft, 'STATUS', [['STATUS', statusValue[fields.status]]]);
  }
  if (units.includes('privacy') && privacyOf(draft) !== fields.privacy) {
    put(draft, 'CLASS', [['CLASS', fields.privacy === 'private' ? 'PRIVATE' : null]]);
  }
}

function editText(draft: Draft, name: string, text: string): void {
  if (readText(valueIn(draft, name)) === text) return;
  put(draft, name, [[name, text === '' ? null : writeText(text)]]);
  drop(draft, ...(copies[name] ?? []));
}

function putValue(draft: Draft, name: string, value: string): void {
  if (valueIn(draft, name).trim().toUpperCase() !== value) put(draft, name, [[name, value]]);
}

function editTimes(draft: Draft, fields: InstanceFields, times: Times): void {
  const start = readStart(draft, times);
  const end = start === null ? null : readEnd(draft, start, times);
  const startStays = start !== null && equalTime(start, fields.start);
  if (!startStays) put(draft, 'DTSTART', [timeProperty('DTSTART', fields.start)]);
  if (startStays && end !== null && equalTime(end, fields.end)) return;
  drop(draft, 'DURATION');
  put(draft, 'DTEND', [endProperty(fields)]);
}

const repeatNames = ['RRULE', 'RDATE', 'EXDATE', 'EXRULE'] as const;

/** Rules and extra dates; deleted and changed occurrences are units of their own. */
export function editRepeats(draft: Draft, fields: EventFields, times: Times): void {
  if (fields.series === null) {
    drop(draft, ...repeatNames);
    return;
  }
  const rules = all(draft, 'RRULE').map((line) => canonicalRule(contentOf(line)) ?? contentOf(line));
  if (!sameSet(rules, fields.series.rules)) {
    put(
      draft,
      'RRULE',
      fields.series.rules.map((rule) => ['RRULE', rule]),
    );
  }
  const keyOf = (time: Parameters<typeof instanceKeyIn>[1]) => instanceKeyIn(fields.start, time, times.floatingZone);
  const first = instanceKeyFor(fields.start);
  const stored = all(draft, 'RDATE').flatMap(times.readList).map(keyOf);
  const dates = stored.filter((key) => key !== first);
  if (!sameSet(dates, fields.series.extraDates.map(keyOf)))
    put(draft, 'RDATE', [extraDatesProperty(fields.series.extraDates)]);
}

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  [...new Set(a)].sort().join() === [...new Set(b)].sort().join();

/** The organizer's count of changes that matter to others (RFC 5546 section 2.1.4). */
export function raiseSequence(draft: Draft): void {
  const old = Number(valueIn(draft, 'SEQUENCE').trim());
  put(draft, 'SEQUENCE', [
    ['SEQUENCE', String(Number.isSafeInteger(old) && old >= 0 ? Math.min(old + 1, 2_147_483_647) : 1)],
  ]);
}
