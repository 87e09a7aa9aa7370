/** Events and calendars as Graph shows them. */
import type { Zone } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import { compact, listAt, objectAt, textAt } from '../kit/json.ts';
import { textOf } from './body.ts';
import { idOf } from './ids.ts';
import type { Calendar, Item, Listed, Mailbox } from './model.ts';
import { recurrenceJson } from './pattern.ts';
import { breach } from './refusal.ts';
import { instantOf, whenJson } from './times.ts';
import { windowsName, zoneNamed } from './zones.ts';

/** What the `Prefer` header of this very request wishes. */
export interface Wishes {
  readonly isImmutable: boolean;
  readonly zone: Zone;
  /** As the client named it. */
  readonly zoneLabel: string;
  readonly isText: boolean;
  readonly pageSize: number | null;
}

/** @throws Refusal for a time zone that is unknown */
export function wishesOf(prefer: string): Wishes {
  const value = (name: string): string | undefined =>
    new RegExp(`${name.replace('.', '\\.')}\\s*=\\s*"?([^",;]+)"?`, 'i').exec(prefer)?.[1]?.trim();
  const zoneLabel = value('outlook.timezone') ?? 'UTC';
  const zone = zoneNamed(zoneLabel);
  if (zone === null) throw breach('TimeZoneNotSupportedException', `The time zone '${zoneLabel}' is not supported.`);
  const size = value('odata.maxpagesize');
  return {
    ...{ zone, zoneLabel },
    isImmutable: value('IdType')?.toLowerCase() === 'immutableid',
    isText: value('outlook.body-content-type')?.toLowerCase() === 'text',
    pageSize: size !== undefined && /^[1-9]\d*$/.test(size) ? Number(size) : null,
  };
}

export const plainWishes: Wishes = wishesOf('');

export interface Sight {
  readonly calendar: Calendar;
  readonly listed: Listed;
  readonly wishes: Wishes;
}

export const etagOf = (item: Item): string => `W/"${item.changeKey}"`;

export function typeOf(item: Item, calendar: Calendar): 'seriesMaster' | 'singleInstance' | 'occurrence' | 'exception' {
  if (item.series !== null) return 'seriesMaster';
  if (item.of === null) return 'singleInstance';
  return calendar.items.has(item.key) ? 'exception' : 'occurrence';
}

/** An untouched occurrence as delta shows it: seven members, its own kind of etag, and a Windows name for the zone. */
export function bareJson(item: Item, { calendar, wishes }: Sight): JsonObject {
  const shown = { zone: wishes.zone, label: windowsName(wishes.zone) };
  return {
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': `W/"DwAAABYA${item.changeKey}"`,
    id: idOf(calendar.id, item.key, wishes.isImmutable),
    seriesMasterId: idOf(calendar.id, item.of!.master, wishes.isImmutable),
    type: 'occurrence',
    start: whenJson(item.start, item.isAllDay, shown),
    end: whenJson(item.end, item.isAllDay, shown),
  };
}

const utc = (at: number): string => new Date(at).toISOString().replace(/\.(\d{3})Z$/, '.$10000Z');

/** @param isDelta leaves `originalStart` out, as delta does */
export function eventJson(item: Item, sight: Sight, isDelta = false): JsonObject {
  const { calendar, listed, wishes } = sight;
  const { content } = item;
  const isHidden = !listed.canViewPrivate && ['private', 'confidential'].includes(textAt(content, 'sensitivity') ?? '');
  const html = isHidden ? '' : (textAt(content, 'html') ?? '');
  const id = (key: string): string => idOf(calendar.id, key, wishes.isImmutable);
  const shown = { zone: wishes.zone, label: wishes.zoneLabel };
  const day = item.of?.day;
  const identity = {
    ...(isDelta ? { '@odata.type': '#microsoft.graph.event' } : {}),
    '@odata.etag': etagOf(item),
    ...{ id: id(item.key), createdDateTime: utc(item.created), lastModifiedDateTime: utc(item.modified) },
    ...{ changeKey: item.changeKey, transactionId: item.transactionId, type: typeOf(item, calendar) },
    ...{ iCalUId: `${item.uid}${day === undefined ? '' : day.replaceAll('-', '')}`, uid: item.uid },
    seriesMasterId: item.of === null ? null : id(item.of.master),
    occurrenceId: item.of === null ? null : `OID.${id(item.of.master)}.${day}`,
  };
  const times = {
    ...{ isAllDay: item.isAllDay, originalStartTimeZone: item.start.zoneName, originalEndTimeZone: item.end.zoneName },
    ...(isDelta || item.of === null ? {} : { originalStart: originalStart(item) }),
    start: whenJson(item.start, item.isAllDay, shown),
    end: whenJson(item.end, item.isAllDay, shown),
    recurrence: item.series === null ? null : recurrenceJson(item.series.recurrence),
  };
  const body = wishes.isText ? { contentType: 'text', content: textOf(html) } : { contentType: 'html', content: html };
  const texts = { subject: isHidden ? 'Private appointment' : (textAt(content, 'subject') ?? ''), body };
  return {
    ...identity,
    ...texts,
    bodyPreview: textOf(html).trim().slice(0, 255),
    ...times,
    ...detailsOf(item, isHidden),
    ...calendar.garbled.get(item.key),
  };
}

