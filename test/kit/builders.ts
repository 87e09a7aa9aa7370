/** Builders of domain values with sane defaults, so that a test names only what it is about. */

import type { BusyRules, Calendar, Connection } from '../../src/domain/calendar.ts';
import type { CalendarLink, Event, EventFields } from '../../src/domain/event.ts';
import type { CalendarId } from '../../src/domain/ids.ts';
import {
  asRemoteId,
  asRemoteStamp,
  claimOfEvent,
  createIdFor,
  defaultTenantId,
  newId,
  partitionOf,
} from '../../src/domain/ids.ts';
import type { ConflictPolicy } from '../../src/domain/policy.ts';
import type { Resource, SheetRow } from '../../src/domain/resource.ts';
import { noRules } from '../../src/domain/rules.ts';
import type { CalendarDay, EventTime, Instant, WallTime, Zone } from '../../src/domain/time.ts';
import { parseInstant, utcZone } from '../../src/domain/time.ts';

/** The instant of an RFC 3339 text; fails loudly on anything else. */
export function at(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === null) throw new RangeError(`not an instant: ${text}`);
  return instant;
}

/** `YYYY-MM-DD` as a day. */
export const day = (text: string): CalendarDay => text as CalendarDay;

/** `YYYY-MM-DDTHH:mm` (seconds optional) as wall time in a zone, UTC by default. */
export const zoned = (wall: string, zone = 'UTC'): EventTime => ({
  kind: 'zoned',
  wall: (wall.length === 16 ? `${wall}:00` : wall) as WallTime,
  zone: zone as Zone,
});

export const defaultPolicy: ConflictPolicy = {
  authority: { when: 'theirs', what: 'ours', where: 'ours', busy: 'theirs', status: 'ours', privacy: 'ours' },
  removedThere: 'ask',
  removeVersusEdit: 'keep-edit',
  overlap: 'flag',
};

export const defaultBusyRules: BusyRules = {
  free: false,
  tentative: true,
  away: true,
  allDay: true,
  declined: false,
  unanswered: true,
  private: true,
};

/** One hour on 1 June 2027, 10:00 to 11:00 UTC. */
export function someFields(over: Partial<EventFields> = {}): EventFields {
  return {
    title: 'Boiler service',
    description: '',
    location: '',
    start: zoned('2027-06-01T10:00'),
    end: zoned('2027-06-01T11:00'),
    busy: 'busy',
    response: 'none',
    status: 'confirmed',
    privacy: 'default',
    series: null,
    instances: {},
    ...over,
  };
}

/** An external event of version 1 on a fresh resource, with its rows written and without links. */
export function anEvent(over: Partial<Event> = {}): Event {
  return {
    id: newId('event'),
    tenantId: defaultTenantId,
    rev: 1,
    version: 1,
    sheetVersion: over.version ?? 1,
    fields: someFields(),
    resources: [newId('resource')],
    booking: null,
    origin: 'rest',
    coveredUntil: null,
    deletedAt: null,
    createdAt: at('2027-05-01T00:00:00Z'),
    updatedAt: at('2027-05-01T00:00:00Z'),
    links: [],
    ...over,
  };
}

/** A live link that has settled version 1 of some event, with equal bases. */
export function aLink(over: Partial<CalendarLink> = {}): CalendarLink {
  const calendarId: CalendarId = over.calendarId ?? newId('calendar');
  const createId = over.createId ?? createIdFor(newId('event'), calendarId, over.generation ?? 1);
  return {
    calendarId,
    remoteId: asRemoteId(`remote-${createId.slice(0, 12)}`),
    createId,
    generation: 1,
    stamp: asRemoteStamp('stamp-1'),
    base: { local: someFields(), remote: someFields() },
    settledVersion: 1,
    fence: 0,
    sent: null,
    disputed: [],
    state: 'live',
    refusal: null,
    failures: 0,
    retryAt: null,
    writtenAt: null,
    remoteRaises: 0,
    ...over,
  };
}

/** An active two-way calendar that shares everything, never visited, due since its creation. */
export function aCalendar(over: Partial<Calendar> = {}): Calendar {
  const id = over.id ?? newId('calendar');
  return {
    id,
    tenantId: defaultTenantId,
    version: 1,
    connectionId: newId('connection'),
    provider: 'memory',
    remoteId: asRemoteId(`/calendars/${id}/`),
    name: 'Work',
    resourceId: newId('resource'),
    zone: utcZone,
    role: 'two-way',
    share: 'full',
    mirror: 'none',
    busyRules: defaultBusyRules,
    policy: defaultPolicy,
    ownRules: noRules,
    appliedVersion: 1,
    state: 'active',
    cursor: null,
    partition: partitionOf(id),
    dueAt: at('2027-05-01T00:00:00Z'),
    readDueAt: at('2027-05-01T00:00:00Z'),
    requestedSeq: 0,
    servedSeq: 0,
    lease: { owner: '', fence: 0, until: 0 as Instant },
    health: { failures: 0, lastFault: null, alarm: null, quarantined: [] },
    channels: [],
    lastSyncedAt: null,
    createdAt: at('2027-05-01T00:00:00Z'),
    ...over,
  };
}

export function aConnection(over: Partial<Connection> = {}): Connection {
  const id = over.id ?? newId('connection');
  return {
    id,
    tenantId: defaultTenantId,
    version: 1,
    provider: 'memory',
    account: `${id}@example.com`,
    settings: {},
    secret: 'sealed',
    tokenRev: 1,
    state: 'ok',
    pausedUntil: null,
    lastFault: null,
    createdAt: at('2027-05-01T00:00:00Z'),
    ...over,
  };
}

/** A technician in UTC who is always open. */
export function aResource(over: Partial<Resource> = {}): Resource {
  return {
    id: newId('resource'),
    tenantId: defaultTenantId,
    version: 1,
    kind: 'technician',
    name: 'Sam Example',
    zone: utcZone,
    quantity: 1,
    skills: [],
    territoryIds: [],
    home: null,
    workingHours: [],
    overrides: [],
    limits: {},
    email: null,
    phone: null,
    externalRef: null,
    createdAt: at('2027-05-01T00:00:00Z'),
    deletedAt: null,
    ...over,
  };
}

/** A firm booking row, 10:00 to 11:00 UTC on 1 June 2027, of a fresh event. */
export function aRow(over: Partial<SheetRow> = {}): SheetRow {
  const eventId = over.eventId === undefined ? newId('event') : over.eventId;
  return {
    claim: claimOfEvent(eventId ?? newId('event')),
    eventId,
    kind: 'booking',
    start: at('2027-06-01T10:00:00Z'),
    end: at('2027-06-01T11:00:00Z'),
    quantity: 1,
    firm: true,
    until: null,
    version: 1,
    ...over,
  };
}
