/** Subscriptions as they are asked for, prolonged and ended, and what requests to our hook addresses mean. */
import { expect } from 'chai';
import type { HookRequest } from '../../../src/domain/connector.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { asRemoteId } from '../../../src/domain/ids.ts';
import { at } from '../../kit/builders.ts';
import { type CannedGraph, cannedGraph, type GraphReply } from '../../kit/outlook-canned.ts';

const calendar = { remoteId: asRemoteId('cal='), name: 'Work', zone: null, canWrite: true };
const addresses = { notify: 'https://g.example/hooks/outlook', lifecycle: 'https://g.example/hooks/outlook/lifecycle' };
const wish = { id: 'chn_1', secret: 's3cret', addresses };
const made = (id: string): GraphReply => [201, { id, expirationDateTime: '2027-05-26T00:00:00.0000000Z' }];
const refusal = (status: number, code: string, message = 'No.'): GraphReply => [status, { error: { code, message } }];
const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => {
      throw new Error('no fault came');
    },
    (fault: Fault) => fault,
  );

describe('a subscription of Graph', () => {
  let g: CannedGraph;
  const given = (...graph: GraphReply[]) => {
    g = cannedGraph({ graph });
    return g.connection.channels!;
  };
  afterEach(() => g.stop());

  it('is asked for one calendar with both addresses and our channel in its client state', async () => {
    const grant = await given(made('sub')).open(calendar, wish);
    expect(grant).to.deep.equal({ remoteId: 'sub', endsAt: at('2027-05-26T00:00:00Z'), isProven: true });
    expect(g.asked[0]).to.deep.include({
      method: 'POST',
      path: '/subscriptions',
      body: {
        changeType: 'created,updated,deleted',
        notificationUrl: addresses.notify,
        lifecycleNotificationUrl: addresses.lifecycle,
        resource: '/me/calendars/cal=/events',
        expirationDateTime: '2027-05-27T07:50:00Z',
        clientState: 'chn_1 s3cret',
      },
    });
    expect(g.asked[0]!.headers.prefer).to.include('IdType="ImmutableId"');
  });

  it('has room for our channel and its secret in the 128 characters of a client state', () => {
    expect(`chn_${'0'.repeat(36)} ${'x'.repeat(32)}`.length).to.be.at.most(128);
  });

  it('takes the place of one that we lost the track of', async () => {
    const others = [
      { id: 'old', resource: 'me/calendars/cal=/events' },
      { id: 'other', resource: '/me/calendars/b/events' },
    ];
    const open = given(refusal(409, 'Conflict'), [200, { value: others }], [204], made('new'));
    expect((await open.open(calendar, wish)).remoteId).to.equal('new');
    expect(g.asked.map((a) => `${a.method} ${a.path}`)).to.deep.equal([
      'POST /subscriptions',
      'GET /subscriptions',
      'DELETE /subscriptions/old',
      'POST /subscriptions',
    ]);
  });

  it('is no reason to stop: where Graph does not push, the calendar is polled', async () => {
    const unreachable = await faultOf(
      given(refusal(400, 'ValidationError', 'Validation failed.')).open(calendar, wish),
    );
    expect([unreachable.kind, unreachable.message]).to.deep.equal([
      'invalid',
      'No push for this calendar: Microsoft could not reach the address of this gateway, or got a wrong answer there.',
    ]);
    await g.stop();
    expect((await faultOf(given(refusal(403, 'ExtensionError')).open(calendar, wish))).kind).to.equal('invalid');
  });

  it('is prolonged in place to the end that Microsoft grants, or is gone', async () => {
    const desk = given(
      [200, { id: 'sub', expirationDateTime: '2027-05-22T00:00:00Z' }],
      refusal(404, 'ResourceNotFound'),
    );
    const channel = { id: 'chn_1', remoteId: 'sub' };
    expect(await desk.renew!(channel)).to.deep.equal({ remoteId: 'sub', endsAt: at('2027-05-22T00:00:00Z') });
    expect(g.asked[0]).to.deep.include({ method: 'PATCH', path: '/subscriptions/sub' });
    expect(await desk.renew!(channel)).to.equal(null);
  });

  it('may be gone already when it is ended', async () => {
    await given(refusal(404, 'ResourceNotFound')).close({ id: 'chn_1', remoteId: 'sub' });
    expect(g.asked).to.have.length(1);
  });
});

describe('a request to the hook addresses of Outlook', () => {
  let g: CannedGraph;
  before(() => {
    g = cannedGraph({});
  });
  after(() => g.stop());
  const meaning = (request: Partial<HookRequest>) =>
    g.connector.readHook!({ kind: 'notify', headers: {}, query: {}, body: null, ...request });
  const note = (more: object = {}) => ({
    subscriptionId: 'sub',
    clientState: 'chn_1 s3cret',
    changeType: 'updated',
    ...more,
  });
  const hint = (kind: string) => ({ kind, channelId: 'chn_1', secret: 's3cret' });

  it('is answered with its validation token as it came', () => {
    const validationToken = 'Validation: Testing <b>client</b> + %2B';
    expect(meaning({ query: { validationToken } })).to.deep.equal({ kind: 'handshake', echo: validationToken });
  });

  it('gets no echo for a token that is none: too long, empty, or with control characters', () => {
    for (const validationToken of ['x'.repeat(2049), '', 'a\r\nSet-Cookie: b', 'a\u0000']) {
      expect(meaning({ query: { validationToken } }).kind).to.equal('nonsense');
    }
  });

  it('means one look for each channel, however often one edit is told', () => {
    const value = [note(), note({ changeType: 'created' }), note({ clientState: 'chn_2 other' })];
    expect(meaning({ body: { value } })).to.deep.equal({
      kind: 'hints',
      hints: [hint('changed'), { kind: 'changed', channelId: 'chn_2', secret: 'other' }],
    });
  });

  it('tells what Graph has to say of the subscription itself', () => {
    const events = ['reauthorizationRequired', 'subscriptionRemoved', 'missed', 'somethingNew'];
    const value = events.map((lifecycleEvent) => note({ lifecycleEvent }));
    expect(meaning({ kind: 'lifecycle', body: { value } })).to.deep.equal({
      kind: 'hints',
      hints: [hint('reauthorize'), hint('removed'), hint('missed')],
    });
  });

  it('means nothing without a client state of our form', () => {
    const bodies: unknown[] = [
      null,
      [],
      { value: 'x' },
      { value: [null, 7, {}] },
      { value: [note({ clientState: null })] },
      { value: [note({ clientState: 'nosecret' })] },
      { value: [note({ clientState: `a ${'x'.repeat(200)}` })] },
    ];
    for (const body of bodies) expect(meaning({ body }).kind, JSON.stringify(body)).to.equal('nonsense');
  });
});
