/** Plays a history: people at their calendars, REST, visits that crash or sleep, servers that misbehave. */
import type { MemoryCalendar, Owner, World } from '../../connectors/memory/index.ts';
import { addCalendar, makeWorld, memoryConnector, ownerOf } from '../../connectors/memory/index.ts';
import type { Item } from '../../connectors/memory/world.ts';
import type { Connector } from '../../src/domain/connector.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { CalendarId, ConnectionId, EventId, HoldId } from '../../src/domain/ids.ts';
import { expand } from '../../src/domain/series.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';
import type { VisitAim, VisitReport } from '../../src/domain/visit.ts';
import type { BookingDesk } from '../../src/scheduling/desk.ts';
import type { Store } from '../../src/store/store.ts';
import type { Visitor } from '../../src/sync/visit.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { aCalendar, aConnection } from './builders.ts';
import { byRest, deskOf, isRest } from './history-desk.ts';
import { byPerson } from './history-people.ts';
import type { CalendarSetup, Setup, Step, Trouble } from './history-steps.ts';
import { home, horizonOf, startOf, windowAheadMs, windowNow, windowPastMs } from './history-times.ts';
import { byVisitor } from './history-visits.ts';
import { aProvenChannel } from './proven.ts';
import type { Stage } from './stage.ts';
import { aStage, stageStart, visitDeps } from './stage.ts';
import type { Ledger } from './texts.ts';
import { makeLedger } from './texts.ts';

export type { Setup } from './history-steps.ts';

/** One calendar: ours, its owner's, and the world that it lives in. */
export interface Seat {
  readonly id: CalendarId;
  readonly world: World;
  readonly server: MemoryCalendar;
  readonly owner: Owner;
  readonly connector: Connector;
  readonly setup: CalendarSetup;
}

export interface Play {
  readonly stage: Stage;
  readonly setup: Setup;
  readonly calendars: readonly Seat[];
  /** What everybody wrote, and what became of it. */
  readonly ledger: Ledger;
  readonly store: Store;
  readonly desk: BookingDesk;
  readonly horizon: Span;
  readonly holds: HoldId[];
  /** Events whose rows may have lapsed, see `pass`. */
  readonly lapsed: Set<EventId>;
  readonly changes: { rest: number; person: number };
  readonly late: { letGo(): void; end: Promise<unknown> }[];
  /** Answers that come too late, one for each call that is still to be slow. */
  readonly slow: { left: number };
  visitor(store: Store, owner: string): Visitor;
  visit(seat: Seat, aim?: VisitAim): Promise<VisitReport>;
}

export async function begin(setup: Setup): Promise<Play> {
  const ledger = makeLedger();
  const settings = { windowPastMs, windowAheadMs };
  const stage = await aStage({ wrap: ledger.watch, settings });
  stage.clock.advance(startOf(setup.season) - stageStart);
  await stage.store.resources.save({ ...stage.resource, zone: home, version: 2 });
  const slow = { left: 0 };
  const seats: Seat[] = [];
  for (const [i, own] of setup.calendars.entries()) seats.push(await seated(stage, setup, own, i, slow));
  const registry = new Map(seats.map(({ connector }) => [connector.provider, connector]));
  const visitor = (store: Store, owner: string): Visitor =>
    makeVisitor({ ...visitDeps(store, stage.clock, stage.connector, { settings: { ...settings, owner } }), registry });
  const regular = visitor(stage.store, 'one');
  return {
    ...{ stage, setup, calendars: seats, ledger, store: stage.store, slow, visitor },
    ...{ desk: deskOf(stage.store, stage.clock), horizon: horizonOf(setup.season), holds: [], late: [] },
    lapsed: new Set(),
    changes: { rest: 0, person: 0 },
    visit: (seat, aim) => regular.visit(seat.id, aim),
  };
}

async function seated(stage: Stage, setup: Setup, own: CalendarSetup, i: number, slow: Play['slow']): Promise<Seat> {
  const world = makeWorld();
  const reword = own.isWayward === true ? wayward : (fields: EventFields) => fields;
  const provider = `memory ${i}`;
  const connector = memoryConnector({ world, provider, reword, capabilities: own.capabilities ?? {} });
  const server = addCalendar(world, `cal${i}`, { zone: home });
  const { knobs } = server;
  Object.assign(knobs, { reword, stamps: own.stamps ?? 'counter', isBlind: own.isBlind ?? false });
  if (own.isMoody === true) knobs.surprise = moody;
  knobs.pageSize = own.pageSize ?? 100;
  knobs.gate = async () => {
    if (slow.left <= 0) return;
    slow.left -= 1;
    stage.clock.advance(130_000);
  };
  const connectionId = `con_${i}` as ConnectionId;
  await stage.store.connections.insert(aConnection({ id: connectionId, provider }));
  const id = `cal_cal${i}` as CalendarId;
  const { role, share, mirror } = own;
  const channels = own.hasPush === true ? [aProvenChannel(id, stage.clock.now())] : [];
  await stage.store.calendars.insert(
    aCalendar({
      ...{ id, connectionId, provider, role, share, mirror, zone: home, policy: setup.policy, channels },
      ...{ remoteId: server.remoteId, name: server.name, resourceId: stage.resource.id },
    }),
  );
  return { id, world, server, connector, setup: own, owner: ownerOf(server) };
}

