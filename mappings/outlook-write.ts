/** Our fields as bodies of Graph's events: never attendees, never more than the units that are asked for. */
import type { Mark } from '../src/domain/connector.ts';
import type { EventFields, InstanceFields, MergeUnit } from '../src/domain/event.ts';
import { plainUnits } from '../src/domain/event.ts';
import type { EventTime } from '../src/domain/time.ts';
import { utcZone, type Zone } from '../src/domain/time.ts';
import { instantToWall, toInstant } from '../src/domain/zone.ts';
import { keyId, markId, writeMark } from './outlook-own.ts';
import { type GraphRecurrence, writeRecurrence } from './outlook-repeats.ts';
import { windowsNameOf } from './zones.ts';

interface GraphTime {
  readonly dateTime: string;
  readonly timeZone: string;
}

/** The members that we ever send. */
export interface OutlookBody {
  subject?: string;
  body?: { contentType: 'text'; content: string };
  location?: { displayName: string };
  start?: GraphTime;
  end?: GraphTime;
  isAllDay?: boolean;
  recurrence?: GraphRecurrence | null;
  showAs?: string;
  sensitivity?: string;
  isReminderOn?: boolean;
  categories?: string[];
  transactionId?: string;
  singleValueExtendedProperties?: { id: string; value: string }[];
}

/** By it a person tells our copies from others and can look for them. Theirs from then on: never written again, never read. */
const ownCategory = 'Interlock';

/** A new event. Occurrences of their own are written afterwards; until then the mark is left out. */
export function createBody(
  fields: EventFields,
  o: { readonly createId: string; readonly mark: Mark | null },
): OutlookBody {
  const body: OutlookBody = {
    ...unitsBody(fields, plainUnits),
    ...{ isReminderOn: false, categories: [ownCategory], transactionId: o.createId },
  };
  const recurrence = recurrenceOf(fields);
  if (recurrence !== null) body.recurrence = recurrence;
  body.singleValueExtendedProperties = [{ id: keyId, value: o.createId }, ...markProperties(o.mark)];
  return body;
}

/** Only these units, and the mark that says which version landed (null: more writes follow). */
export function patchBody(fields: EventFields, units: readonly MergeUnit[], mark: Mark | null): OutlookBody {
  const body = unitsBody(fields, units);
  if (units.includes('when')) body.recurrence = recurrenceOf(fields);
  return mark === null ? body : { ...body, singleValueExtendedProperties: markProperties(mark) };
}

/** One occurrence, as a whole if no units are named. */
export const occurrenceBody = (fields: InstanceFields, units: readonly MergeUnit[] = plainUnits): OutlookBody =>
  unitsBody(fields, units);

const markProperties = (mark: Mark | null): { id: string; value: string }[] =>
  mark === null ? [] : [{ id: markId, value: writeMark(mark) }];

const byId = (id: string): string => `id eq '${id}'`;
/** Asks for our mark, which comes only when it is asked for. */
export const markExpand = `singleValueExtendedProperties($filter=${byId(markId)} or ${byId(keyId)})`;
/** Finds the copy that was created under this id. */
export const ownFilter = (createId: string): string =>
  `singleValueExtendedProperties/Any(ep: ep/${byId(keyId)} and ep/value eq '${createId.replaceAll("'", "''")}')`;

/** All that we read of a master; the last ones come only when they are named. */
export const seriesFields =
  'id,type,changeKey,createdDateTime,lastModifiedDateTime,subject,body,start,end,location,isAllDay,isCancelled,showAs,' +
  'sensitivity,responseStatus,isOrganizer,recurrence,seriesMasterId,originalStartTimeZone,originalEndTimeZone,' +
  'transactionId,categories,cancelledOccurrences,exceptionOccurrences,singleValueExtendedProperties';

function recurrenceOf(fields: EventFields): GraphRecurrence | null {
  const written = fields.series === null ? null : writeRecurrence(fields.series, fields.start, utcZone);
  return typeof written === 'string' ? null : written;
}

function unitsBody(fields: InstanceFields, units: readonly MergeUnit[]): OutlookBody {
  const body: OutlookBody = {};
  if (units.includes('what')) {
    body.subject = fields.title;
    body.body = { contentType: 'text', content: fields.description };
  }
  if (units.includes('where')) body.location = { displayName: fields.location };
  if (units.includes('when')) {
    body.start = writeTime(fields.start);
    body.end = writeTime(fields.end);
    body.isAllDay = fields.start.kind === 'date';
  }
  if (units.includes('busy') || units.includes('status')) body.showAs = shown[fields.busy];
  if (units.includes('privacy')) body.sensitivity = fields.privacy === 'private' ? 'private' : 'normal';
  return body;
}

const shown: Readonly<Record<InstanceFields['busy'], string>> = {
  busy: 'busy',
  free: 'free',
  tentative: 'tentative',
  away: 'oof',
};

/** Windows names are taken everywhere; a zone that has none is told by its IANA name. Whole days are midnights of one zone. */
function writeTime(time: EventTime): GraphTime {
  if (time.kind === 'date') return { dateTime: `${time.day}T00:00:00`, timeZone: 'UTC' };
  const zone: Zone = time.kind === 'zoned' ? time.zone : utcZone;
  if (zone === utcZone) return { dateTime: instantToWall(toInstant(time, utcZone), utcZone), timeZone: 'UTC' };
  return { dateTime: time.wall, timeZone: windowsNameOf(zone) ?? zone };
}
