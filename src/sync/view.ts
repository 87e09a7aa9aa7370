/** Decides what of an event may cross a calendar's border, in both directions. */
import type { Calendar } from '../domain/calendar.ts';
import type { Capabilities } from '../domain/connector.ts';
import type { Event, EventFields, InstanceFields, InstanceKey, MergeUnit, PlainUnit } from '../domain/event.ts';
import { applyUnits, instanceKeyOf } from '../domain/event.ts';
import type { JobCard } from '../domain/job-words.ts';
import { describeBooking, jobCard } from '../domain/job-words.ts';

/** What a copy is called where only its time may be seen. */
export const busyTitle = 'Busy';

/** Whether this calendar's events are the event's home: it was born there. */
export const isOrigin = (event: Pick<Event, 'origin'>, calendar: Calendar): boolean => event.origin === calendar.id;

/** Whether only time crosses between this event and this calendar. */
export function isTimeOnly(event: Event, calendar: Calendar): boolean {
  if (calendar.share === 'busy') return true;
  if (isOrigin(event, calendar)) return event.fields.privacy === 'private';
  if (event.booking !== null) return false;
  return calendar.mirror !== 'full' || event.fields.privacy === 'private';
}

/** The fields that this calendar may show. An answer to an invitation belongs to the calendar that was invited. */
export function view(event: Event, calendar: Calendar): EventFields {
  if (isOrigin(event, calendar)) return event.fields;
  const plain = unanswered(event.fields);
  if (isTimeOnly(event, calendar)) return timeOnly(plain, busyTitle);
  const named =
    event.booking === null && plain.title === '' ? { ...plain, title: busyTitle } : worded(event, plain, calendar);
  return eachInstance(named, (instance) =>
    event.booking === null && instance.privacy === 'private' ? instanceTimeOnly(instance, busyTitle) : instance,
  );
}

/**
 * What may be kept of a remote event. Where the calendar shares time only, and for private events in their home, titles,
 * places and notes are dropped here, before anything is compared or stored. Our own copies elsewhere are not stripped
 * when their owner marks them private: the words are ours. An answer counts only at home.
 */
export function inbound(fields: EventFields, calendar: Calendar, event: Event | null): EventFields {
  const isHome = event === null || isOrigin(event, calendar);
  const answered = isHome ? fields : unanswered(fields);
  if (calendar.share === 'busy' || (isHome && fields.privacy === 'private')) return timeOnly(answered, '');
  if (!isHome) return answered;
  return eachInstance(fields, (instance) =>
    instance.privacy === 'private' ? instanceTimeOnly(instance, '') : instance,
  );
}

/** What becomes of a remote change of one unit: into the event, put back, or left standing there unread. */
export type Crossing = 'take' | 'revert' | 'ignore';

/**
 * `origin` is the calendar where the event was born, null when it was born here or its calendar is not known any more.
 * A calendar that we only write to, and copies of events whose home cannot be written, follow us and never lead.
 */
export function crossingOf(
  unit: MergeUnit,
  event: Event,
  calendar: Calendar,
  origin: Calendar | null,
  capabilities: Capabilities,
): Crossing {
  const isOurs = isTemplateOnly(event, calendar) && (unit === 'what' || unit === 'where');
  if (isOurs || isFollower(event, calendar, origin)) {
    return isCarried(unit, event, calendar, capabilities) ? 'revert' : 'ignore';
  }
  return isTimeOnly(event, calendar) && isContent(unit) ? 'ignore' : 'take';
}

/** Whether remote changes here are put back instead of taken. */
export function isFollower(event: Event, calendar: Calendar, origin: Calendar | null): boolean {
  if (isOrigin(event, calendar)) return false;
  return calendar.role === 'write' || origin?.role === 'read';
}

const unitCarriers: Readonly<Record<PlainUnit, readonly (keyof EventFields)[]>> = {
  when: ['start', 'end', 'series'],
  what: ['title', 'description'],
  where: ['location'],
  busy: ['busy'],
  status: ['status'],
  privacy: ['privacy'],
};

/**
 * Whether a unit of this event may be written to this calendar: its role allows writing, its provider carries a key of
 * the unit, and content is never written over an event whose content we were not allowed to keep.
 */
