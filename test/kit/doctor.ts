/** Sets a calendar wrong behind everybody's back, and watches that a doctor who only looks touches nothing. */
import type { MemoryCalendar } from '../../connectors/memory/index.ts';
import { store as put } from '../../connectors/memory/world.ts';
import type { Diagnosis } from '../../src/domain/diagnosis.ts';
import type { Event, EventFields } from '../../src/domain/event.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import { asRemoteId, createIdFor } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/store.ts';
import { examine } from '../../src/sync/doctor.ts';
import type { VisitDeps } from '../../src/sync/visit.ts';
import type { Attached } from './stage.ts';

export async function callDoctor(deps: VisitDeps, { id }: Attached, apply: boolean): Promise<Diagnosis> {
  const calendar = await deps.store.calendars.find(id);
  if (calendar === null) throw new Error(`no calendar ${id}`);
  return examine(deps, calendar, { apply });
}

/** Kind and remedy of every finding, sorted. */
export const shortly = (d: Diagnosis): string[] => d.findings.map((f) => `${f.kind} ${f.remedy} ${f.outcome}`).sort();

const itemOf = (server: MemoryCalendar, id: RemoteId) => {
  const item = server.items.get(id);
  if (item === undefined) throw new Error(`no copy ${id}`);
  return item;
};

/** The server loses a copy and tells nobody. */
export function lose(server: MemoryCalendar, id: RemoteId): void {
  server.items.set(id, { ...itemOf(server, id), isGone: true });
}

/** The server shows another content under the same stamp, and no feed tells of it. */
export function falsify(server: MemoryCalendar, id: RemoteId, change: Partial<EventFields>): void {
  const item = itemOf(server, id);
  server.items.set(id, { ...item, fields: { ...item.fields, ...change } });
}

/** A copy that a create of ours left a second time; feeds do not tell of it. */
export function doubled(server: MemoryCalendar, event: Event, calendar: Attached, o: { isShown: boolean }): RemoteId {
  const link = event.links.find((l) => l.calendarId === calendar.id)!;
  const createId = createIdFor(event.id, calendar.id, link.generation + 1);
  const { fields, mark } = itemOf(server, link.remoteId!);
  const made = put(server, { remoteId: asRemoteId(createId), createId: o.isShown ? createId : null, fields, mark });
  server.items.set(made.remoteId, { ...made, seq: 0 });
  return made.remoteId;
}

/** Something typed into the calendar of which no feed ever tells. */
export function hidden(server: MemoryCalendar, fields: EventFields): RemoteId {
  const made = put(server, { remoteId: asRemoteId(`hidden-${server.seq}`), createId: null, fields, mark: null });
  server.items.set(made.remoteId, { ...made, seq: 0 });
  return made.remoteId;
}

const reads = /^(get|getMany|find|list|load|inSpan|byLinkKeys|linksOf|stampsOf|ofResource|owing|countOwing)$/;

/** The store, and the names of all calls that could have written. */
export function watched(inner: Store): { readonly store: Store; readonly writes: string[] } {
  const writes: string[] = [];
  const part = (value: unknown, owner: object): unknown => {
    if (typeof value === 'function') return value.bind(owner);
    if (typeof value !== 'object' || value === null) return value;
    return new Proxy(value, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        if (!reads.test(String(key))) writes.push(String(key));
        return method.bind(target);
      },
    });
  };
  return { writes, store: new Proxy(inner, { get: (target, key) => part(Reflect.get(target, key), target) }) };
}

/** What the provider holds, to the letter. */
export const heldBy = (server: MemoryCalendar): string => JSON.stringify([...server.items.values()]);
