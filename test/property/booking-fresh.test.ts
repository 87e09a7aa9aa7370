/** With every push and hint lost and events typed on phones all the time, `maxStaleness: PT0S` books nothing twice. */
import { expect } from 'chai';
import type { MemoryCalendar } from '../../connectors/memory/index.ts';
import { addCalendar, ownerOf } from '../../connectors/memory/index.ts';
import { Fault } from '../../src/domain/fault.ts';
import { utcZone } from '../../src/domain/time.ts';
import { type Api, aBooking, aConnectionOf, anApi, aTechnician } from '../kit/api.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { random } from '../kit/jitter.ts';

const rounds = Number(process.env.FRESH_ROUNDS ?? 20);
const hour = (n: number): string => String(n).padStart(2, '0');

interface Desk {
  readonly api: Api;
  readonly ids: readonly string[];
  readonly phones: readonly MemoryCalendar[];
}

async function aDesk(technicians: number): Promise<Desk> {
  const api = await anApi();
  const connectionId = await aConnectionOf(api);
  const ids: string[] = [];
  const phones: MemoryCalendar[] = [];
  for (let i = 0; i < technicians; i += 1) {
    const resourceId = await aTechnician(api, { workingHours: [] });
    const phone = addCalendar(api.world, `Phone ${i}`, { zone: utcZone });
    const body = { connectionId, remoteId: phone.remoteId, resourceId, role: 'two-way' };
    const made = await api.ask('POST', '/v1/calendars', body);
    expect(made.status, made.text).to.equal(201);
    await api.ask('POST', `/v1/calendars/${made.body.id}/sync?wait=5`);
    ids.push(resourceId);
    phones.push(phone);
  }
  return { api, ids, phones };
}

/** Nobody is told: there are no webhooks here, and no sweep runs. */
function type(phone: MemoryCalendar, day: string, at: number): void {
  ownerOf(phone).create(someFields({ start: zoned(`${day}T${hour(at)}:00`), end: zoned(`${day}T${hour(at)}:40`) }));
}

/** Types and books at random; how many bookings were granted on a time that the phone already had. */
async function run(
  { api, ids, phones }: Desk,
  over: object,
): Promise<{ readonly doubles: number; readonly booked: number }> {
  const next = random(11);
  let doubles = 0;
  let booked = 0;
  for (let round = 0; round < rounds; round += 1) {
    const day = `2027-06-${hour(2 + (round % 20))}`;
    const typed = ids.map(() => new Set<number>());
    for (let i = 0; i < 6; i += 1) {
      const who = Math.floor(next() * ids.length);
      const at = 8 + Math.floor(next() * 4);
      if (next() < 0.5 && !typed[who]!.has(at)) {
        type(phones[who]!, day, at);
        typed[who]!.add(at);
      }
      const wanted = Math.floor(next() * ids.length);
      const slot = 8 + Math.floor(next() * 4);
      const time = { start: `${day}T${hour(slot)}:10:00Z`, end: `${day}T${hour(slot)}:30:00Z` };
      const reply = await api.ask('POST', '/v1/bookings', aBooking(ids[wanted]!, { ...time, ...over }));
      expect([201, 409], reply.text).to.include(reply.status);
      if (reply.status === 201) booked += 1;
      if (reply.status === 201 && typed[wanted]!.has(slot)) doubles += 1;
    }
  }
  return { doubles, booked };
}

describe('Bookings while phones change and no webhook arrives', function () {
  this.timeout(600_000);
  it('double nothing with maxStaleness PT0S, which without it happens', async () => {
    const careful = await aDesk(3);
    const { doubles, booked } = await run(careful, { maxStaleness: 'PT0S' });
    await careful.api.close();
    expect(doubles).to.equal(0);
    expect(booked).to.be.greaterThan(rounds);
    const careless = await aDesk(3);
    const without = await run(careless, {});
    await careless.api.close();
    expect(without.doubles).to.be.greaterThan(0);
  });

  it('choose another technician when the first one’s phone turns out to be busy', async () => {
    const { api, ids, phones } = await aDesk(2);
    for (const free of [0, 1]) {
      const day = `2027-06-0${2 + free}`;
      type(phones[1 - free]!, day, 10);
      const body = { ...aBooking(ids[0]!), resourceIds: null, assign: { kind: 'technician' }, maxStaleness: 'PT0S' };
      const time = { start: `${day}T10:00:00Z`, end: `${day}T10:30:00Z` };
      const reply = await api.ask('POST', '/v1/bookings', { ...body, ...time });
      expect(reply.body.resourceIds, reply.text).to.deep.equal([ids[free]]);
      expect(reply.body.receipt.calendars).to.have.lengthOf(1);
    }
    await api.close();
  });
});

describe('A calendar that cannot be read', function () {
  this.timeout(600_000);
  let desk: Desk;
  beforeEach(async () => {
    desk = await aDesk(1);
    desk.api.world.down = () => new Fault('transient', 'connection reset');
  });
  afterEach(() => desk.api.close());
  const book = (whenIll: string) =>
    desk.api.ask('POST', '/v1/bookings', aBooking(desk.ids[0]!, { maxStaleness: 'PT0S', whenIll }));
  const look = (whenIll: string) =>
    desk.api.ask('POST', '/v1/availability', {
      ...{ from: '2027-06-02T10:00:00Z', to: '2027-06-02T12:00:00Z', duration: 'PT1H', resourceIds: desk.ids },
      ...{ maxStaleness: 'PT0S', whenIll, explain: true },
    });

  it('is told, and taken as it was read last where that is open', async () => {
    const found = await look('open');
    expect(found.body.freshness[0].problem).to.be.a('string');
    expect(found.body.slots.length).to.be.greaterThan(0);
    expect((await book('open')).status).to.equal(201);
  });

  it('gives no time away where that is closed', async () => {
    expect((await look('closed')).body.slots).to.deep.equal([]);
    const refused = await book('closed');
    expect([refused.status, refused.body.code]).to.deep.equal([503, 'calendar_unread']);
    expect(refused.body.freshness[0].problem).to.be.a('string');
    expect(refused.headers.get('retry-after')).to.equal('10');
  });

  it('makes what is booked tentative where that is wanted, until somebody says it is sure', async () => {
    expect((await look('tentative')).body.slots[0].tentative).to.equal(true);
    const made = await book('tentative');
    expect(made.body.tentative, made.text).to.equal(true);
    const sure = await desk.api.ask('PATCH', `/v1/bookings/${made.body.id}`, { tentative: false });
    expect(sure.body).to.include({ tentative: false, version: made.body.version + 1 });
  });
});