export function isCarried(unit: MergeUnit, event: Event, calendar: Calendar, capabilities: Capabilities): boolean {
  if (calendar.role === 'read') return false;
  if (isOrigin(event, calendar) && isTimeOnly(event, calendar) && isContent(unit)) return false;
  const keys = instanceKeyOf(unit) === null ? unitCarriers[unit as PlainUnit] : (['instances'] as const);
  return keys.some((key) => capabilities.carries.has(key));
}

/** The event's fields with these units taken from a remote side; words that may not cross stay as they are. */
export function lift(event: Event, theirs: EventFields, units: readonly MergeUnit[], calendar: Calendar): EventFields {
  const isHome = isOrigin(event, calendar);
  const isBare = isTimeOnly(event, calendar) || isTemplateOnly(event, calendar);
  const next = applyUnits(event.fields, unworded(event, theirs, calendar), units);
  const instances: Record<InstanceKey, InstanceFields | 'cancelled'> = { ...next.instances };
  for (const unit of units) {
    const key = instanceKeyOf(unit);
    const taken = key === null ? undefined : instances[key];
    if (key === null || taken === undefined || taken === 'cancelled') continue;
    const known = event.fields.instances[key];
    const words = known === undefined || known === 'cancelled' ? event.fields : known;
    if (isBare) instances[key] = { ...words, ...timesOf(taken) };
    else if (!isHome) instances[key] = { ...taken, response: words.response };
    if (isBare || !isHome) instances[key] = onlyInstanceKeys(instances[key] as InstanceFields);
  }
  return { ...next, response: isHome ? next.response : event.fields.response, instances };
}

/** Whether a booking's words here are those of the templates, whatever people write into its copies. */
const isTemplateOnly = (event: Event, calendar: Calendar): boolean =>
  event.booking !== null && calendar.copies?.detail === 'template';

/** A booking in the words of the calendar's templates; what somebody wrote over the usual words stands. */
function worded(event: Event, fields: EventFields, calendar: Calendar): EventFields {
  const { booking } = event;
  if (booking === null || !calendar.copies) return fields;
  const [usual, card] = [describeBooking(booking), jobCard(booking, calendar.copies)];
  const isAll = isTemplateOnly(event, calendar);
  return reworded(fields, (key, text) => (isAll || text === usual[key] ? card[key] : text));
}

/** The way back: words that are the template's are no edit of what the booking says. */
function unworded(event: Event, theirs: EventFields, calendar: Calendar): EventFields {
  const { booking } = event;
  if (booking === null || !calendar.copies || calendar.share === 'busy') return theirs;
  const [usual, card] = [describeBooking(booking), jobCard(booking, calendar.copies)];
  return reworded(theirs, (key, text) => (text === card[key] ? usual[key] : text));
}

function reworded(fields: EventFields, say: (key: keyof JobCard, text: string) => string): EventFields {
  const words = (own: JobCard): JobCard => ({
    title: say('title', own.title),
    description: say('description', own.description),
    location: say('location', own.location),
  });
  return eachInstance({ ...fields, ...words(fields) }, (instance) => ({
    ...instance,
    ...words(instance),
  }));
}

const unanswered = (fields: EventFields): EventFields =>
  eachInstance({ ...fields, response: 'none' }, (instance) => ({ ...instance, response: 'none' }));

const isContent = (unit: MergeUnit): boolean => unit === 'what' || unit === 'where' || unit === 'privacy';

const timesOf = (i: InstanceFields): Pick<InstanceFields, 'start' | 'end' | 'busy' | 'status'> => ({
  start: i.start,
  end: i.end,
  busy: i.busy,
  status: i.status,
});

function onlyInstanceKeys(i: InstanceFields): InstanceFields {
  const { title, description, location, start, end, busy, response, status, privacy } = i;
  return { title, description, location, start, end, busy, response, status, privacy };
}

function timeOnly(fields: EventFields, title: string): EventFields {
  const bare = { ...fields, title, description: '', location: '' };
  return eachInstance(bare, (instance) => instanceTimeOnly(instance, title));
}

const instanceTimeOnly = (instance: InstanceFields, title: string): InstanceFields => ({
  ...instance,
  title,
  description: '',
  location: '',
});

function eachInstance(fields: EventFields, change: (instance: InstanceFields) => InstanceFields): EventFields {
  const entries = Object.entries(fields.instances);
  if (entries.length === 0) return fields;
  return {
    ...fields,
    instances: Object.fromEntries(entries.map(([key, i]) => [key, i === 'cancelled' ? i : change(i)])),
  };
}
