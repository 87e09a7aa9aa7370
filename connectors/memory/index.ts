/** The connector to the calendar server in memory: for tests, property suites and demonstrations. */
import type { RemoteCalendar, SyncCursor } from '../../src/domain/calendar.ts';
import type {
  Capabilities,
  Change,
  Connector,
  FeedPage,
  OpenConnection,
  PullRequest,
  RemoteEvent,
  WriteIntent,
  WriteReceipt,
} from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { applyUnits } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { RemoteId } from '../../src/domain/ids.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import { extentOf } from '../../src/domain/series.ts';
import type { Instant, Zone } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import type { Item, MemoryCalendar, World } from './world.ts';
import { holdsStamp, shown, store, touches, visible } from './world.ts';

export type { Owner } from './owner.ts';
export { ownerOf } from './owner.ts';
export type { MemoryCalendar, World } from './world.ts';
export { addCalendar, makeWorld } from './world.ts';

const allFields: readonly (keyof EventFields)[] = [
  'title',
  'description',
  'location',
  'start',
  'end',
  'series',
  'instances',
  'busy',
  'response',
  'status',
  'privacy',
];

/** By default a provider that can do everything. */
export const memoryCapabilities: Capabilities = {
  feed: 'delta',
  push: null,
  guard: { update: 'enforced', remove: 'enforced' },
  createBy: 'own-id',
  mark: 'in-feed',
  series: 'master',
  carries: new Set(allFields),
  parallel: 8,
};

export interface MemoryConnectorOptions {
  readonly world: World;
  readonly provider?: string;
  readonly capabilities?: Partial<Capabilities>;
  /** What the calendars of this world do to fields; the same as their `reword` knob. */
  readonly reword?: (fields: EventFields) => EventFields;
}

/** Writes drop what is not carried, then the world words it. */
export function memoryConnector(o: MemoryConnectorOptions): Connector {
  const capabilities: Capabilities = { ...memoryCapabilities, ...o.capabilities };
  const reword = o.reword ?? ((fields: EventFields) => fields);
  const lossy = (fields: EventFields) => withoutUncarried(fields, capabilities.carries);
  return {
    provider: o.provider ?? 'memory',
    capabilities,
    async connect(input) {
      const account =
        typeof input === 'object' && input !== null && 'account' in input && typeof input.account === 'string'
          ? input.account
          : null;
      if (account === null) throw new Fault('invalid', 'an account name is expected under "account"');
      return { account, settings: {}, secret: null };
    },
    open: () => open(o.world, capabilities, lossy),
    project: (fields) => reword(lossy({ ...fields, response: 'none' })),
  };
}

const plain: Partial<EventFields> = {
  title: '',
  description: '',
  location: '',
  series: null,
  instances: {},
  busy: 'busy',
  response: 'none',
  status: 'confirmed',
  privacy: 'default',
};

function withoutUncarried(fields: EventFields, carries: ReadonlySet<keyof EventFields>): EventFields {
  const lost = allFields.filter((key) => !carries.has(key) && key in plain);
  return { ...fields, ...Object.fromEntries(lost.map((key) => [key, plain[key]])) };
}

