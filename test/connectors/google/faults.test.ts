/** What goes wrong at Google, and what becomes of it: quotas, lost answers, tokens that die. */
import { expect } from 'chai';
import type { Fault } from '../../../src/domain/fault.ts';
import { createIntent, pullAll, remoteOf, removeIntent, updateIntent, upserts } from '../../contract/connector.ts';
import { someFields } from '../../kit/builders.ts';
import { aGoogleAccount, type GoogleAccount, owner } from '../../kit/google-account.ts';

const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => {
      throw new Error('no fault came');
    },
    (fault: Fault) => fault,
  );

describe('the Google connector in trouble', () => {
  let a: GoogleAccount;
  beforeEach(async () => {
    a = await aGoogleAccount();
  });
  afterEach(async () => {
    await a.stop();
    expect(a.violations()).to.deep.equal([]);
  });
  const create = () => a.connection.write(a.calendar, createIntent(someFields()));
  const counts = () => a.google.control.requests({}).counts;

  it('makes exactly one copy when the answer to an insert is lost', async () => {
    a.google.control.fault({ kind: 'lose-answer', on: 'events.insert', times: 1 });
    const receipt = await create();
    expect(receipt.kind).to.equal('exists');
    expect(upserts((await pullAll(a, null)).changes)).to.deep.equal([remoteOf(receipt)]);
  });

  it('finds the copy of an insert whose answer was lost for good when it is asked again', async () => {
    const intent = createIntent(someFields());
    a.google.control.fault({ kind: 'lose-answer', on: 'events.insert' });
    a.google.control.fault({ kind: 'lose-request', on: 'events.get' });
    expect((await faultOf(a.connection.write(a.calendar, intent))).kind).to.equal('transient');
    a.google.control.clearFaults({});
    const receipt = await a.connection.write(a.calendar, intent);
    expect(receipt.kind).to.equal('exists');
    expect(upserts((await pullAll(a, null)).changes)).to.have.length(1);
  });

  it('calls an id burnt whose event was deleted', async () => {
    const intent = createIntent(someFields());
    const copy = remoteOf(await a.connection.write(a.calendar, intent));
    await a.person.remove(copy.remoteId);
    expect(await a.connection.write(a.calendar, intent)).to.deep.equal({ kind: 'burnt' });
  });

  it('tells a change whose answer was lost as stale, and it is there', async () => {
    const copy = remoteOf(await create());
    a.google.control.fault({ kind: 'lose-answer', on: 'events.patch', times: 1 });
    const edit = updateIntent(copy, someFields({ title: 'new' }), ['what']);
    expect(await a.connection.write(a.calendar, edit)).to.deep.equal({ kind: 'stale' });
    expect(await a.connection.read(a.calendar, copy.remoteId)).to.deep.include({ mark: edit.mark });
  });

  it('tells a removal whose answer was lost as gone', async () => {
    const copy = remoteOf(await create());
    a.google.control.fault({ kind: 'lose-answer', on: 'events.delete', times: 1 });
    expect(await a.connection.write(a.calendar, removeIntent(copy))).to.deep.equal({ kind: 'gone' });
  });

  for (const [status, reason] of [
    [403, 'rateLimitExceeded'],
    [403, 'userRateLimitExceeded'],
    [429, 'rateLimitExceeded'],
  ] as const) {
    it(`waits and tries again after ${status} ${reason}, also for a write`, async () => {
      a.google.control.fault({ kind: 'refuse', status, reason, on: 'write', times: 2 });
      const before = a.clock.now();
      expect((await create()).kind).to.equal('done');
      expect(a.clock.now() - before).to.be.within(1000, 4000);
    });
  }

  it('leaves the account alone for a while when a quota storm goes on', async () => {
    a.google.control.fault({ kind: 'refuse', status: 403, reason: 'userRateLimitExceeded', on: 'write' });
    const fault = await faultOf(create());
    expect(fault.kind).to.equal('throttled');
    expect(fault.retryAt! - a.clock.now()).to.be.within(30_000, 90_000);
    expect(counts()['events.insert']).to.equal(4);
  });

  it('does not knock again at an account that Google blocked for hours', async () => {
    a.google.control.fault({ kind: 'refuse', status: 403, reason: 'quotaExceeded', on: 'write' });
    const fault = await faultOf(create());
    expect(fault.kind).to.equal('throttled');
    expect(fault.retryAt! - a.clock.now()).to.be.at.least(15 * 60_000);
    expect(counts()['events.insert']).to.equal(1);
  });

  it('waits as long as Retry-After says, and hands long waits on', async () => {
    a.google.control.fault({
      kind: 'refuse',
      status: 503,
      reason: 'backendError',
      retryAfterSeconds: 5,
      on: 'write',
      times: 1,
    });
    const before = a.clock.now();
    expect((await create()).kind).to.equal('done');
    expect(a.clock.now() - before).to.be.at.least(5000);
    a.google.control.fault({
      kind: 'refuse',
      status: 429,
      reason: 'rateLimitExceeded',
      retryAfterSeconds: 600,
      on: 'write',
      times: 1,
    });
    const fault = await faultOf(create());
    expect(fault.kind).to.equal('throttled');
    expect(fault.retryAt! - a.clock.now()).to.be.at.least(600_000);
  });

  it('tries again after errors of the server, pages of a gateway in between and cut connections', async () => {
    a.google.control.fault({ kind: 'refuse', status: 502, html: true, on: 'events.insert', times: 1 });
    a.google.control.fault({ kind: 'lose-request', on: 'events.insert', times: 1 });
    expect((await create()).kind).to.equal('done');
    a.google.control.fault({ kind: 'refuse', status: 500, reason: 'backendError', on: 'events.insert' });
    expect((await faultOf(create())).kind).to.equal('transient');
  });

  it('refuses with the reason when Google refuses for good, without repeating what the event says', async () => {
    a.google.control.fault({
      kind: 'refuse',
      status: 403,
      reason: 'requiredAccessLevel',
      message: 'No: Boiler service',
      on: 'write',
    });
    const receipt = await create();
    expect(receipt).to.deep.equal({ kind: 'refused', why: 'status 403, requiredAccessLevel' });
    expect(counts()['events.insert']).to.equal(1);
  });

  it('keeps one copy of each when several are created while answers are lost by chance', async () => {
    a.google.control.fault({ kind: 'lose-answer', on: 'write', probability: 0.4 });
    const made = await Promise.all(Array.from({ length: 12 }, () => create().catch((fault: Fault) => fault.kind)));
    a.google.control.clearFaults({});
    expect(made.every((m) => m === 'transient' || (typeof m === 'object' && m.kind !== 'burnt'))).to.equal(true);
    expect(upserts((await pullAll(a, null)).changes).length).to.be.at.most(12);
  });

  it('renews an access token once for all that wait for it, stores it, and uses it until it ends', async () => {
    await Promise.all([create(), create(), create()]);
    expect(counts()).to.deep.include({ token: 1, 'events.insert': 3 });
    expect(a.renewals()).to.equal(1);
    await a.reopen().read(a.calendar, 'nothing' as never);
    expect(counts().token).to.equal(1);
    a.clock.advance(3_500_000);
    await create();
    expect(counts().token).to.equal(2);
  });

  it('asks for one new token when Google does not take the old one any more', async () => {
    await create();
    a.google.control.expireAccess({});
    await Promise.all([create(), create()]);
    expect(counts()).to.deep.include({ token: 2 });
  });

  it('asks for consent when access was revoked, once per call and not in a loop, and works again with a new consent', async () => {
    await create();
    a.google.control.killTokens({ account: owner });
    const fault = await faultOf(create());
    expect(fault.kind).to.equal('consent');
    expect(fault.message).to.match(/authorised again/);
    expect(counts().token).to.equal(2);
    const { refreshToken } = a.google.control.tokens({ account: owner });
    a.store({ kind: 'consent', refreshToken, access: null });
    const reopened = a.reopen();
    expect((await reopened.write(a.calendar, createIntent(someFields()))).kind).to.equal('done');
  });

  it('asks for consent when even a fresh token is not taken', async () => {
    a.google.control.fault({ kind: 'refuse', status: 401, reason: 'authError', on: 'events.insert' });
    expect((await faultOf(create())).kind).to.equal('consent');
    expect(counts()).to.deep.include({ token: 2, 'events.insert': 2 });
  });

  it('needs one request for a booking, one for an edit of it, and one to hear of an edit on the phone', async () => {
    const { next } = await pullAll(a, null);
    a.google.control.clearRequests({});
    const copy = remoteOf(await create());
    await a.connection.write(a.calendar, updateIntent(copy, someFields({ title: 'b' }), ['what']));
    await a.person.edit(copy.remoteId, someFields({ title: 'c' }));
    expect(upserts((await pullAll(a, next)).changes).map((r) => r.fields.title)).to.deep.equal(['c']);
    expect(counts()).to.deep.equal({ 'events.insert': 1, 'events.patch': 1, 'events.list': 1 });
  });

  it('says that a scope is missing', async () => {
    const { refreshToken } = a.google.control.tokens({ account: owner, scopes: ['calendar.calendarlist.readonly'] });
    const fault = await faultOf(a.connector.connect({ refreshToken }, { clock: a.clock, log: silent }));
    expect(fault.kind).to.equal('consent');
    expect(fault.message).to.match(/calendar\.events/);
  });

  it('says that the calendar is gone when the account does not have it any more', async () => {
    const { calendarId } = a.google.control.calendar({ owner, name: 'Jobs' });
    const calendar = { ...a.calendar, remoteId: calendarId as never };
    const first = await pullAll({ ...a, calendar }, null);
    a.google.control.share({ calendarId, account: owner, role: 'none' });
    expect((await faultOf(pullAll({ ...a, calendar }, first.next))).kind).to.equal('calendar-gone');
    expect((await faultOf(a.connection.write(calendar, createIntent(someFields())))).kind).to.equal('calendar-gone');
  });

  it('goes on where a round of pages broke off, and starts the round anew when the page is not known any more', async () => {
    const b = await aGoogleAccount({ limits: { page: 2 } });
    const { next } = await pullAll(b, null);
    for (const title of ['one', 'two', 'three', 'four', 'five']) await b.person.create(someFields({ title }));
    const { pages } = await pullAll(b, next);
    expect(pages).to.have.length(3);
    const rest = await pullAll(b, pages[0]!.resume);
    expect(upserts(rest.changes).map((r) => r.fields.title)).to.deep.equal(['three', 'four', 'five']);
    const [token] = JSON.parse(next.value);
    const whole = await pullAll(b, { ...next, value: JSON.stringify([token, 'nonsense']) });
    expect(upserts(whole.changes)).to.have.length(5);
    expect((await faultOf(pullAll(b, { ...next, value: JSON.stringify(['nonsense']) }))).kind).to.equal('cursor-lost');
    expect((await faultOf(pullAll(b, { ...next, value: 'no cursor' }))).kind).to.equal('cursor-lost');
    await b.stop();
  });

  it('ends what is under way when it is closed', async () => {
    a.google.control.latency({ ms: 2000 });
    const pending = faultOf(create());
    await a.connection.close();
    expect((await pending).kind).to.equal('transient');
    a.google.control.latency({ ms: 0 });
  });

  it('gives up on answers that take too long or are too large', async () => {
    const b = await aGoogleAccount({ limits: { requestMs: 100, answerBytes: 2000 } });
    for (let i = 0; i < 8; i += 1) await b.person.create(someFields({ description: 'x'.repeat(500) }));
    expect((await faultOf(pullAll(b, null))).kind).to.equal('transient');
    b.google.control.fault({ kind: 'delay', ms: 1500, on: 'events.insert' });
    expect((await faultOf(b.connection.write(b.calendar, createIntent(someFields())))).kind).to.equal('transient');
    await b.stop();
  });

  it('comes back later instead of sleeping where the quota of a user leaves nothing for long', async () => {
    const b = await aGoogleAccount({ quotas: { perUser: 4 } });
    for (let i = 0; i < 2; i += 1) await b.connection.read(b.calendar, `e${i}` as never);
    const fault = await faultOf(b.connection.read(b.calendar, 'e9' as never));
    expect(fault.kind).to.equal('throttled');
    expect(fault.retryAt! - b.clock.now()).to.be.within(25_000, 35_000);
    await b.stop();
  });

  it('stays below the quota of a user by itself', async () => {
    const b = await aGoogleAccount({ quotas: { perUser: 20 } });
    const before = b.clock.now();
    for (let i = 0; i < 30; i += 1) await b.connection.read(b.calendar, `e${i}` as never);
    expect(b.clock.now() - before).to.be.within(110_000, 130_000);
    await b.stop();
  });
});

const silent = { error: () => {}, info: () => {}, debug: () => {} };
