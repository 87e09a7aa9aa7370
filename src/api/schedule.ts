/** The schedule: per resource what works, what is booked, what calendars block, what is held and disputed. */
import { z } from 'zod';
import { showConflict, showHold } from '../../mappings/crm-things.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Event } from '../domain/event.ts';
import type { CalendarId, EventId, ResourceId, TenantId } from '../domain/ids.ts';
import type { Conflict } from '../domain/policy.ts';
import type { Hold, Resource, SheetRow } from '../domain/resource.ts';
import { utcDaysOf } from '../domain/span.ts';
import type { Span } from '../domain/time.ts';
import { toInstant } from '../domain/zone.ts';
import { type Diary, diaryOf } from '../scheduling/diary.ts';
import type { Store } from '../store/store.ts';
import { viewBookings } from './booking-view.ts';
import { every } from './every.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { checkWindow, idIn, instantIn, noParams, paging, showSpan } from './schemas.ts';
import { scheduleOut } from './schemas-bookings.ts';

const mostEvents = 5_000;
const mostConflicts = 1_000;

const someIds = z
  .union([z.string(), z.array(z.string())])
  .transform((text) => [text].flat().flatMap((t) => t.split(',')))
  .pipe(z.array(idIn('resource')).min(1).max(200))
  .nullable()
  .default(null)
  .meta({ description: 'Separated by commas or repeated; all resources without it' });

export function scheduleRoutes({ store }: AppParts): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/schedule',
      name: 'getSchedule',
      summary: 'What each resource does between two times',
      tag: 'Schedule',
      scope: 'read',
      params: noParams,
      query: z
        .strictObject({
          from: instantIn,
          to: instantIn,
          resourceIds: someIds,
          after: paging.after,
          limit: paging.limit.unwrap().default(200),
        })
        .superRefine(checkWindow),
      body: null,
      problems: ['not_found'],
      answers: { 200: { description: 'One row per resource', schema: scheduleOut } },
      async handle({ query, caller }) {
        const { tenantId } = caller;
        const window = { start: query.from, end: query.to };
        const { data: resources, next } = await choose(store, tenantId, query);
        const data = await rowsOf(store, tenantId, resources, window);
        const { start: from, end: to } = showSpan(window);
        return answer(200, scheduleOut, { from, to, data, next });
      },
    }),
  ];
}

async function choose(
  store: Store,
  tenantId: TenantId,
  query: { readonly resourceIds: readonly ResourceId[] | null; readonly limit: number; readonly after: string | null },
): Promise<{ readonly data: readonly Resource[]; readonly next: string | null }> {
  if (query.resourceIds === null) return store.resources.list(tenantId, query);
  const wanted = [...new Set(query.resourceIds)];
  const found = new Map((await store.resources.getMany(tenantId, wanted)).map((r) => [r.id, r]));
  const data = wanted.map((id) => {
    const resource = found.get(id);
    if (resource === undefined || resource.deletedAt !== null) throw notFound(`resource ${id}`);
    return resource;
  });
  return { data, next: null };
}

async function rowsOf(store: Store, tenantId: TenantId, resources: readonly Resource[], window: Span) {
  if (resources.length === 0) return [];
  const ids = resources.map((r) => r.id);
  const now = store.now();
  const [sheets, events, holds, conflicts] = await Promise.all([
    store.sheets.load(tenantId, ids, utcDaysOf(window)),
    store.events.inSpan(tenantId, ids, window, mostEvents),
    store.holds.inSpan(tenantId, window, now),
    openConflicts(store, tenantId, new Set(ids)),
  ]);
  const diaries = resources.map((resource) => diaryOf(resource, sheets, window, now));
  const known = new Map(events.map((e) => [e.id, e]));
  await addMissing(store, tenantId, diaries, known);
  const calendars = await originsOf(store, tenantId, [...known.values()]);
  const context: Context = { known, calendars, holds, conflicts };
  return Promise.all(diaries.map((diary) => rowOf(store, diary, events, context)));
}

interface Context {
  readonly known: ReadonlyMap<EventId, Event>;
  readonly calendars: ReadonlyMap<CalendarId, Calendar>;
  readonly holds: readonly Hold[];
  readonly conflicts: readonly Conflict[];
}

async function rowOf(store: Store, diary: Diary, events: readonly Event[], context: Context) {
  const { resource } = diary;
  const bookings = events.filter((e) => e.booking !== null && e.resources.includes(resource.id));
  return {
    resourceId: resource.id,
    kind: resource.kind,
    name: resource.name,
    timeZone: resource.zone,
    quantity: resource.quantity,
    working: diary.working.map(showSpan),
    bookings: await viewBookings(store, resource.tenantId, bookings),
    // The rows of the day sheet, not the events: they are what blocks, with the busy rules applied and series unrolled.
    busy: diary.rows.filter((row) => row.kind === 'calendar').map((row) => busyOf(row, resource, context)),
    holds: context.holds.filter((h) => h.resourceIds.includes(resource.id)).map(showHold),
    conflicts: context.conflicts.filter((c) => c.resourceId === resource.id).map(showConflict),
  };
}

function busyOf(row: SheetRow, resource: Resource, { known, calendars }: Context) {
  const event = row.eventId === null ? undefined : known.get(row.eventId);
  const calendar = event === undefined || event.origin === 'rest' ? undefined : calendars.get(event.origin);
  return {
    eventId: row.eventId,
    calendarId: calendar?.id ?? null,
    ...showSpan(row),
    title: event !== undefined && calendar?.share === 'full' ? titleAt(event, row, resource) : null,
  };
}

/** The title of the occurrence that made this row; null when it, or the whole event, is private. */
function titleAt(event: Event, row: SheetRow, resource: Resource): string | null {
  const changed = Object.values(event.fields.instances).find(
    (i) => i !== 'cancelled' && toInstant(i.start, resource.zone) === row.start,
  );
  const fields = changed === undefined || changed === 'cancelled' ? event.fields : changed;
  return fields.privacy === 'private' || event.fields.privacy === 'private' ? null : fields.title;
}

/** Rows can outlive the limit of events that were read with the window. */
async function addMissing(
  store: Store,
  tenantId: TenantId,
  diaries: readonly Diary[],
  known: Map<EventId, Event>,
): Promise<void> {
  const missing = new Set<EventId>();
  for (const { rows } of diaries) {
    for (const row of rows) {
      if (row.kind === 'calendar' && row.eventId !== null && !known.has(row.eventId)) missing.add(row.eventId);
    }
  }
  if (missing.size === 0) return;
  for (const event of await store.events.getMany(tenantId, [...missing])) known.set(event.id, event);
}

async function originsOf(
  store: Store,
  tenantId: TenantId,
  events: readonly Event[],
): Promise<ReadonlyMap<CalendarId, Calendar>> {
  const ids = new Set(events.flatMap((e) => (e.booking === null && e.origin !== 'rest' ? [e.origin] : [])));
  const found = await Promise.all([...ids].map((id) => store.calendars.get(tenantId, id)));
  return new Map(found.flatMap((c) => (c === null ? [] : [[c.id, c] as const])));
}

async function openConflicts(
  store: Store,
  tenantId: TenantId,
  resources: ReadonlySet<ResourceId>,
): Promise<readonly Conflict[]> {
  const found: Conflict[] = [];
  for await (const conflict of every((q) => store.conflicts.list(tenantId, { ...q, state: 'open', eventId: null }))) {
    if (conflict.resourceId !== null && resources.has(conflict.resourceId)) found.push(conflict);
    if (found.length >= mostConflicts) break;
  }
  return found;
}
