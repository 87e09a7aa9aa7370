/** Reads one calendar object into one event: master and overrides together, whatever a client made of them. */
import type { Mark } from '../src/domain/connector.ts';
import type { EventFields, InstanceFields, InstanceKey } from '../src/domain/event.ts';
import { canonicalRule, extentOf, instanceKeyIn, spanOf } from '../src/domain/series.ts';
import type { EventTime, Instant, Span, Zone } from '../src/domain/time.ts';
import { addWallMs, wallDifferenceMs } from '../src/domain/time.ts';
import { toInstant } from '../src/domain/zone.ts';
import { addressOf, createIdOf, readMark, readOwn, uidIn } from './caldav-event.ts';
import type { Component } from './caldav-lines.ts';
import { all, componentsNamed, contentOf, first, parameter, readTree } from './caldav-lines.ts';
import { assemble, keyTime } from './caldav-project.ts';
import { spreadForward } from './caldav-range.ts';
import type { Times } from './caldav-times.ts';
import { normalEnd, readEnd, timesOf } from './caldav-times.ts';

export interface Mapped {
  readonly kind: 'mapped';
  readonly fields: EventFields;
  readonly uid: string;
  readonly mark: Mark | null;
  readonly createId: string | null;
  /** What was read with reserve, for the log and the explanation of a decision. */
  readonly notes: readonly string[];
}
export interface Unmappable {
  readonly kind: 'unmappable';
  readonly why: string;
  /** The time that can be told, so that it can be blocked. */
  readonly span: Span | null;
}
export interface ReadOptions {
  readonly ownAddresses: readonly string[];
  readonly floatingZone: Zone;
}

const hourMs = 3_600_000;

/** Total: any text gives an event or a reason. */
export function readObject(text: string, options: ReadOptions): Mapped | Unmappable {
  const root = readTree(text);
  const events = componentsNamed(root, 'VEVENT');
  if (events.length === 0) return refuse('there is no event in it', null);
  const times = timesOf(root, options.floatingZone);
  const owners = new Set(options.ownAddresses.map(addressOf));
  const groups = groupEvents(events);
  const read = groups.map((group) => readGroup(group, times, owners));
  const [only] = read;
  if (read.length === 1) return only!;
  const same = read.every((one) => JSON.stringify(one) === JSON.stringify(only));
  return same ? only! : refuse('it holds several events', hullOf(read, options.floatingZone));
}

/** One master (or none) with its overrides. */
export interface Group {
  readonly master: Component | null;
  readonly overrides: readonly Component[];
}

/** By UID; a second master under the same UID is a group of its own. */
export function groupEvents(events: readonly Component[]): Group[] {
  const byUid = new Map<string, Component[]>();
  for (const event of events) {
    const members = byUid.get(uidIn(event));
    if (members === undefined) byUid.set(uidIn(event), [event]);
    else members.push(event);
  }
  return [...byUid.values()].flatMap((members) => {
    const overrides = members.filter((event) => first(event, 'RECURRENCE-ID') !== null);
    const masters: (Component | null)[] = members.filter((event) => first(event, 'RECURRENCE-ID') === null);
    // Masters under one UID are rare and few; a hostile text must not make each of them read all overrides.
    return (masters.length === 0 ? [null] : masters).map((master, n) => ({
      master,
      overrides: n < 20 ? overrides : [],
    }));
  });
}

function readGroup({ master, overrides }: Group, times: Times, owners: ReadonlySet<string>): Mapped | Unmappable {
  const head = master ?? overrides[0]!;
  const own = readTimed(head, times, owners);
  if ('kind' in own) return own;
  const fields =
    master === null ? readDetached(overrides, own, times, owners) : readSeries(head, own, overrides, times, owners);
  if ('kind' in fields) return fields;
  const uid = uidIn(head);
  if (fields.series !== null && times.lostZone) {
    return refuse('it repeats in a time zone that is like no known zone', spanOf(fields, times.floatingZone));
  }
  return { kind: 'mapped', fields, uid, mark: readMark(head), createId: createIdOf(uid), notes: [...times.notes] };
}

function readTimed(event: Component, times: Times, owners: ReadonlySet<string>): InstanceFields | Unmappable {
  const start = readStart(event, times);
  if (start === null) return refuse('its start is missing or cannot be read', null);
  const end = readEnd(event, start, times);
  if (end !== null) return readOwn(event, [start, end], owners);
  const at = toInstant(start, times.floatingZone);
  // Its beginning is known: the least that can be meant by it is blocked until a person looks.
  return refuse('its end cannot be read', { start: at, end: (at + hourMs) as Instant });
}

export function readStart(event: Component, times: Times): EventTime | null {
  const line = first(event, 'DTSTART');
  return line === null ? null : times.read(line);
}