function open(world: World, capabilities: Capabilities, lossy: (fields: EventFields) => EventFields): OpenConnection {
  const calendarOf = (remote: RemoteCalendar): MemoryCalendar => {
    if (world.down !== null) throw world.down();
    const calendar = world.calendars.get(remote.remoteId);
    if (calendar === undefined || calendar.isGone) throw new Fault('calendar-gone', 'there is no such calendar');
    return calendar;
  };
  return {
    async calendars() {
      if (world.down !== null) throw world.down();
      return [...world.calendars.values()].map(({ remoteId, name, zone, canWrite }) => ({
        ...{ remoteId, name, zone, canWrite },
      }));
    },
    async *pull(request) {
      const calendar = calendarOf(request.calendar);
      calendar.calls.pull += 1;
      await calendar.knobs.gate('pull');
      calendarOf(request.calendar);
      if (capabilities.feed === 'listing' || request.from === null) yield* listing(calendar, request, capabilities);
      else yield* delta(calendar, request.from, capabilities);
      await calendar.knobs.gate('pull done');
    },
    async read(remote, id) {
      const calendar = calendarOf(remote);
      calendar.calls.read += 1;
      await calendar.knobs.gate('read');
      const item = visible(calendar, id);
      const found = item === null || item.garbage !== null ? null : shown(calendar, item);
      await calendar.knobs.gate('read done');
      return found;
    },
    async write(remote, intent) {
      const calendar = calendarOf(remote);
      calendar.calls.write += 1;
      await calendar.knobs.gate('write');
      if (take(calendar, 'lostRequests')) throw new Fault('transient', 'the request was lost');
      const receipt = write(calendar, intent, capabilities, lossy);
      const isLost = receipt.kind === 'done' && take(calendar, 'lostAnswers');
      await calendar.knobs.gate('write done');
      if (isLost) throw new Fault('transient', 'the answer was lost');
      return receipt;
    },
    async close() {},
  };
}

function take(
  calendar: MemoryCalendar,
  knob: 'lostRequests' | 'lostAnswers' | 'storms' | 'burnt' | 'emptyListings' | 'shortListings' | 'endlessFeeds',
): boolean {
  if (calendar.knobs[knob] <= 0) return false;
  calendar.knobs[knob] -= 1;
  return true;
}

async function* listing(calendar: MemoryCalendar, request: PullRequest, caps: Capabilities): AsyncGenerator<FeedPage> {
  const { window } = request;
  const isEmpty = take(calendar, 'emptyListings');
  const seq = calendar.seq;
  const there = [...calendar.items.values()].filter((item) => !item.isGone && isInWindow(item, calendar, window));
  const told = take(calendar, 'shortListings') ? there.slice(0, Math.floor(there.length / 2)) : there;
  const items = isEmpty ? [] : told;
  const known = await request.known(items.map((item) => item.remoteId));
  const changes = items.map((item): Change => {
    const stamp = known.get(item.remoteId);
    const isKnown = stamp !== undefined && stamp === item.stamp && item.garbage === null;
    return isKnown ? { kind: 'same', remoteId: item.remoteId } : changeOf(calendar, item, caps);
  });
  yield* pages('listing', changes, cursorAt(calendar, caps, seq, window), calendar.knobs.pageSize, () => null);
}

async function* delta(calendar: MemoryCalendar, from: SyncCursor, caps: Capabilities): AsyncGenerator<FeedPage> {
  const [era, at] = from.value.split(':').map(Number);
  if (era !== calendar.era || at === undefined || at > calendar.seq) {
    throw new Fault('cursor-lost', 'this place in the feed is not known');
  }
  const end = Math.max(at, calendar.seq - calendar.knobs.feedLag);
  const items = [...calendar.items.values()]
    .filter((item) => item.seq > at - calendar.knobs.feedRepeat && item.seq <= end)
    .sort((a, b) => a.seq - b.seq);
  const changes = items.map((item) => changeOf(calendar, item, caps));
  if (take(calendar, 'endlessFeeds')) yield* forEver({ mode: 'delta', changes, resume: null, next: null });
  const next = end === at ? from : cursorAt(calendar, caps, end, from.window);
  const resumeAt = (last: number): SyncCursor | null => {
    const item = items[last];
    return item === undefined || item.seq < at ? null : cursorAt(calendar, caps, item.seq, from.window);
  };
  yield* pages('delta', changes, next, calendar.knobs.pageSize, resumeAt);
}

function* forEver(page: FeedPage): Generator<FeedPage> {
  for (;;) yield page;
}

