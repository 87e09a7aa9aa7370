/** A technician with calendars on a server in memory, and a visitor between them and the store. */
import { visitDefaults } from '../../config/defaults.ts';
import type { MemoryCalendar, Owner, World } from '../../connectors/memory/index.ts';
import { addCalendar, makeWorld, memoryConnector, ownerOf } from '../../connectors/memory/index.ts';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { Capabilities, Connector } from '../../src/domain/connector.ts';
import type { CalendarLink, Event, EventFields } from '../../src/domain/event.ts';
import type { CalendarId, ConnectionId, EventId, ResourceId } from '../../src/domain/ids.ts';
import { bookingIdOf, claimOfEvent, defaultTenantId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Resource, SheetRow } from '../../src/domain/resource.ts';
import { utcDaysOf } from '../../src/domain/span.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import type { VisitReport } from '../../src/domain/visit.ts';
import { rowsFor, sheetContext } from '../../src/scheduling/sheet.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { linksFor } from '../../src/sync/links.ts';
import type { VisitDeps } from '../../src/sync/visit.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { aCalendar, aConnection, anEvent, aResource, at, someFields } from './builders.ts';
import type { FakeClock } from './clock.ts';
import { fakeClock } from './clock.ts';

export const tenant = defaultTenantId;

const { windowPastMs, windowAheadMs } = visitDefaults;

/** One attached calendar with its two faces: ours and its owner's. */
export interface Attached {
  readonly id: CalendarId;
  readonly server: MemoryCalendar;
  readonly owner: Owner;
}

export interface Stage {
  readonly clock: FakeClock;
  readonly world: World;
  readonly store: Store;
  readonly connector: Connector;
  readonly resource: Resource;
  readonly deps: VisitDeps;
  attach(name: string, over?: Partial<Calendar>): Promise<Attached>;
  visit(calendar: Attached): Promise<VisitReport>;
  /** Visits calendars until none owes or was asked for any more. */
  settle(...calendars: readonly Attached[]): Promise<void>;
  /** A booking as REST makes it: event, rows, links. */
  book(id: string, over?: Partial<EventFields>): Promise<Event>;
  /** A later change by REST: raises the version and sees to links and rows. */
  change(id: EventId, change: (event: Event) => Event): Promise<Event>;
  event(id: EventId): Promise<Event>;
  /** All live events of the resource. */
  events(): Promise<readonly Event[]>;
  rows(span?: Span): Promise<readonly SheetRow[]>;
}

export const stageStart = at('2027-05-20T08:00:00Z');
export const june: Span = { start: at('2027-05-25T00:00:00Z'), end: at('2027-06-10T00:00:00Z') };

export interface StageOptions {
  readonly capabilities?: Partial<Capabilities>;
  readonly reword?: (fields: EventFields) => EventFields;
  readonly settings?: Partial<VisitDeps['settings']>;
  readonly wrap?: (store: Store) => Store;
}

export function visitDeps(store: Store, clock: FakeClock, connector: Connector, o: StageOptions = {}): VisitDeps {
  return {
    store,
    clock,
    log: silentLog,
    registry: new Map([[connector.provider, connector]]),
    openSecret: () => null,
    sealSecret: () => 'sealed',
    settings: { ...visitDefaults, owner: 'one', ...o.settings },
    random: () => 0.5,
  };
}

export async function aStage(o: StageOptions = {}): Promise<Stage> {
  const clock = fakeClock(stageStart);
  const world = makeWorld();
  const inner = memoryStore({ clock });
  const store = o.wrap?.(inner) ?? inner;
  const connector = memoryConnector({
    world,
    ...(o.capabilities === undefined ? {} : { capabilities: o.capabilities }),
    ...(o.reword === undefined ? {} : { reword: o.reword }),
  });
  const resource = aResource({ id: 'res_sam' as ResourceId, createdAt: stageStart });
  await inner.resources.insert(resource);
  const connection = aConnection({ id: 'con_one' as ConnectionId });
  await inner.connections.insert(connection);
  const deps = visitDeps(store, clock, connector, o);
  const visitor = makeVisitor(deps);
  const rest = restOf(store, clock, resource);

  return {
    ...{ clock, world, store, connector, resource, deps, ...rest },
    async attach(name, over = {}) {
      const server = addCalendar(world, name, { zone: utcZone });
      if (o.reword !== undefined) server.knobs.reword = o.reword;
      const id = `cal_${name}` as CalendarId;
      const { remoteId } = server;
      const { id: connectionId } = connection;
      await inner.calendars.insert(aCalendar({ id, remoteId, name, connectionId, resourceId: resource.id, ...over }));
      return { id, server, owner: ownerOf(server) };
    },
    visit: (calendar) => visitor.visit(calendar.id),
    async settle(...calendars) {
      await settleAll(inner, clock, calendars, (calendar) => visitor.visit(calendar.id));
    },
  };
}