function originalStart(item: Item): string {
  const wall = `${item.of!.day}${item.start.wall.slice(10)}` as typeof item.start.wall;
  return new Date(item.isAllDay ? `${wall}Z` : instantOf({ ...item.start, wall })).toISOString().replace('.000Z', 'Z');
}

function detailsOf({ content, isOrganizer, isCancelled, organizer }: Item, isHidden: boolean): JsonObject {
  const own = isHidden ? {} : content;
  const place = objectAt(own, 'location');
  return {
    ...{ importance: content.importance ?? 'normal', sensitivity: content.sensitivity ?? 'normal' },
    ...{ showAs: content.showAs ?? 'busy', categories: listAt(own, 'categories') },
    ...{ isReminderOn: content.isReminderOn ?? true, hasAttachments: false },
    reminderMinutesBeforeStart: content.reminderMinutesBeforeStart ?? 15,
    ...{ isCancelled, isOrganizer, isDraft: content.isDraft ?? false, hideAttendees: content.hideAttendees ?? false },
    responseRequested: content.responseRequested ?? true,
    allowNewTimeProposals: content.allowNewTimeProposals ?? true,
    ...{ webLink: 'https://outlook.office365.com/owa/?path=/calendar/item', onlineMeetingUrl: null },
    isOnlineMeeting: content.isOnlineMeeting ?? false,
    ...{ onlineMeetingProvider: content.onlineMeetingProvider ?? 'unknown', onlineMeeting: null },
    responseStatus: objectAt(content, 'responseStatus') ?? { response: 'organizer', time: '0001-01-01T00:00:00Z' },
    location: place ?? {
      displayName: '',
      locationType: 'default',
      uniqueIdType: 'unknown',
      address: {},
      coordinates: {},
    },
    ...{ locations: listAt(own, 'locations'), attendees: listAt(own, 'attendees'), organizer },
  };
}

export function calendarJson({ id, name, owner }: Calendar, listed: Listed, mailbox: Mailbox): JsonObject {
  return {
    ...{ id, name, color: 'auto', hexColor: '', changeKey: Buffer.from(`${id.slice(-9)}${name}`).toString('base64') },
    isDefaultCalendar: listed.isDefault,
    ...{ canShare: mailbox.email === owner, canViewPrivateItems: listed.canViewPrivate, canEdit: listed.canEdit },
    allowedOnlineMeetingProviders: mailbox.isPersonal ? [] : ['teamsForBusiness'],
    ...{ defaultOnlineMeetingProvider: mailbox.isPersonal ? 'unknown' : 'teamsForBusiness', isTallyingResponses: true },
    ...{ isRemovable: !listed.isDefault, owner: { name: owner, address: owner } },
  };
}

export const userJson = (mailbox: Mailbox): JsonObject =>
  compact({
    ...{ id: mailbox.userId, displayName: mailbox.name, userPrincipalName: mailbox.email },
    mail: mailbox.isPersonal ? null : mailbox.email,
  });

export const settingsJson = (mailbox: Mailbox): JsonObject => ({
  timeZone: mailbox.zoneName,
  workingHours: {
    daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
    ...{ startTime: '08:00:00.0000000', endTime: '17:00:00.0000000', timeZone: { name: mailbox.zoneName } },
  },
});
