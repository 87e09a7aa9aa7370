/** Our fields as bodies of Google's insert and patch: never attendees, never more than the units that are asked for. */
import type { Mark } from '../src/domain/connector.ts';
import type { EventFields, InstanceFields, MergeUnit } from '../src/domain/event.ts';
import { plainUnits } from '../src/domain/event.ts';
import { markKey, unfinishedKey, writeMark } from './google-own.ts';
import { writeRecurrence } from './google-repeats.ts';
import { type GoogleTime, writeTime } from './google-times.ts';
import { changedKeys, excludedKeys } from './occurrences.ts';

/** The members that we ever send; `null` removes one. */
export interface GoogleBody {
  id?: string;
  summary?: string;
  description?: string;
  location?: string;
  start?: Partial<GoogleTime>;
  end?: Partial<GoogleTime>;
  recurrence?: string[] | null;
  transparency?: string;
  status?: string;
  visibility?: string;
  reminders?: { useDefault: boolean; overrides: { method: string; minutes: number }[] };
  extendedProperties?: { private: Record<string, string> };
}

/**
 * A new event. Deleted occurrences go along as EXDATE; changed ones can only be written once the series is there, and
 * until then it is marked as unfinished.
 */
export function insertBody(fields: EventFields, o: { readonly id: string; readonly mark: Mark }): GoogleBody {
  const isUnfinished = changedKeys(fields).length > 0;
  const body: GoogleBody = { id: o.id, ...unitsBody(fields, plainUnits) };
  body.start = withoutNulls(writeTime(fields.start));
  body.end = withoutNulls(writeTime(fields.end));
  delete body.recurrence;
  if (fields.series !== null) body.recurrence = writeRecurrence(fields.series, excludedKeys(fields), fields.start);
  // The owner's default reminders would ring for every copy.
  body.reminders = { useDefault: false, overrides: [] };
  body.extendedProperties = {
    private: { [markKey]: writeMark(o.mark), ...(isUnfinished && { [unfinishedKey]: '1' }) },
  };
  return body;
}

/** Only these units, and the mark that says which version landed (null: more writes follow). */
export function patchBody(fields: EventFields, units: readonly MergeUnit[], mark: Mark | null): GoogleBody {
  const body = unitsBody(fields, units);
  if (units.includes('when')) {
    const { series } = fields;
    body.recurrence = series === null ? null : writeRecurrence(series, excludedKeys(fields), fields.start);
  }
  return mark === null ? body : { ...body, extendedProperties: { private: { [markKey]: writeMark(mark) } } };
}

/** One occurrence, as a whole if no units are named; one that was cancelled takes place again then. */
export const occurrenceBody = (fields: InstanceFields, units: readonly MergeUnit[] = plainUnits): GoogleBody =>
  unitsBody(fields, units);

/** The recurrence lines alone, for taking a deleted occurrence back that an EXDATE hides. */
export function recurrenceBody(fields: EventFields): GoogleBody {
  return fields.series === null
    ? {}
    : { recurrence: writeRecurrence(fields.series, excludedKeys(fields), fields.start) };
}

export const finishedBody: GoogleBody = { extendedProperties: { private: { [unfinishedKey]: '0' } } };

/**
 * `status` and `transparency` go together: cancelled here means free time there (see projectGoogle), so that taking a
 * cancellation back has to make it busy again.
 */
function unitsBody(fields: InstanceFields, units: readonly MergeUnit[]): GoogleBody {
  const body: GoogleBody = {};
  if (units.includes('what')) {
    body.summary = fields.title;
    body.description = fields.description;
  }
  if (units.includes('where')) body.location = fields.location;
  if (units.includes('when')) {
    body.start = writeTime(fields.start);
    body.end = writeTime(fields.end);
  }
  if (units.includes('busy') || units.includes('status')) {
    body.transparency = fields.busy === 'free' ? 'transparent' : 'opaque';
  }
  if (units.includes('status')) body.status = fields.status;
  if (units.includes('privacy')) body.visibility = fields.privacy;
  return body;
}

function withoutNulls(time: GoogleTime): Partial<GoogleTime> {
  return Object.fromEntries(Object.entries(time).filter(([, value]) => value !== null));
}