function* pages(
  mode: FeedPage['mode'],
  changes: readonly Change[],
  next: SyncCursor,
  size: number,
  resumeAt: (last: number) => SyncCursor | null,
): Generator<FeedPage> {
  for (let from = 0; from === 0 || from < changes.length; from += size) {
    const isLast = from + size >= changes.length;
    const page = changes.slice(from, from + size);
    yield { mode, changes: page, resume: isLast ? null : resumeAt(from + size - 1), next: isLast ? next : null };
  }
}

const cursorAt = (c: MemoryCalendar, caps: Capabilities, seq: number, window: SyncCursor['window']): SyncCursor => ({
  kind: caps.feed === 'listing' ? 'listing' : 'delta',
  value: `${c.era}:${seq}`,
  window,
});

function isInWindow(item: Item, calendar: MemoryCalendar, window: PullRequest['window']): boolean {
  const zone: Zone = calendar.zone ?? utcZone;
  const { start, end } = extentOf(item.fields, zone);
  return touches({ start, end: end ?? (Number.MAX_SAFE_INTEGER as Instant) }, window);
}

function changeOf(calendar: MemoryCalendar, item: Item, caps: Capabilities): Change {
  const { remoteId, stamp, garbage } = item;
  if (item.isGone) return { kind: 'remove', remoteId };
  if (garbage !== null) return { kind: 'unreadable', remoteId, stamp, span: null, why: garbage };
  const remote = shown(calendar, item);
  if (caps.mark === 'in-feed') return { kind: 'upsert', remote };
  const isHidden = caps.createBy === 'transaction-key';
  return { kind: 'upsert', remote: { ...remote, mark: null, createId: isHidden ? null : remote.createId } };
}

function write(
  calendar: MemoryCalendar,
  intent: WriteIntent,
  caps: Capabilities,
  lossy: (fields: EventFields) => EventFields,
): WriteReceipt {
  const { refuse } = calendar.knobs;
  if (!calendar.canWrite) return { kind: 'refused', why: 'the calendar is read-only' };
  if (refuse.times > 0) {
    refuse.times -= 1;
    return { kind: 'refused', why: refuse.why };
  }
  if (intent.kind === 'create') return create(calendar, intent, caps, lossy);
  const item = visible(calendar, intent.remoteId);
  if (item === null) return { kind: 'gone' };
  const guard = intent.kind === 'update' ? caps.guard.update : caps.guard.remove;
  if (guard === 'enforced' && (take(calendar, 'storms') || !holdsStamp(item, intent.ifStamp))) return { kind: 'stale' };
  if (intent.kind === 'remove') {
    store(calendar, { ...item, isGone: true });
    return { kind: 'done', remote: null };
  }
  const written = applyUnits(item.fields, lossy(intent.fields), intent.units);
  const fields = { ...written, response: item.fields.response };
  return done(calendar, store(calendar, { ...item, fields, mark: intent.mark }), caps);
}

function create(
  calendar: MemoryCalendar,
  intent: Extract<WriteIntent, { kind: 'create' }>,
  caps: Capabilities,
  lossy: (fields: EventFields) => EventFields,
): WriteReceipt {
  const { createId, mark } = intent;
  if (take(calendar, 'burnt')) return { kind: 'burnt' };
  const earlier = calendar.items.get(calendar.created.get(createId) ?? asRemoteId(''));
  if (earlier !== undefined) {
    return earlier.isGone ? { kind: 'burnt' } : { kind: 'exists', remote: shown(calendar, earlier) };
  }
  const remoteId: RemoteId = asRemoteId(
    caps.createBy === 'own-id' ? createId : `${calendar.remoteId}${calendar.seq + 1}`,
  );
  const fields = { ...lossy(intent.fields), response: 'none' as const };
  return done(calendar, store(calendar, { remoteId, createId, fields, mark }), caps);
}

function done(calendar: MemoryCalendar, item: Item, caps: Capabilities): WriteReceipt {
  const remote: RemoteEvent = shown(calendar, item);
  if (calendar.knobs.isBlind) return { kind: 'done', remote: null };
  return { kind: 'done', remote: caps.mark === 'none' ? { ...remote, mark: null } : remote };
}
