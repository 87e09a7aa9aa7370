import { expect } from 'chai';
import type { WriteIntent } from '../../../src/domain/connector.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import {
  createIntent,
  pullAll,
  remoteOf,
  removeIntent,
  stampsOf,
  updateIntent,
  upserts,
} from '../../contract/connector.ts';
import { CaldavDouble } from '../../doubles/caldav-server.ts';
import { at, someFields } from '../../kit/builders.ts';
import { type OpenAccount, openDouble } from '../../kit/caldav-account.ts';
import { fakeClock } from '../../kit/clock.ts';
import { ics } from '../../kit/ics.ts';

const clock = fakeClock(at('2027-05-20T00:00:00Z'));

describe('writing by CalDAV', () => {
  let server: CaldavDouble;
  let account: OpenAccount;
  beforeEach(async () => {
    server = await new CaldavDouble().start();
    account = await openDouble(server, { clock, limits: { requestMs: 2000 } });
  });
  afterEach(async () => {
    await account.connection.close();
    await server.stop();
    expect(server.wrong).to.deep.equal([]);
  });
  const write = (intent: WriteIntent) => account.connection.write(account.calendar, intent);
  const create = async (title = 'Boiler service') => remoteOf(await write(createIntent(someFields({ title }))));
  const faultOf = (promise: Promise<unknown>): Promise<Fault> =>
    promise.then(
      () => {
        throw new Error('a fault was expected');
      },
      (fault: Fault) => fault,
    );

  it('reads the first write of a kind back, and trusts the server with that kind afterwards', async () => {
    await create();
    expect(server.takeMethods()).to.deep.equal(['PUT', 'GET']);
    await create('Other title!!');
    expect(server.takeMethods()).to.deep.equal(['PUT']);
    await write(createIntent(someFields({ title: 'With <b>markup</b>' })));
    expect(server.takeMethods()).to.deep.equal(['PUT', 'GET']);
  });

  it('never stops reading back where the server rewords, and reports its wording', async () => {
    server.set({ reword: (text) => text.replace(/^SUMMARY:(.{3}).*\r$/m, 'SUMMARY:$1\r') });
    for (let i = 0; i < 3; i += 1) {
      expect((await create(`Title ${i}`)).fields.title).to.equal('Tit');
      expect(server.takeMethods()).to.deep.equal(['PUT', 'GET']);
    }
  });

  it('takes an edit between the write and its reading back for an edit, not for a rewording', async () => {
    for (const etagOnPut of [true, false]) {
      server.set({
        etagOnPut,
        // Stands in for a person who is faster than our GET: the object has their title and revision date by then.
        reword: (text) => text,
      });
      const intent = createIntent(someFields({ title: 'ours' }));
      const name = `${intent.createId}.ics`;
      const edited = ics(`${intent.createId}@interlock`, someFields({ title: 'by hand' }));
      const put = server.work.put.bind(server.work);
      server.work.put = (at, text) => {
        const item = put(at, text);
        put(name, edited);
        return item;
      };
      const copy = remoteOf(await write(intent));
      server.work.put = put;
      expect(copy.fields.title).to.equal('ours');
      const { changes } = await pullAll(account, null, stampsOf([copy]));
      const found = upserts(changes).find((r) => r.remoteId === copy.remoteId);
      expect(found?.fields.title, `etag on PUT ${etagOnPut}`).to.equal('by hand');
    }
  });

  it('needs no read before an update of what a pull or a write has just brought', async () => {
    server.work.put('theirs.ics', ics('theirs', someFields({ title: 'theirs' })));
    const [theirs] = upserts((await pullAll(account, null)).changes);
    await write(updateIntent(theirs!, someFields({ title: 'Boiler service' }), ['what']));
    server.takeMethods();
    const copy = await create();
    const next = remoteOf(await write(updateIntent(copy, someFields({ title: 'Boiler repairs' }), ['what'])));
    expect(server.takeMethods()).to.deep.equal(['PUT', 'PUT']);
    const later = account.reopen();
    await later.write(account.calendar, updateIntent(next, someFields({ title: 'Boiler is new' }), ['what'], 3));
    expect(server.takeMethods(), 'the memory outlives one opening').to.deep.equal(['PUT']);
    await later.close();
  });

  it('reads first after a restart, and notices there that the stamp moved on', async () => {
    const copy = await create();
    const restarted = account.reopen({ forgetting: true });
    server.takeMethods();
    const receipt = await restarted.write(
      account.calendar,
      updateIntent(copy, someFields({ title: 'later' }), ['what']),
    );
    expect(receipt.kind).to.equal('done');
    expect(server.takeMethods().slice(0, 2)).to.deep.equal(['GET', 'PUT']);
    expect(
      await restarted.write(account.calendar, updateIntent(copy, someFields({ title: 'x' }), ['what'])),
    ).to.deep.equal({ kind: 'stale' });
    await restarted.close();
  });

  it('finds a create whose answer was lost', async () => {
    const intent = createIntent(someFields());
    server.next('PUT', 'lose-answer');
    expect(await faultOf(write(intent))).to.deep.include({ kind: 'transient' });
    expect(await write(intent)).to.deep.include({ kind: 'exists' });
    expect(server.work.items.size).to.equal(1);
  });

  it('calls an update or removal with a lost answer stale or gone when it is repeated', async () => {
    const copy = await create();
    const update = updateIntent(copy, someFields({ title: 'next' }), ['what']);
    server.next('PUT', 'lose-answer');
    expect(await faultOf(write(update))).to.deep.include({ kind: 'transient' });
    expect(await write(update)).to.deep.equal({ kind: 'stale' });
    const now = (await account.connection.read(account.calendar, copy.remoteId))!;
    expect(now.mark?.version, 'the mark tells that it landed').to.equal(2);
    server.next('DELETE', 'lose-answer');
    expect(await faultOf(write(removeIntent(now)))).to.deep.include({ kind: 'transient' });
    expect(await write(removeIntent(now))).to.deep.equal({ kind: 'gone' });
  });

  it('calls a name burnt that something else has taken', async () => {
    const intent = createIntent(someFields());
    server.work.put(`${intent.createId}.ics`, ics('another-uid', someFields()));
    expect(await write(intent)).to.deep.equal({ kind: 'burnt' });
  });

  it('adopts its own copy under another name where the server tells it, else asks a person', async () => {
    const intent = createIntent(someFields());
    await write(intent);
    const { text } = server.work.items.get(`${intent.createId}.ics`)!;
    server.work.remove(`${intent.createId}.ics`);
    server.work.put('renamed.ics', text);
    const receipt = await write(intent);
    expect(receipt.kind).to.equal('exists');
    expect(remoteOf(receipt).remoteId).to.equal(`${server.home}work/renamed.ics`);
    server.set({ innerErrors: true });
    expect(await write(intent)).to.deep.equal({ kind: 'refused', why: 'status 409, no-uid-conflict' });
  });

  it('does not believe a 207 that hides a failed precondition', async () => {
    server.set({ innerErrors: true });
    const copy = await create();
    server.work.put(copy.remoteId.split('/').at(-1)!, ics('x@interlock', someFields()));
    expect(await write(updateIntent(copy, someFields({ title: 'late' }), ['what']))).to.deep.equal({ kind: 'stale' });
  });

  it('tells bad data from a stale stamp where both are 412', async () => {
    const copy = await create();
    server.set({ alwaysPreconditionFailed: true });
    const receipt = await write(updateIntent(copy, someFields({ title: 'next' }), ['what']));
    expect(receipt).to.deep.equal({ kind: 'refused', why: 'status 412, the data is not good' });
    expect(await write(removeIntent(copy))).to.deep.include({ kind: 'refused' });
  });

  it('passes on why a server refuses, without what the event says', async () => {
    const reasons = [
      [{ status: 403, body: '<error xmlns="DAV:"><need-privileges/></error>' }, 'status 403, need-privileges'],
      [{ status: 507, body: 'quota' }, 'status 507, quota'],
      [{ status: 413 }, 'status 413'],
      [{ status: 415, body: 'cannot store "Secret visit" here' }, 'status 415'],
    ] as const;
    for (const [mishap, why] of reasons) {
      server.next('PUT', mishap);
      expect(await write(createIntent(someFields({ title: 'Secret visit' })))).to.deep.equal({ kind: 'refused', why });
    }
  });

  it('throws what says nothing about this write', async () => {
    const cases = [
      [{ status: 401 }, 'consent'],
      [{ status: 429, headers: { 'retry-after': '30' } }, 'throttled'],
      [{ status: 503 }, 'throttled'],
      [{ status: 500 }, 'transient'],
      [{ status: 207, body: '<html>' }, 'transient'],
      ['stall', 'transient'],
      ['close-before', 'transient'],
    ] as const;
    for (const [mishap, kind] of cases) {
      server.next('PUT', mishap);
      expect(await faultOf(write(createIntent(someFields())))).to.deep.include({ kind });
    }
    server.collections.delete(server.work.path);
    expect(await faultOf(write(createIntent(someFields())))).to.deep.include({ kind: 'calendar-gone' });
  });
});
