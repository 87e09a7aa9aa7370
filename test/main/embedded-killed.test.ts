/**
 * The application's journeys over three gateways and one embedded database, while the database and one gateway are killed.
 *
 * Callers ask again as a CRM does: after a lost connection or a 503, another gateway, with the name of the same order.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { startEmbedded } from '../../embedded/child.ts';
import { systemClock } from '../../src/clock.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { type KeptDatabase, keepEmbedded } from '../../src/keep-embedded.ts';
import { CaldavDouble } from '../doubles/caldav-server.ts';
import { addDays, berlin, someWednesday } from '../kit/days.ts';
import { accountOf, copiesOf, typed } from '../kit/double-scene.ts';
import { eventually } from '../kit/eventually.ts';
import { anOffice } from '../kit/office.ts';
import { type Daemon, freePort, startDaemon } from '../kit/programs.ts';
import { type Rest, type RestReply, restClient } from '../kit/rest.ts';

const root = join(import.meta.dirname, '../..');
const GATEWAYS = 3;
const SLOTS = 30;
const CALLERS = 6;
/** Fewer than the five deaths in a minute that the keeper takes for no accident. */
const DATABASE_KILLS = 3;

interface Gateway {
  readonly daemon: Daemon;
  readonly rest: Rest;
}
interface Wish {
  readonly externalRef: string;
  readonly start: string;
  readonly end: string;
}

