/** What goes wrong at Microsoft, and what becomes of it: throttling, lost answers, tokens that die, lagging feeds. */
import { expect } from 'chai';
import type { Fault } from '../../../src/domain/fault.ts';
import {
  contractWindow,
  createIntent,
  pullAll,
  remoteOf,
  removeIntent,
  stampsOf,
  updateIntent,
  upserts,
} from '../../contract/connector.ts';
import { at, someFields, zoned } from '../../kit/builders.ts';
import { berlin } from '../../kit/google-account.ts';
import { aMailbox, type OutlookAccount, owner } from '../../kit/outlook-account.ts';

const faultOf = (call: Promise<unknown>): Promise<Fault> =>
  call.then(
    () => {
      throw new Error('no fault came');
    },
    (fault: Fault) => fault,
  );

describe('the Outlook connector in trouble', () => {
  let a: OutlookAccount;
  beforeEach(async () => {
    a = await aMailbox();
  });
  afterEach(async () => {
    await a.stop();
    expect(a.violations()).to.deep.equal([]);
  });
  const create = () => a.connection.write(a.calendar, createIntent(someFields()));
  const control = () => a.outlook.control;

  for (const mode of ['error', 'existing'] as const) {
    it(`makes exactly one copy when the answer to a creation is lost, and a repetition gives the ${mode}`, async () => {
      control().repeats({ mode });
      control().fault({ kind: 'lose-answer', on: 'events.create', times: 1 });
      const receipt = await create();
      expect(receipt.kind).to.equal(mode === 'error' ? 'exists' : 'done');
      expect(upserts((await pullAll(a, null)).changes)).to.deep.equal([remoteOf(receipt)]);
    });
  }

  it('finds the copy of a creation whose answer was lost for good when it is asked again', async () => {
    const intent = createIntent(someFields());
    control().fault({ kind: 'lose-answer', on: 'events.create' });
    expect((await faultOf(a.connection.write(a.calendar, intent))).kind).to.equal('transient');
    control().clearFaults({});
    expect((await a.connection.write(a.calendar, intent)).kind).to.equal('exists');
    expect(upserts((await pullAll(a, null)).changes)).to.have.length(1);
  });

  it('does not take an edit that came after a lost answer for a part of its own write', async () => {
    control().repeats({ mode: 'existing' });
    const intent = createIntent(someFields({ title: 'ours' }));
    const copy = remoteOf(await a.connection.write(a.calendar, intent));
    a.clock.advance(60_000);
    await a.person.edit(copy.remoteId, someFields({ title: 'by hand' }));
    const again = await a.connection.write(a.calendar, intent);
    expect(again.kind).to.equal('exists');
    expect(remoteOf(again).fields.title).to.equal('by hand');
  });

  it('calls a transaction id burnt whose event was deleted', async () => {
    const intent = createIntent(someFields());
    const copy = remoteOf(await a.connection.write(a.calendar, intent));
    await a.person.remove(copy.remoteId);
    expect(await a.connection.write(a.calendar, intent)).to.deep.equal({ kind: 'burnt' });
  });

  it('tells a change whose answer was lost as stale, and it is there', async () => {
    const copy = remoteOf(await create());
    control().fault({ kind: 'lose-answer', on: 'events.update', times: 1 });
    const edit = updateIntent(copy, someFields({ title: 'new' }), ['what']);
    expect(await a.connection.write(a.calendar, edit)).to.deep.equal({ kind: 'stale' });
    expect(await a.connection.read(a.calendar, copy.remoteId)).to.deep.include({ mark: edit.mark });
  });

  it('tells a removal whose answer was lost as gone', async () => {
    const copy = remoteOf(await create());
    control().fault({ kind: 'lose-answer', on: 'events.delete', times: 1 });
    expect(await a.connection.write(a.calendar, removeIntent(copy))).to.deep.equal({ kind: 'gone' });
  });

  for (const status of [429, 503, 502, 504]) {
    it(`tries again after ${status}, also a creation: it bears its transaction id`, async () => {
      control().fault({ kind: 'refuse', status, on: 'write', times: 2 });
      expect((await create()).kind).to.equal('done');
      expect(upserts((await pullAll(a, null)).changes)).to.have.length(1);
    });
  }

  it('leaves the account alone for a while when a storm goes on', async () => {
    control().fault({ kind: 'refuse', status: 429, reason: 'ApplicationThrottled', on: 'write' });
    const fault = await faultOf(create());
    expect(fault.kind).to.equal('throttled');
    expect(fault.retryAt! - a.clock.now()).to.be.within(30_000, 90_000);
    expect(control().requests({}).counts['events.create']).to.equal(4);
  });

  it('never has more than four requests at once in a mailbox, from however many visits', async () => {
    await create();
    control().latency({ ms: 5 });
    const other = a.reopen();
    const intents = Array.from({ length: 24 }, (_, i) => createIntent(someFields({ title: `job ${i}` })));
    const receipts = await Promise.all(
      intents.map((intent, i) => (i % 2 === 0 ? a.connection : other).write(a.calendar, intent)),
    );
    await other.close();
    expect(receipts.map(({ kind }) => kind)).to.deep.equal(intents.map(() => 'done'));
    for (const peak of Object.values(control().lanes({}).peaks)) expect(peak).to.be.within(2, 4);
  });

  it('gets through when another process takes lanes of the same mailbox', async () => {
    control().lanes({ most: 2 });
    control().latency({ ms: 2 });
    const intents = Array.from({ length: 8 }, (_, i) => createIntent(someFields({ title: `job ${i}` })));
    const outcomes = await Promise.allSettled(intents.map((intent) => a.connection.write(a.calendar, intent)));
    control().lanes({ most: 4 });
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') await a.connection.write(a.calendar, intents[i]!);
    }
    expect(upserts((await pullAll(a, null)).changes)).to.have.length(8);
  });

  it('goes on through tokens that end, and stores each rotated one', async () => {
    control().rotation({ mode: 'once' });
    await create();
    for (let n = 0; n < 3; n += 1) {
      control().expireAccess({});
      expect((await create()).kind).to.equal('done');
    }
    expect(a.renewals()).to.equal(4);
  });

  it('needs consent when the grant is revoked, and goes on with a new one', async () => {
    const copy = remoteOf(await create());
    control().killTokens({ account: owner });
    expect((await faultOf(create())).kind).to.equal('consent');
    const { refreshToken } = control().tokens({ account: owner });
    a.store({ kind: 'consent', refreshToken, access: null });
    const again = a.reopen();
    expect(await again.read(a.calendar, copy.remoteId)).to.deep.equal(copy);
    await again.close();
  });

  it('meets a claims challenge with a fresh token, or needs consent where that takes a person', async () => {
    await create();
    control().challenge({ account: owner, all: true });
    expect((await create()).kind).to.equal('done');
    control().challenge({ account: owner, all: true, interactive: true });
    expect((await faultOf(create())).kind).to.equal('consent');
  });

  it('does not undo its own write when the feed lags behind it', async () => {
    const copy = remoteOf(await create());
    const { next } = await pullAll(a, null);
    control().delta({ hold: true });
    a.clock.advance(1000);
    const edit = updateIntent(copy, someFields({ title: 'new' }), ['what']);
    const after = remoteOf(await a.connection.write(a.calendar, edit));
    expect((await pullAll(a, next, stampsOf([after]))).changes).to.deep.equal([]);
    control().delta({ hold: false, replay: 50 });
    expect((await pullAll(a, next, stampsOf([after]))).changes).to.deep.equal([]);
  });

  it('reads the same through empty, repeated and shuffled pages', async () => {
    for (const title of ['a', 'b', 'c', 'd', 'e']) await a.person.create(someFields({ title }));
    control().pageCap({ size: 2 });
    control().delta({ emptyPages: 2, repeat: true, shuffle: true });
    const { changes, next } = await pullAll(a, null);
    expect(new Set(upserts(changes).map((r) => r.fields.title))).to.deep.equal(new Set(['a', 'b', 'c', 'd', 'e']));
    control().delta({ replay: 50 });
    const again = await pullAll(a, next, stampsOf(upserts(changes)));
    expect(again.changes).to.deep.equal([]);
  });

  it('sees what comes into the window as it slides, once it is listed anew, and keeps the new window', async () => {
    const [start, end] = ['2028-07-01T08:00', '2028-07-01T09:00'].map((time) => zoned(time, berlin));
    const id = await a.person.create(someFields({ title: 'far', start: start!, end: end! }));
    expect(upserts((await pullAll(a, null)).changes)).to.deep.equal([]);
    const window = { start: contractWindow.start, end: at('2028-08-01T00:00:00Z') };
    const pages = [];
    for await (const page of a.connection.pull({
      calendar: a.calendar,
      from: null,
      window,
      known: async () => new Map(),
    })) {
      pages.push(page);
    }
    expect(upserts(pages.flatMap(({ changes }) => changes)).map((r) => r.remoteId)).to.deep.equal([id]);
    expect(pages.at(-1)!.next?.window).to.deep.equal(window);
    await a.person.edit(id, someFields({ title: 'nearer', start: start!, end: end! }));
    const { changes, next } = await pullAll(a, pages.at(-1)!.next);
    expect(upserts(changes).map((r) => r.fields.title)).to.deep.equal(['nearer']);
    expect(next.window).to.deep.equal(window);
  });

  it('mails nobody', async () => {
    const copy = remoteOf(await create());
    const after = remoteOf(
      await a.connection.write(a.calendar, updateIntent(copy, someFields({ title: 'x' }), ['what'])),
    );
    await a.connection.write(a.calendar, removeIntent(after));
    expect(control().mails({}).mails).to.deep.equal([]);
  });
});
