/** The real program on a data folder of its own: killed in the middle of its work, ended in order, started twice. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { CaldavDouble } from '../doubles/caldav-server.ts';
import { addDays, berlin, someWednesday } from '../kit/days.ts';
import { accountOf, copiesOf } from '../kit/double-scene.ts';
import { eventually } from '../kit/eventually.ts';
import { aHome, type GatewayProgram, launchProgram, type ProgramHome, startProgram } from '../kit/gateway.ts';
import { anOffice } from '../kit/office.ts';

interface Slot {
  readonly start: string;
  readonly end: string;
  readonly externalRef: string;
}

describe('the program', function () {
  this.timeout(200_000);
  let folder: string;
  let home: ProgramHome;
  let running: GatewayProgram | null = null;
  let double: CaldavDouble;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gw-'));
    home = await aHome(join(folder, 'data'));
    double = await new CaldavDouble().start();
  });
  afterEach(async () => {
    await running?.daemon.stop();
    running = null;
    await double.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const start = async (): Promise<GatewayProgram> => {
    running = await startProgram(home);
    return running;
  };

  it('loses no booking that it acknowledged when it is killed, and writes each to the calendar exactly once', async () => {
    const first = await start();
    const office = await anOffice(first.rest, accountOf(double));
    const resourceId = await office.technician();
    const calendarId = await office.attach(resourceId, '/work/');
    const slots = manySlots(60);
    const acknowledged = new Map<string, string>();
    const book = async (program: GatewayProgram, { externalRef, ...span }: Slot): Promise<void> => {
      const body = { ...span, resourceIds: [resourceId], title: 'Wartung', externalRef };
      const reply = await program.rest('POST', '/v1/bookings', body).catch(() => null);
      if (reply?.status === 201 || reply?.status === 200) acknowledged.set(externalRef, reply.body.id);
    };
    // Two wishes for every slot, so that kills also fall into lost races.
    const wishes = slots.flatMap((slot) => [slot, { ...slot, externalRef: `${slot.externalRef}-rival` }]);
    const [early, late] = [wishes.slice(0, 80), wishes.slice(80)];
    const bookings = [Promise.all(early.map((wish) => book(first, wish)))];
    await eventually(async () => acknowledged.size >= 15, 30_000);
    // However fast it is: when it dies, some have just been asked for.
    bookings.push(Promise.all(late.map((wish) => book(first, wish))));
    await new Promise((resolve) => setImmediate(resolve));
    first.daemon.child.kill('SIGKILL');
    await Promise.all(bookings);
    await first.daemon.gone;
    const survivors = new Map(acknowledged);
    expect(survivors.size).to.be.lessThan(slots.length);

    const second = await start();
    for (const [externalRef, id] of survivors) {
      const reply = await second.rest('GET', `/v1/bookings/${id}`);
      expect(reply.status, `${externalRef} ${id}`).to.equal(200);
      expect(reply.body).to.deep.include({ status: 'confirmed', externalRef });
      const slot = wishes.find((wish) => wish.externalRef === externalRef)!;
      expect(reply.body).to.deep.include({ start: slot.start, end: slot.end });
    }
    // What was cut in between may hold its slot for a while; asked again with its name it is granted or refused.
    await Promise.all(wishes.map((wish) => book(second, wish)));
    const all = await everyBooking(second);
    expect(new Set(all.map((b) => b.start)).size, 'one booking a slot').to.equal(all.length);
    for (const [externalRef, id] of survivors) expect(all.find((b) => b.externalRef === externalRef)?.id).to.equal(id);

    const after = { ...office, rest: second.rest };
    // What a kill left half done may wait for a sweep, and the slowest comes once a minute.
    await eventually(
      async () => {
        await second.rest('POST', `/v1/calendars/${calendarId}/sync?wait=20`);
        const { body } = await after.rest('GET', `/v1/calendars/${calendarId}`);
        return body.sync.pending === 0;
      },
      120_000,
      50,
    );
    for (const { id } of all) expect(copiesOf(double.work, id), id).to.have.length(1);
    expect(double.work.items.size).to.equal(all.length);
    expect(double.wrong).to.deep.equal([]);
  });

  it('ends in order on SIGTERM, answers what it has in hand, and goes on with everything at the next start', async () => {
    const first = await start();
    const office = await anOffice(first.rest, accountOf(double));
    const resourceId = await office.technician();
    const calendarId = await office.attach(resourceId, '/work/');
    const [slot] = manySlots(1);
    const booking = office.book(resourceId, { start: slot!.start, end: slot!.end });
    await eventually(async () => double.requests.some((request) => request.method === 'PUT'));
    first.daemon.child.kill('SIGTERM');
    const [{ id }, end] = await Promise.all([booking, first.daemon.gone]);
    expect(end, first.daemon.said()).to.deep.equal({ code: 0, signal: null });
    const second = await start();
    const { body } = await second.rest('GET', `/v1/bookings/${id}`);
    expect(body.calendars).to.have.length(1);
    await eventually(async () => {
      const report = await second.rest('POST', `/v1/calendars/${calendarId}/sync?wait=20`);
      return report.body.outcome === 'done';
    }, 30_000);
    expect(copiesOf(double.work, id)).to.have.length(1);
  });

  it('refuses to start on a data folder that is in use, in one sentence, and leaves the first one alone', async () => {
    const first = await start();
    const other = launchProgram({ ...home, port: (await aHome('')).port });
    const { code } = await other.gone;
    expect(code).to.equal(1);
    const sentence = other.said().trim().split('\n').at(-1);
    expect(sentence).to.match(/^Interlock could not start: .*(in use|already|another)/i);
    expect(sentence).to.include(home.dataDir);
    expect((await first.rest('GET', '/readyz')).status).to.equal(200);
  });

  it('refuses a port that is taken, in one sentence, and gives its data folder back', async () => {
    const { port } = new URL(double.origin);
    const other = launchProgram({ ...home, port: Number(port) });
    const { code } = await other.gone;
    expect(code).to.equal(1);
    expect(other.said().trim().split('\n').at(-1)).to.match(/^Interlock could not start: port \d+ .*is taken/);
    await start();
  });
});

/** An hour each, ten a day. */
function manySlots(n: number): Slot[] {
  return Array.from({ length: n }, (_, i) => {
    const day = addDays(someWednesday(4), Math.floor(i / 10));
    const hour = (h: number) => `${String(h).padStart(2, '0')}:00`;
    const from = 8 + (i % 10);
    return { start: berlin(day, hour(from)), end: berlin(day, hour(from + 1)), externalRef: `order-${i}` };
  });
}

interface Booked {
  readonly id: string;
  readonly start: string;
  readonly externalRef: string;
}

async function everyBooking(program: GatewayProgram): Promise<Booked[]> {
  const found: Booked[] = [];
  let after = '';
  do {
    const { body } = await program.rest('GET', `/v1/bookings?status=confirmed&limit=200${after}`);
    found.push(...body.data);
    after = body.next === null ? '' : `&after=${encodeURIComponent(body.next)}`;
  } while (after !== '');
  return found;
}