describe('three gateways on an embedded database that is killed again and again', function () {
  this.timeout(300_000);
  let folder: string;
  let database: KeptDatabase;
  let double: CaldavDouble;
  const gateways: Gateway[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gw-'));
    const start = () =>
      startEmbedded({ dataDir: join(folder, 'db'), entry: join(root, 'embedded/cli.ts'), onMessage: () => {} });
    database = await keepEmbedded(start, { clock: systemClock, log: silentLog });
    double = await new CaldavDouble().start();
    const secrets = { key: `key-${randomBytes(16).toString('hex')}`, encryption: randomBytes(32).toString('base64') };
    // One after the other: the first makes the tenant and the indexes.
    for (let n = 0; n < GATEWAYS; n += 1) gateways.push(await aGateway(n, secrets));
  });
  after(async () => {
    await Promise.all(gateways.map(({ daemon }) => daemon.stop()));
    await double?.stop();
    await database?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function aGateway(n: number, { key, encryption }: { key: string; encryption: string }): Promise<Gateway> {
    const port = await freePort();
    const daemon = startDaemon(process.execPath, ['--import', 'tsx', join(root, 'src/run.ts')], {
      PATH: process.env.PATH,
      TZ: process.env.TZ,
      MONGODB_URI: database.uri,
      DATA_DIR: join(folder, `gateway-${n}`),
      PORT: String(port),
      BOOTSTRAP_API_KEY: key,
      ENCRYPTION_KEY: encryption,
      ALLOW_PRIVATE_HOSTS: 'true',
      POLL_SECONDS: '5',
      RATE_LIMIT_PER_MINUTE: '100000',
    });
    await eventually(async () => {
      if (daemon.hasEnded()) throw new Error(`the gateway ended: ${daemon.said()}`);
      return daemon.said().includes('is ready');
    }, 60_000);
    return { daemon, rest: restClient(`http://127.0.0.1:${port}`, key) };
  }

  /** Asks the living gateways in turn until one gives an answer that is not "later". */
  async function ask(...request: Parameters<Rest>): Promise<RestReply> {
    let last = 'no gateway lives';
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const alive = gateways.filter(({ daemon }) => !daemon.hasEnded());
      const gateway = alive[attempt % Math.max(1, alive.length)];
      try {
        const reply = await gateway?.rest(...request);
        if (reply !== undefined && reply.status < 500) return reply;
        last = `${reply?.status} ${reply?.text}`;
      } catch (error) {
        last = String(error);
      }
      await pause(100);
    }
    throw new Error(`${request[0]} ${request[1]} found no answer: ${last}`);
  }

  it('loses nothing acknowledged, books no slot twice, and brings every journey to its end', async () => {
    const seed = Date.now() % 100_000;
    const random = seededBelow(seed);
    const office = await anOffice(ask, accountOf(double));
    const resourceId = await office.technician();
    const calendarId = await office.attach(resourceId, '/work/');
    const wishes = wishesOf();
    const granted = new Map<string, string>();
    const refused = new Set<string>();
    const kills = killPlan(wishes.length, random);

    const book = async (wish: Wish): Promise<void> => {
      const reply = await ask('POST', '/v1/bookings', { ...wish, resourceIds: [resourceId], title: 'Wartung' });
      if (reply.status === 409) refused.add(wish.externalRef);
      else {
        expect(reply.status, `seed ${seed}: ${reply.text}`).to.be.oneOf([200, 201]);
        granted.set(wish.externalRef, reply.body.id);
      }
      const kill = kills.get(granted.size + refused.size);
      if (kill === 'database') await killDatabase();
      if (kill === 'gateway') gateways[GATEWAYS - 1]!.daemon.child.kill('SIGKILL');
      if (kill !== undefined) typeOnPhone();
    };
    const phones: number[] = [];
    const typeOnPhone = (): void => {
      double.work.put(`phone-${phones.length}.ics`, phoneEvent(phones.length));
      phones.push(phones.length);
    };
    const queue = [...wishes];
    const caller = async (): Promise<void> => {
      for (let wish = queue.shift(); wish !== undefined; wish = queue.shift()) await book(wish);
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    expect(gateways.filter(({ daemon }) => daemon.hasEnded())).to.have.length(1);
    expect(phones).to.have.length(DATABASE_KILLS + 1);
    // What was cut off in between may hold its slot for two minutes, so that nobody gets it; nearly all are granted.
    expect(granted.size, `seed ${seed}`).to.be.within(SLOTS / 2, SLOTS);

    // One booking moves and one is cancelled while the database dies once more.
    const [moving = '', cancelled = ''] = [...granted.values()];
    const newTime = at(addDays(someWednesday(4), 20), 9);
    await killDatabase();
    const moved = await ask('PATCH', `/v1/bookings/${moving}`, newTime);
    expect(moved.status, moved.text).to.equal(200);
    const gone = await ask('POST', `/v1/bookings/${cancelled}/cancel`, {});
    expect(gone.status, gone.text).to.equal(200);

    await settled(calendarId);
    for (const [externalRef, id] of granted) {
      const { body } = await ask('GET', `/v1/bookings/${id}`);
      const wish = wishes.find((one) => one.externalRef === externalRef)!;
      const span = id === moving ? newTime : { start: wish.start, end: wish.end };
      const status = id === cancelled ? 'cancelled' : 'confirmed';
      expect(body, `seed ${seed}, ${externalRef}`).to.deep.include({ externalRef, status, ...span });
      expect(copiesOf(double.work, id), id).to.have.length(id === cancelled ? 0 : 1);
    }
    const { body: all } = await ask('GET', '/v1/bookings?status=confirmed&limit=200');
    const starts = all.data.map((booking: { start: string }) => booking.start);
    expect(new Set(starts).size, `seed ${seed}: one booking a slot`).to.equal(starts.length);
    expect(double.work.items.size, 'nothing else stands in the calendar').to.equal(starts.length + phones.length);
    for (const n of phones) expect(await office.isTaken(resourceId, phoneSpan(n)), `phone ${n} blocks`).to.equal(true);
    expect(double.wrong).to.deep.equal([]);
  });

  /** The one that runs now; while it is being started again there is nobody to kill. */
  async function killDatabase(): Promise<void> {
    await eventually(async () => {
      try {
        return process.kill(database.pid(), 'SIGKILL');
      } catch {
        return false;
      }
    }, 30_000);
  }

  async function settled(calendarId: string): Promise<void> {
    await eventually(
      async () => {
        const report = await ask('POST', `/v1/calendars/${calendarId}/sync?wait=20`);
        const { body } = await ask('GET', `/v1/calendars/${calendarId}`);
        return report.body?.outcome === 'done' && body.sync.pending === 0;
      },
      90_000,
      50,
    );
  }
});

/** An hour each, ten a day; two rivals for every slot, in the order in which they are asked for. */
function wishesOf(): Wish[] {
  const slots = Array.from({ length: SLOTS }, (_, i) => {
    const span = at(addDays(someWednesday(4), Math.floor(i / 10)), 8 + (i % 10));
    return { ...span, externalRef: `order-${i}` };
  });
  return slots.flatMap((slot) => [slot, { ...slot, externalRef: `${slot.externalRef}-rival` }]);
}

function at(day: string, hour: number): { start: string; end: string } {
  const clock = (h: number): string => `${String(h).padStart(2, '0')}:00`;
  return { start: berlin(day, clock(hour)), end: berlin(day, clock(hour + 1)) };
}

/** Evenings, where nobody books. */
const phoneSpan = (n: number) => at(addDays(someWednesday(4), n), 20);
const phoneEvent = (n: number): string =>
  typed(`phone-${n}`, { day: addDays(someWednesday(4), n), from: '20:00', to: '21:00', title: 'Privat' });

/** After how many decided wishes who is killed. */
function killPlan(wishes: number, below: (n: number) => number): Map<number, 'database' | 'gateway'> {
  const plan = new Map<number, 'database' | 'gateway'>();
  const share = Math.floor(wishes / (DATABASE_KILLS + 1));
  for (let n = 0; n <= DATABASE_KILLS; n += 1) {
    const count = n * share + 3 + below(share - 5);
    plan.set(count, n === 1 ? 'gateway' : 'database');
  }
  return plan;
}

/** Whole numbers below n, the same for the same seed. */
function seededBelow(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
