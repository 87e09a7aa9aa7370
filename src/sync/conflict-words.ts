/** Says values, times and units in words that the person who decides can read. */
import type { EventFields, InstanceFields, MergeUnit } from '../domain/event.ts';
import { instanceKeyOf } from '../domain/event.ts';
import type { EventTime, Instant, Span } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';

const unitNames: Readonly<Record<string, string>> = {
  when: 'The time',
  what: 'The title or description',
  where: 'The place',
  busy: 'Whether it blocks',
  status: 'The status',
  privacy: 'The privacy',
};

export function named(unit: MergeUnit): string {
  const key = instanceKeyOf(unit);
  return key === null ? (unitNames[unit] ?? unit) : `The occurrence of ${key.replace('T', ' ').slice(0, 16)}`;
}

/** A unit's value: times plainly, texts quoted, an occurrence by its time and title. */
export function shown(unit: MergeUnit, fields: EventFields): string {
  const key = instanceKeyOf(unit);
  if (key !== null) return occurrence(fields.instances[key]);
  switch (unit) {
    case 'when': {
      const repeats = fields.series === null ? '' : `, repeating ${fields.series.rules.join(' ')}`;
      return `${timeText(fields.start)} to ${timeText(fields.end)}${repeats}`;
    }
    case 'what':
      return fields.description === '' ? `"${fields.title}"` : `"${fields.title}" (${fields.description})`;
    case 'where':
      return `"${fields.location}"`;
    case 'busy':
      return fields.response === 'none' ? fields.busy : `${fields.busy}, ${fields.response}`;
    case 'status':
      return fields.status;
    default:
      return fields.privacy;
  }
}

function occurrence(value: InstanceFields | 'cancelled' | undefined): string {
  if (value === undefined) return 'as the series says';
  if (value === 'cancelled') return 'left out';
  const place = value.location === '' ? '' : `, "${value.location}"`;
  return `${timeText(value.start)} to ${timeText(value.end)}, "${value.title}"${place}`;
}

function timeText(time: EventTime): string {
  if (time.kind === 'date') return time.day;
  const wall = time.wall.replace('T', ' ').slice(0, 16);
  return time.kind === 'zoned' ? `${wall} ${time.zone}` : wall;
}

/** `2027-06-01 10:12 UTC` */
export const moment = (at: Instant): string => `${formatInstant(at).replace('T', ' ').slice(0, 16)} UTC`;

export const spanText = (span: Span): string => `${moment(span.start)} to ${moment(span.end)}`;