function readSeries(
  master: Component,
  own: InstanceFields,
  overrides: readonly Component[],
  times: Times,
  owners: ReadonlySet<string>,
): EventFields | Unmappable {
  const rules: string[] = [];
  for (const line of all(master, 'RRULE')) {
    const text = contentOf(line).trim();
    const rule = canonicalRule(text);
    if (text !== '' && rule === null)
      return refuse(`its rule cannot be read: ${text.slice(0, 200)}`, spanOf(own, times.floatingZone));
    if (rule !== null) rules.push(rule);
  }
  if (first(master, 'EXRULE') !== null)
    times.notes.add('EXRULE is obsolete and was left out: what it deletes stays blocked');
  const extraDates = all(master, 'RDATE').flatMap(times.readList);
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  for (const time of all(master, 'EXDATE').flatMap(times.readList)) {
    instances[instanceKeyIn(own.start, time, times.floatingZone)] = 'cancelled';
  }
  const repeats = { rules, extraDates, instances };
  const ranges = readOverrides(overrides, own, instances, times, owners);
  const fields = assemble(own, repeats, times.floatingZone);
  if (ranges.length === 0) return fields;
  const spread = spreadForward(fields, ranges, times.floatingZone);
  return (
    spread ?? refuse('it changes all later occurrences of a series that is too long', spanOf(own, times.floatingZone))
  );
}

/** Fills `instances`; gives the keys whose override holds for all later occurrences as well. */
function readOverrides(
  overrides: readonly Component[],
  master: InstanceFields,
  instances: Record<InstanceKey, InstanceFields | 'cancelled'>,
  times: Times,
  owners: ReadonlySet<string>,
): InstanceKey[] {
  const ranges: InstanceKey[] = [];
  for (const override of overrides) {
    const key = overrideKey(override, master.start, times);
    const start = readStart(override, times);
    if (key === null || start === null) {
      times.notes.add('a changed occurrence cannot be read: its original time stays blocked');
      continue;
    }
    const end = readEnd(override, start, times);
    if (end === null) times.notes.add('the end of a changed occurrence cannot be read: it was given the usual length');
    instances[key] = readOwn(override, [start, end ?? usualEnd(master, start, times.floatingZone)], owners);
    if (isRange(override)) ranges.push(key);
  }
  return ranges.sort();
}

export function isRange(override: Component): boolean {
  const line = first(override, 'RECURRENCE-ID');
  return line !== null && parameter(line, 'RANGE')?.trim().toUpperCase() === 'THISANDFUTURE';
}

/** The occurrence that an override names; where the name cannot be read, its own start stands for it. */
export function overrideKey(override: Component, master: EventTime, times: Times): InstanceKey | null {
  const line = first(override, 'RECURRENCE-ID');
  const original = (line === null ? null : times.read(line)) ?? readStart(override, times);
  return original === null ? null : instanceKeyIn(master, original, times.floatingZone);
}

function usualEnd(master: InstanceFields, start: EventTime, floatingZone: Zone): EventTime {
  if (master.start.kind === 'date' || master.end.kind === 'date' || start.kind === 'date') {
    return normalEnd(start, start, floatingZone);
  }
  return { ...start, wall: addWallMs(start.wall, wallDifferenceMs(master.start.wall, master.end.wall)) };
}

/**
 * Overrides without their master: somebody was invited to single occurrences of a series. One of them is an event of its
 * own. Several become a series without a rule, of exactly these occurrences, so that none of their time is lost.
 */
function readDetached(
  overrides: readonly Component[],
  own: InstanceFields,
  times: Times,
  owners: ReadonlySet<string>,
): EventFields | Unmappable {
  if (overrides.length === 1) return { ...own, series: null, instances: {} };
  const form = originalOf(overrides[0]!, times) ?? own.start;
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = {};
  readOverrides(overrides, { ...own, start: form }, instances, times, owners);
  const starts = Object.keys(instances)
    .sort()
    .map((key) => keyTime(form, key))
    .filter((time) => time !== null);
  const start = starts[0] ?? form;
  const head = { ...own, start, end: normalEnd(start, start, times.floatingZone) };
  return assemble(head, { rules: [], extraDates: starts, instances }, times.floatingZone);
}

/** What RECURRENCE-ID says; null when it cannot be read. */
export function originalOf(override: Component, times: Times): EventTime | null {
  const line = first(override, 'RECURRENCE-ID');
  return line === null ? null : times.read(line);
}

/** From the first start to the last end that can be told. */
function hullOf(read: readonly (Mapped | Unmappable)[], floatingZone: Zone): Span | null {
  const spans = read
    .map((one) => {
      if (one.kind === 'unmappable') return one.span;
      const { start, end } = extentOf(one.fields, floatingZone);
      return { start, end: end ?? spanOf(one.fields, floatingZone).end };
    })
    .filter((span) => span !== null);
  const [one] = spans;
  if (one === undefined) return null;
  let { start, end } = one;
  for (const span of spans) {
    start = Math.min(start, span.start) as Instant;
    end = Math.max(end, span.end) as Instant;
  }
  return { start, end };
}

export const refuse = (why: string, span: Span | null): Unmappable => ({ kind: 'unmappable', why, span });
