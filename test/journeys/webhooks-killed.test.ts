/** The real program, killed with a backlog of webhook messages: after its next start every one arrives, in the order of each booking. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { addDays, someWednesday } from '../kit/days.ts';
import { eventually } from '../kit/eventually.ts';
import { aHome, type GatewayProgram, startProgram } from '../kit/gateway.ts';
import { aReceiver, type Received, type Receiver } from '../kit/receiver.ts';
import { mustSucceed, type Rest } from '../kit/rest.ts';

const events = ['booking.created', 'booking.moved', 'booking.cancelled'];
const day = (n: number) => addDays(someWednesday(4), n);
const span = (n: number, from: number) => ({ start: `${day(n)}T${from}:00:00Z`, end: `${day(n)}T${from + 1}:00:00Z` });

/** Booked, moved and cancelled: three messages in this order. A killed program leaves it where it was. */
async function live(rest: Rest, resourceId: string, n: number): Promise<string> {
  const job = { resourceIds: [resourceId], title: 'Boiler service', ...span(n, 10) };
  const { id } = await mustSucceed(rest)('POST', '/v1/bookings', job);
  await mustSucceed(rest)('PATCH', `/v1/bookings/${id}`, span(n, 14));
  await mustSucceed(rest)('POST', `/v1/bookings/${id}/cancel`);
  return id;
}

/** Per booking the versions that its messages told, each once, in the order in which they first came. */
function toldOf(messages: readonly Received[]): Map<string, number[]> {
  const told = new Map<string, number[]>();
  for (const { message } of messages) {
    const versions = told.get(message.data.bookingId) ?? [];
    if (!versions.includes(message.data.version)) versions.push(message.data.version);
    told.set(message.data.bookingId, versions);
  }
  return told;
}

describe('the program and its webhooks', function () {
  this.timeout(150_000);
  let folder: string;
  let receiver: Receiver;
  let running: GatewayProgram | null = null;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gw-'));
    receiver = await aReceiver();
  });
  afterEach(async () => {
    await running?.daemon.stop();
    running = null;
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('deliver what waited when it was killed, and what happened in that moment, in the order of each booking', async () => {
    const home = await aHome(join(folder, 'data'));
    const first = await startProgram(home);
    running = first;
    const hook = await mustSucceed(first.rest)('POST', '/v1/webhooks', { url: receiver.url, events });
    const resourceId = (
      await mustSucceed(first.rest)('POST', '/v1/resources', { kind: 'technician', name: 'Sam', timeZone: 'UTC' })
    ).id;
    // A receiver that takes the first twenty and then says nothing, so that the rest waits or is under way.
    const hanging: ServerResponse[] = [];
    receiver.answer((_, response) => {
      if (receiver.got.length <= 20) response.writeHead(204).end();
      else hanging.push(response);
    });
    const done: string[] = [];
    for (let n = 0; n < 20; n += 1) done.push(await live(first.rest, resourceId, n));
    await eventually(async () => hanging.length >= 8, 30_000);
    const pending = await mustSucceed(first.rest)('GET', `/v1/webhooks/${hook.id}/deliveries?state=pending&limit=100`);
    expect(pending.data.length).to.equal(40);

    // Others are in the middle of it when it dies.
    const underWay = Array.from({ length: 10 }, (_, i) => live(first.rest, resourceId, 20 + i).catch(() => null));
    const before = receiver.got.length;
    await Promise.race(underWay);
    first.daemon.child.kill('SIGKILL');
    await first.daemon.gone;
    await Promise.all(underWay);
    receiver.answer((_, response) => void response.writeHead(204).end());

    const second = await startProgram(home);
    running = second;
    const owed = async () => {
      const all = (await mustSucceed(second.rest)('GET', '/v1/bookings?limit=200')).data;
      return all.map((b: { id: string; version: number }) => [
        b.id,
        Array.from({ length: b.version }, (_, i) => i + 1),
      ]);
    };
    const sorted = (pairs: Iterable<[string, number[]]>) => [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
    const shown = async () => [sorted(toldOf(receiver.got)), sorted(await owed())].map((side) => JSON.stringify(side));
    await eventually(
      async () => {
        const [told, due] = await shown();
        const left = await mustSucceed(second.rest)('GET', `/v1/webhooks/${hook.id}/deliveries?state=pending`);
        return told === due && left.data.length === 0;
      },
      90_000,
      500,
    ).catch(async (error: unknown) => {
      const [told, due] = await shown();
      expect(told).to.equal(due);
      throw error;
    });
    for (const id of done) {
      const mine = receiver.got.filter((one) => one.message.data.bookingId === id);
      expect([...new Set(mine.map((one) => one.message.type))]).to.deep.equal(events);
    }
    // What was received long before does not come again; what was under way does, before what follows it.
    const received = new Set(receiver.got.slice(0, 20).map((one) => one.id));
    const later = receiver.got.slice(before).map((one) => one.id);
    expect(later.filter((id) => received.has(id))).to.deep.equal([]);
    for (const id of toldOf(receiver.got).keys()) {
      const versions = receiver.got.map((one) => one.message.data).filter((data) => data.bookingId === id);
      const order = versions.map((data) => Number(data.version));
      expect(order, id).to.deep.equal(order.toSorted((a, b) => a - b));
    }
  });
});