/** Visits in rounds until a round leaves nothing owed; fails loudly when that does not come about. */
export async function settleAll(
  store: Store,
  clock: FakeClock,
  calendars: readonly Attached[],
  visit: (calendar: Attached) => Promise<VisitReport>,
): Promise<void> {
  const debts = async () => {
    const counts = await Promise.all(calendars.map((c) => store.events.countOwing(c.id)));
    return counts.reduce((a, b) => a + b, 0);
  };
  for (let round = 0; round < 25; round += 1) {
    for (const calendar of calendars) await visit(calendar);
    if (round >= 1 && (await debts()) === 0) return;
    clock.advance(16 * 60_000);
  }
  throw new Error(`it does not come to rest: ${await debts()} debts are left`);
}

/** A small writer that does what the booking desk does to events, without its choice of resources. */
export function restOf(store: Store, clock: FakeClock, resource: Resource) {
  const calendars = () => store.calendars.ofResource(tenant, resource.id);
  const event = async (id: EventId): Promise<Event> => {
    const found = await store.events.get(tenant, id);
    if (found === null) throw new Error(`no event ${id}`);
    return found;
  };
  const cover = async (next: Event): Promise<void> => {
    const now = clock.now();
    const window = { start: (now - windowPastMs) as Instant, end: (now + windowAheadMs) as Instant };
    const puts = rowsFor(
      next,
      sheetContext(next, null, () => utcZone, window),
    );
    const claim = claimOfEvent(next.id);
    for (const day of new Set([...utcDaysOf(june), ...puts.map((put) => put.day)])) {
      const rows = puts.find((put) => put.day === day)?.rows ?? [];
      await store.sheets.put(tenant, resource.id, day, claim, rows, next.version);
    }
  };
  return {
    event,
    async book(name: string, over: Partial<EventFields> = {}): Promise<Event> {
      const id = `evt_${name}` as EventId;
      const bare = anEvent({
        ...{ id, resources: [resource.id], createdAt: clock.now(), updatedAt: clock.now() },
        fields: someFields(over),
        booking: aBooking(id),
      });
      const made = { ...bare, links: linksFor(bare, await calendars()) };
      await cover(made);
      if ((await store.events.insert(made)) !== 'inserted') throw new Error(`${id} is there already`);
      await store.calendars.request(
        made.links.map((link) => link.calendarId),
        'write',
      );
      return made;
    },
    async change(id: EventId, change: (event: Event) => Event): Promise<Event> {
      for (;;) {
        const before = await event(id);
        const raised = { ...change(before), version: before.version + 1, sheetVersion: before.version + 1 };
        const next = { ...raised, rev: before.rev + 1, links: linksFor(raised, await calendars()) };
        await cover(next);
        if (!(await store.events.save(next))) continue;
        await store.calendars.request(
          next.links.map((link) => link.calendarId),
          'write',
        );
        return next;
      }
    },
    async events(): Promise<readonly Event[]> {
      const always = { start: 0 as Instant, end: at('2099-01-01T00:00:00Z') };
      return store.events.inSpan(tenant, [resource.id], always, 10_000);
    },
    async rows(span: Span = june): Promise<readonly SheetRow[]> {
      const sheets = await store.sheets.load(tenant, [resource.id], utcDaysOf(span));
      return sheets.flatMap((sheet) => sheet.rows);
    },
  };
}

function aBooking(id: EventId): NonNullable<Event['booking']> {
  return {
    ...{ id: bookingIdOf(id), status: 'confirmed', title: 'Boiler service', customer: null, location: null },
    ...{ notes: null, externalRef: null, jobTypeId: null, metadata: {}, source: 'crm' },
    receipt: { claim: claimOfEvent(id), claimedAt: stageStart, rows: [] },
  };
}

export function linkIn(event: Event, calendar: Attached): CalendarLink {
  const link = event.links.find((l) => l.calendarId === calendar.id);
  if (link === undefined) throw new Error(`${event.id} has no link to ${calendar.id}`);
  return link;
}
