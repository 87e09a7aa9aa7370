/** Edits deleted and changed occurrences of a stored series: EXDATE values and the components with a RECURRENCE-ID. */
import type { EventFields, InstanceFields, InstanceKey, MergeUnit } from '../src/domain/event.ts';
import { instanceKeyOf, plainUnits } from '../src/domain/event.ts';
import { instanceKeyIn } from '../src/domain/series.ts';
import type { EventTime } from '../src/domain/time.ts';
import type { Draft } from './caldav-draft.ts';
import { draftOf, drop, lineEndOf, put } from './caldav-draft.ts';
import { editOwn, raiseSequence } from './caldav-edit-own.ts';
import { markName } from './caldav-event.ts';
import type { Component, Item, Line } from './caldav-lines.ts';
import { contentOf, isComponent, makeLine } from './caldav-lines.ts';
import { keyTime } from './caldav-project.ts';
import { isRange, overrideKey } from './caldav-read.ts';
import type { Times } from './caldav-times.ts';
import { deletedKeys, timeProperty } from './caldav-write.ts';

export interface InstanceEdit {
  /** The start got another zone or kind: every stored name of an occurrence has the wrong form now. */
  readonly renames: boolean;
  /** The event no longer repeats. */
  readonly ends: boolean;
  readonly master: Draft;
  readonly head: Component;
  /** The start of the stored text: the stored names of occurrences are in its form. */
  readonly oldStart: EventTime;
  readonly overrides: readonly Component[];
  /** What becomes of each stored component; null: it goes. */
  readonly changed: Map<Component, Draft | null>;
  readonly fields: EventFields;
  readonly units: readonly MergeUnit[];
  readonly times: Times;
}

/** Gives the components that are new. */
export function editInstances(edit: InstanceEdit): Draft[] {
  const { fields, changed, head } = edit;
  if (edit.ends) {
    for (const override of edit.overrides) if (override !== head) changed.set(override, null);
    return [];
  }
  const form = edit.renames ? renameAll(edit) : edit.units;
  const keys = form.map(instanceKeyOf).filter((key) => key !== null);
  if (keys.length === 0) return [];
  raiseSequence(edit.master);
  const added: Draft[] = [];
  for (const key of keys) {
    const own = fields.instances[key];
    if (!edit.overrides.includes(head)) putDeleted(edit, key, own === 'cancelled');
    const draft = own === undefined || own === 'cancelled' ? removeOverride(edit, key) : putOverride(edit, key, own);
    if (draft !== null) added.push(draft);
  }
  return added;
}

/** Another zone or kind of start renames every occurrence: all of them are written in the new form. */
function renameAll(edit: InstanceEdit): MergeUnit[] {
  const { master, fields } = edit;
  const deleted = deletedKeys(fields).map((key) => keyTime(fields.start, key));
  drop(master, 'EXDATE');
  put(
    master,
    'EXDATE',
    deleted.filter((time) => time !== null).map((time) => timeProperty('EXDATE', time)),
  );
  for (const override of edit.overrides) {
    const key = overrideKey(override, edit.oldStart, edit.times);
    const named = key === null ? null : keyTime(fields.start, key);
    if (named === null || fields.instances[key!] === undefined) edit.changed.set(override, null);
    else put(draftFor(edit, override), 'RECURRENCE-ID', [timeProperty('RECURRENCE-ID', named)]);
  }
  return [...new Set([...edit.units, ...Object.keys(fields.instances).map((key) => `instance:${key}` as const)])];
}

function draftFor({ changed }: InstanceEdit, override: Component): Draft {
  const known = changed.get(override) ?? draftOf(override);
  changed.set(override, known);
  return known;
}

/** The stored override of this key; the last one where a text has two. */
function storedOverride(edit: InstanceEdit, key: InstanceKey): Component | null {
  const form = edit.renames ? edit.fields.start : edit.oldStart;
  const named = (override: Component) => overrideKey(edit.changed.get(override) ?? override, form, edit.times);
  return edit.overrides.findLast((override) => edit.changed.get(override) !== null && named(override) === key) ?? null;
}

function removeOverride(edit: InstanceEdit, key: InstanceKey): null {
  for (let found = storedOverride(edit, key); found !== null; found = storedOverride(edit, key)) {
    edit.changed.set(found, null);
  }
  return null;
}

/** Edits the stored override in place, or gives a new one. */
function putOverride(edit: InstanceEdit, key: InstanceKey, own: InstanceFields): Draft | null {
  const original = keyTime(edit.fields.start, key);
  if (original === null) return null;
  const stored = storedOverride(edit, key);
  if (stored !== null) {
    const draft = draftFor(edit, stored);
    if (isRange(stored)) put(draft, 'RECURRENCE-ID', [timeProperty('RECURRENCE-ID', original)]);
    editOwn(draft, own, plainUnits, edit.times);
    if (stored !== edit.head) raiseSequence(draft);
    return null;
  }
  // A changed occurrence is a whole component: it starts as the master is, guests and alarms included.
  const draft = draftOf(edit.master);
  drop(draft, 'RRULE', 'RDATE', 'EXDATE', 'EXRULE', markName);
  put(draft, 'RECURRENCE-ID', [timeProperty('RECURRENCE-ID', original)]);
  editOwn(draft, own, plainUnits, edit.times);
  return draft;
}

/** Makes the EXDATE lines say whether this occurrence is deleted; other values of a line keep their spelling. */
function putDeleted(edit: InstanceEdit, key: InstanceKey, isDeleted: boolean): void {
  const { master, times, fields } = edit;
  const names = (line: Line) => {
    const [time] = times.readList(line);
    return time !== undefined && instanceKeyIn(fields.start, time, times.floatingZone) === key;
  };
  let isThere = false;
  master.items = master.items.flatMap((item): Item[] => {
    if (isComponent(item) || item.name !== 'EXDATE') return [item];
    const head = item.text.slice(0, item.text.length - contentOf(item).length - 1);
    const values = contentOf(item).split(',');
    const kept = values.filter((value) => !names(makeLine(head, value, '')));
    if (kept.length === values.length) return [item];
    if (isDeleted) {
      isThere = true;
      return [item];
    }
    return kept.length === 0 ? [] : [makeLine(head, kept.join(','), lineEndOf(master))];
  });
  if (!isDeleted || isThere) return;
  const original = keyTime(fields.start, key);
  const [head, value] = original === null ? ['EXDATE', null] : timeProperty('EXDATE', original);
  if (value !== null) insertLast(master, makeLine(head, value, lineEndOf(master)));
}

/** After the last EXDATE, or after the rule. */
function insertLast(draft: Draft, line: Line): void {
  const isPlace = (item: Item) => !isComponent(item) && ['EXDATE', 'RDATE', 'RRULE', 'DTSTART'].includes(item.name);
  const at = draft.items.findLastIndex(isPlace) + 1;
  draft.items = [...draft.items.slice(0, at), line, ...draft.items.slice(at)];
}
