/** The event stream: what a board or a CRM hears, and how it goes on after a break. */
import { expect } from 'chai';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { noteAnswer } from '../kit/answers-met.ts';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';
import { eventually } from '../kit/eventually.ts';

interface Heard {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly type: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}
interface Listener {
  readonly heard: Heard[];
  readonly isOver: () => boolean;
  hangUp(): void;
}

async function listen(api: Api, o: { key?: string; after?: string } = {}): Promise<Listener> {
  const stop = new AbortController();
  const response = await fetch(`${api.url}/v1/stream`, {
    headers: {
      Authorization: `Bearer ${o.key ?? api.key}`,
      ...(o.after === undefined ? {} : { 'Last-Event-ID': o.after }),
    },
    signal: stop.signal,
  });
  expect(response.status).to.equal(200);
  noteAnswer('GET', '/v1/stream', response.status, null);
  expect(response.headers.get('content-type')).to.match(/^text\/event-stream/);
  const heard: Heard[] = [];
  let over = false;
  const read = async () => {
    let rest = '';
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const [id, type, data] = [field('id'), field('event'), field('data')];
        if (id !== undefined && type !== undefined && data !== undefined)
          heard.push({ id, type, data: JSON.parse(data) });
      }
    }
  };
  void read()
    .catch(() => {})
    .finally(() => {
      over = true;
    });
  return { heard, isOver: () => over, hangUp: () => stop.abort() };
}

describe('the event stream', () => {
  let api: Api;
  let id: string;
  beforeEach(async () => {
    api = await anApi();
    id = await aTechnician(api);
  });
  afterEach(() => api.close());
  const book = async (hour: string) => {
    const span = { start: `2027-06-02T${hour}:00:00Z`, end: `2027-06-02T${hour}:30:00Z` };
    const { body } = await api.ask('POST', '/v1/bookings', aBooking(id, span));
    return body;
  };

  it('tells what happens, with an id, a type and where it happened', async () => {
    const listener = await listen(api);
    const booking = await book('10');
    const [first] = await eventually(async () => listener.heard.length > 0 && listener.heard);
    expect(first).to.include({ type: 'booking.created' });
    expect(first?.data.type).to.equal('booking.created');
    expect(first?.data.timestamp).to.match(/Z$/);
    expect(first?.data.data).to.deep.include({ bookingId: booking.id, eventId: booking.eventId, resourceIds: [id] });
    listener.hangUp();
  });

  it('goes on after the last event heard, missing none and telling none twice', async () => {
    const listener = await listen(api);
    await book('08');
    await book('09');
    await eventually(async () => listener.heard.length === 2);
    listener.hangUp();
    for (const hour of ['10', '11', '12']) await book(hour);
    const next = await listen(api, { after: listener.heard[0]!.id });
    await book('13');
    await eventually(async () => next.heard.length >= 5);
    await book('14');
    await eventually(async () => next.heard.length >= 6);
    const ids = next.heard.map((e) => e.id);
    expect(ids).to.have.lengthOf(6);
    expect(new Set(ids).size).to.equal(6);
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(ids[0]).to.equal(listener.heard[1]!.id);
    next.hangUp();
  });

  it('tells a tenant only of itself', async () => {
    const [mine, theirs] = [await listen(api), await listen(api, { key: await api.keyWith() })];
    await book('10');
    await eventually(async () => mine.heard.length === 1);
    expect(theirs.heard).to.deep.equal([]);
    mine.hangUp();
    theirs.hangUp();
  });

  it('serves many at once, and starts again after all have left', async () => {
    const crowd = await Promise.all(Array.from({ length: 20 }, () => listen(api)));
    await book('10');
    await eventually(async () => crowd.every((l) => l.heard.length === 1));
    for (const listener of crowd) listener.hangUp();
    await eventually(async () => (await api.ask('GET', '/metrics')).text.includes('interlock_streams 0'));
    const late = await listen(api);
    await book('11');
    await eventually(async () => late.heard.length === 1);
    late.hangUp();
  });

  it('ends cleanly when the gateway stops, and refuses new ones then', async () => {
    const listener = await listen(api);
    await api.streams.close();
    await eventually(async () => listener.isOver());
    const refused = await api.ask('GET', '/v1/stream');
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '5']);
  });

  it('starts from now where the last id is none of ours', async () => {
    await book('10');
    const listener = await listen(api, { after: 'no id; of ours' });
    await book('11');
    await eventually(async () => listener.heard.length >= 1);
    expect(listener.heard).to.have.lengthOf(1);
    listener.hangUp();
  });

  it('needs the scope read', async () => {
    const key = await api.keyWith(['book'], defaultTenantId);
    expect((await api.ask('GET', '/v1/stream', undefined, { key })).status).to.equal(403);
  });
});
