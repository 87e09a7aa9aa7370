/** Edits the stored text of an object: only the units that are ours to change, everything else byte for byte. */
import type { Mark } from '../src/domain/connector.ts';
import type { EventFields, MergeUnit } from '../src/domain/event.ts';
import { instanceKeyOf, instanceUnit } from '../src/domain/event.ts';
import type { EventTime, Instant, Zone } from '../src/domain/time.ts';
import { utcZone } from '../src/domain/time.ts';
import type { Draft } from './caldav-draft.ts';
import { draftOf, put } from './caldav-draft.ts';
import { editInstances } from './caldav-edit-instances.ts';
import { editOwn, editRepeats, raiseSequence } from './caldav-edit-own.ts';
import { uidIn } from './caldav-event.ts';
import type { Component, Item } from './caldav-lines.ts';
import { componentsNamed, isComponent, readTree, valueIn, writeTree } from './caldav-lines.ts';
import { groupEvents, isRange, originalOf, readStart } from './caldav-read.ts';
import { timesOf } from './caldav-times.ts';
import { stampValue } from './caldav-values.ts';
import { markProperty, zonesOf } from './caldav-write.ts';
import { vtimezoneFor } from './zones.ts';

export interface EditOptions {
  /** Null leaves the mark of the stored text as it is. */
  readonly mark: Mark | null;
  readonly now: Instant;
  /** The calendar's zone: tells which occurrence is meant where a floating series has a RECURRENCE-ID in UTC. */
  readonly floatingZone?: Zone;
}

/** `fields` as `projectICalendar` gives them. Null when the stored text is not one event that can be edited so. */
export function editObject(
  stored: string,
  fields: EventFields,
  units: readonly MergeUnit[],
  options: EditOptions,
): string | null {
  if (units.length === 0) return stored;
  const root = readTree(stored);
  const groups = groupEvents(componentsNamed(root, 'VEVENT'));
  const [group] = groups;
  if (groups.length !== 1 || group === undefined || !isWhole(root)) return null;
  const times = timesOf(root, options.floatingZone ?? utcZone);
  const head = group.master ?? group.overrides[0]!;
  const oldStart = (group.master === null ? originalOf(head, times) : null) ?? readStart(head, times);
  if (oldStart === null) return null;
  // Occurrences without their master have no common time that could be moved.
  const isSeriesOfOverrides = group.master === null && group.overrides.length > 1;
  if (isSeriesOfOverrides && units.includes('when')) return null;

  const changed = new Map<Component, Draft | null>();
  const master = draftOf(head);
  changed.set(head, master);
  editOwn(master, fields, units, times);
  if (units.includes('when') && group.master !== null) editRepeats(master, fields, times);
  if (units.includes('when') || units.includes('status')) raiseSequence(master);

  const wanted = instanceUnits(fields, units, isSeriesOfOverrides || group.overrides.some(isRange));
  const overrides = group.master !== null || isSeriesOfOverrides ? group.overrides : [];
  const moves = units.includes('when');
  const renames = moves && !sameForm(oldStart, fields.start);
  const ends = moves && fields.series === null;
  const added = editInstances({
    renames,
    ends,
    master,
    head,
    oldStart,
    overrides,
    changed,
    fields,
    units: wanted,
    times,
  });

  if (options.mark !== null) put(master, 'X-INTERLOCK-MARK', [markProperty(options.mark)]);
  for (const draft of [...changed.values(), ...added]) if (draft !== null) stamp(draft, options.now);
  return writeTree(withZones(replace(root, changed, head, added), uidIn(head), fields));
}

/** A text that breaks off has lost something and must not be put back as if it were all. */
const isWhole = (root: Component): boolean =>
  [...componentsNamed(root, 'VCALENDAR'), ...componentsNamed(root, 'VEVENT')].every(({ end }) => end !== '') &&
  componentsNamed(root, 'VEVENT').every(({ end }) => end.endsWith('\n'));

function sameForm(a: EventTime, b: EventTime): boolean {
  return a.kind === 'zoned' && b.kind === 'zoned' ? a.zone === b.zone : a.kind === b.kind;
}

/** One override for all later occurrences is written out once any of them is edited on its own. */
function instanceUnits(fields: EventFields, units: readonly MergeUnit[], writeOut: boolean): MergeUnit[] {
  const asked = units.filter((unit) => instanceKeyOf(unit) !== null);
  if (!writeOut || (asked.length === 0 && !units.includes('when'))) return asked;
  return [...new Set([...asked, ...Object.keys(fields.instances).map((key) => instanceUnit(key as never))])];
}

function stamp(draft: Draft, now: Instant): void {
  put(draft, 'DTSTAMP', [['DTSTAMP', stampValue(now)]]);
  put(draft, 'LAST-MODIFIED', [['LAST-MODIFIED', stampValue(now)]]);
}

/** The tree with changed components in their places; new overrides follow the last event beside the head. */
function replace(
  component: Component,
  changed: ReadonlyMap<Component, Component | null>,
  head: Component,
  added: readonly Component[],
): Component {
  const isHome = component.items.includes(head);
  const last = isHome ? component.items.findLastIndex(({ name }) => name === 'VEVENT') : -1;
  const items = component.items.flatMap((item, index): Item[] => {
    const kept = isComponent(item) ? (changed.get(item) === undefined ? [item] : listOf(changed.get(item))) : [item];
    const inner = kept.map((one) => (isComponent(one) && one === item ? replace(one, changed, head, added) : one));
    return index === last ? [...inner, ...added] : inner;
  });
  return { ...component, items };
}
const listOf = (one: Component | null | undefined): Component[] => (one === null || one === undefined ? [] : [one]);

/** Adds the VTIMEZONE of every zone that is named in the calendar of this event and not described there. */
function withZones(root: Component, uid: string, fields: EventFields): Component {
  const visit = (component: Component): Component => {
    if (!component.items.some((item) => isComponent(item) && item.name === 'VEVENT' && uidIn(item) === uid)) {
      return { ...component, items: component.items.map((item) => (isComponent(item) ? visit(item) : item)) };
    }
    const text = writeTree(component);
    const described = new Set(componentsNamed(component, 'VTIMEZONE').map((zone) => valueIn(zone, 'TZID')));
    const missing = zonesOf(fields).filter((zone) => !described.has(zone) && text.includes(`;TZID=${zone}:`));
    const blocks = missing.flatMap((zone) => readTree(vtimezoneFor(zone)).items);
    const at = component.items.findIndex(isComponent);
    return { ...component, items: [...component.items.slice(0, at), ...blocks, ...component.items.slice(at)] };
  };
  return visit(root);
}