export async function perform(play: Play, step: Step): Promise<void> {
  if (isRest(step)) return byRest(play, step);
  switch (step.do) {
    case 'create':
    case 'duplicate':
    case 'delete':
    case 'undelete':
    case 'edit':
    case 'whim':
      return byPerson(play, step);
    case 'trouble':
      if (step.trouble === 'empty') return showEmpty(play, play.calendars[step.at]!);
      return turnKnob(play, play.calendars[step.at]!, step.trouble);
    default:
      return byVisitor(play, step);
  }
}

/** Lets late visitors go on and waits for their end. */
export async function wake(play: Play): Promise<void> {
  for (const one of play.late.splice(0)) {
    one.letGo();
    await one.end;
  }
}

const calmKnobs = {
  ...{ lostAnswers: 0, lostRequests: 0, storms: 0, feedRepeat: 0, feedLag: 0, burnt: 0 },
  ...{ emptyListings: 0, shortListings: 0, endlessFeeds: 0, frozenStamps: 0 },
};

/** Servers and network behave from now on. */
export function calm(play: Play): void {
  play.slow.left = 0;
  for (const { server, world } of play.calendars) {
    world.down = null;
    Object.assign(server.knobs, calmKnobs);
    server.knobs.refuse = { times: 0, why: '' };
  }
}

/** As real calendars do: markup around the description, no busy state of their own, trimmed titles. */
const wayward = (f: EventFields): EventFields => ({
  ...f,
  description: f.description.startsWith('<p>') ? f.description : `<p>${f.description}</p>`,
  busy: f.busy === 'free' ? 'free' : 'busy',
  title: f.title.trim(),
});

/** A note that some server puts under everything, which no projection knows. */
const moody = (f: EventFields): EventFields =>
  f.description.endsWith(' --') ? f : { ...f, description: `${f.description} --` };

function turnKnob({ slow }: Play, { server, world }: Seat, trouble: Exclude<Trouble, 'empty'>): void {
  const { knobs } = server;
  const turns: Record<typeof trouble, () => void> = {
    'lost answer': () => (knobs.lostAnswers += 1),
    'lost request': () => (knobs.lostRequests += 1),
    storm: () => (knobs.storms += 1),
    cursor: () => (server.era += 1),
    repeat: () => (knobs.feedRepeat = 4),
    lag: () => (knobs.feedLag = 1),
    burnt: () => (knobs.burnt += 1),
    endless: () => (knobs.endlessFeeds += 1),
    slow: () => (slow.left += 1),
    down: () => goDown(world),
    refuse: () => (knobs.refuse = { times: 1, why: 'not today' }),
  };
  turns[trouble]();
}

/** The place in the feed is lost, and the calendar shows itself empty once although something known is in it. */
async function showEmpty(play: Play, seat: Seat): Promise<void> {
  const { start, end } = windowNow(play.stage.clock.now());
  const inner = { start: (start + dayMs) as Instant, end: (end - dayMs) as Instant };
  const { data } = await play.store.events.linksOf(seat.id, { limit: 1000, after: null });
  const known = new Set(
    data.filter((row) => row.spanStart < inner.end && row.spanEnd > inner.start).map((r) => r.remoteId),
  );
  const isThere = (item: Item) => known.has(item.remoteId) && expand(item.fields, inner, home).occurrences.length > 0;
  // An empty listing of a calendar of which nothing is known is as good as any.
  if (!seat.owner.events().some(isThere)) return;
  seat.server.era += 1;
  seat.server.knobs.emptyListings = 1;
  await play.visit(seat);
  seat.server.knobs.emptyListings = 0;
}

/** The next two calls are not answered. */
function goDown(world: World): void {
  let left = 2;
  world.down = () => {
    left -= 1;
    if (left === 0) world.down = null;
    return new Fault('transient', 'nobody answers');
  };
}
