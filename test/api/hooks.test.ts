import { expect } from 'chai';
import { makeWorld, memoryConnector } from '../../connectors/memory/index.ts';
import type { PushChannel } from '../../src/domain/calendar.ts';
import type { CalendarId } from '../../src/domain/ids.ts';
import { hashHintSecret } from '../../src/domain/push.ts';
import type { Instant } from '../../src/domain/time.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { type Api, anApi, runningClock } from '../kit/api.ts';
import { aCalendar } from '../kit/builders.ts';
import { pushing } from '../kit/pushing.ts';

const channelOf = (over: Partial<PushChannel>): PushChannel => ({
  id: 'chn_one',
  remoteId: 'sub',
  secretHash: hashHintSecret('secret'),
  openedAt: 0 as Instant,
  endsAt: 1e15 as Instant,
  renewAt: 1e15 as Instant,
  lastHintAt: null,
  missedAt: null,
  state: 'live',
  ...over,
});

describe('hints of providers', () => {
  let api: Api;
  let store: Store;
  const nudged: CalendarId[] = [];
  const calendar = aCalendar({ channels: [channelOf({})] });
  const nudge = {
    nudge: (id: CalendarId) => void nudged.push(id),
    visitAndWait: async () => null,
    stop: async () => {},
  };

  before(async () => {
    const clock = runningClock();
    store = memoryStore({ clock });
    await store.calendars.insert(calendar);
    const { connector } = pushing(memoryConnector({ world: makeWorld() }), { clock, renew: 'in-place' });
    api = await anApi({ store, nudge, connectors: new Map([['memory', connector]]) });
  });
  after(() => api.close());
  beforeEach(() => void nudged.splice(0));

  const send = (hint: unknown, path = '/hooks/memory') => api.ask('POST', path, hint, { key: null });
  const now = async () => (await store.calendars.find(calendar.id))!;
  const counted = async (outcome: string): Promise<number> => {
    const text = await (await fetch(`${api.url}/metrics`)).text();
    const line = text.split('\n').find((l) => l.startsWith('interlock_hints_total{') && l.includes(`"${outcome}"`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  it('ask for a visit at once and are answered without a word', async () => {
    const before = await now();
    const reply = await send({ channel: '', channelId: 'chn_one', secret: 'secret' });
    expect([reply.status, reply.text]).to.deep.equal([200, '']);
    expect(nudged).to.deep.equal([calendar.id]);
    expect((await now()).requestedSeq).to.equal(before.requestedSeq + 1);
    expect((await now()).channels[0]?.lastHintAt).to.be.a('number');
  });

  it('only note it when they confirm the channel', async () => {
    const { requestedSeq } = await now();
    await send({ kind: 'opened', channelId: 'chn_one', secret: 'secret' });
    expect(nudged).to.deep.equal([]);
    expect((await now()).requestedSeq).to.equal(requestedSeq);
  });

  it('echo a handshake as plain text', async () => {
    const reply = await send({}, '/hooks/memory?handshake=%3Cb%3Ehello');
    expect([reply.status, reply.text]).to.deep.equal([200, '<b>hello']);
    expect(reply.headers.get('content-type')).to.match(/^text\/plain/);
    expect(reply.headers.get('x-content-type-options')).to.equal('nosniff');
  });

  for (const [name, outcome, hint] of [
    ['a wrong secret', 'wrong_secret', { channelId: 'chn_one', secret: 'guessed' }],
    ['an unknown channel', 'unknown_channel', { channelId: 'chn_two', secret: 'secret' }],
    ['no sense', 'nonsense', 'text'],
  ] as const) {
    it(`are counted and dropped with ${name}, and answered like any other`, async () => {
      const [seen, before] = [await now(), await counted(outcome)];
      const reply = await send(hint);
      expect([reply.status, reply.text]).to.deep.equal([200, '']);
      expect(nudged).to.deep.equal([]);
      expect(await now()).to.deep.equal(seen);
      expect(await counted(outcome)).to.equal(before + 1);
    });
  }

  it('renew or replace a channel of which the provider says that it ends', async () => {
    await send({ kind: 'reauthorize', channelId: 'chn_one', secret: 'secret' }, '/hooks/memory/lifecycle');
    expect((await now()).channels[0]).to.include({ renewAt: 0, endsAt: 1e15 });
    await send({ kind: 'removed', channelId: 'chn_one', secret: 'secret' }, '/hooks/memory/lifecycle');
    expect((await now()).channels[0]).to.include({ endsAt: 0 });
  });

  it('of a storm are noted a few times only', async () => {
    const { requestedSeq } = await now();
    await Promise.all(Array.from({ length: 60 }, () => send({ channelId: 'chn_one', secret: 'secret' })));
    const asked = (await now()).requestedSeq - requestedSeq;
    expect(asked).to.be.within(1, 60);
    expect(nudged.length).to.equal(asked);
  });

  it('of an unknown provider, of another method or too large are refused', async () => {
    expect((await send({}, '/hooks/nobody')).status).to.equal(404);
    expect((await api.ask('GET', '/hooks/memory', undefined, { key: null })).status).to.equal(404);
    expect((await send('x'.repeat(300_000))).status).to.equal(413);
  });

  it('are sent again when our database is away', async () => {
    const broken = await anApi({
      store: {
        ...store,
        calendars: {
          ...store.calendars,
          byChannel: () => Promise.reject(Object.assign(new Error('away'), { name: 'MongoNetworkError' })),
        },
      },
      connectors: new Map([
        ['memory', pushing(memoryConnector({ world: makeWorld() }), { clock: api.clock, renew: 'replace' }).connector],
      ]),
    });
    const reply = await broken.ask('POST', '/hooks/memory', { channelId: 'chn_one', secret: 'secret' }, { key: null });
    expect(reply.status).to.be.within(500, 503);
    await broken.close();
  });
});
