import { expect } from 'chai';
import type { SyncCursor } from '../../../src/domain/calendar.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import type { RemoteId, RemoteStamp } from '../../../src/domain/ids.ts';
import { createIntent, pullAll, remoteOf, stampsOf, updateIntent, upserts } from '../../contract/connector.ts';
import { CaldavDouble } from '../../doubles/caldav-server.ts';
import { at, someFields } from '../../kit/builders.ts';
import { type OpenAccount, openDouble } from '../../kit/caldav-account.ts';
import { fakeClock } from '../../kit/clock.ts';
import { ics } from '../../kit/ics.ts';

const clock = fakeClock(at('2027-05-20T00:00:00Z'));

const faultOf = (promise: Promise<unknown>): Promise<Fault> =>
  promise.then(
    () => {
      throw new Error('a fault was expected');
    },
    (fault: Fault) => fault,
  );

describe('the CalDAV feed', () => {
  let server: CaldavDouble;
  let account: OpenAccount;
  beforeEach(async () => {
    server = await new CaldavDouble().start();
    account = await openDouble(server, { clock });
  });
  afterEach(async () => {
    await account.connection.close();
    await server.stop();
    expect(server.wrong).to.deep.equal([]);
  });
  const put = (name: string, title = name) => server.work.put(`${name}.ics`, ics(name, someFields({ title })));
  const pull = (from: SyncCursor | null, known?: ReadonlyMap<RemoteId, RemoteStamp>) => pullAll(account, from, known);
  const titles = (changes: Parameters<typeof upserts>[0]) => upserts(changes).map((r) => r.fields.title);

  it('costs one request when nothing changed, by token and by ctag', async () => {
    for (const sync of ['token', 'ctag'] as const) {
      server.set({ sync });
      put('a');
      const first = await pull(null);
      server.takeMethods();
      const again = await pull(first.next, stampsOf(upserts(first.changes)));
      expect(again).to.deep.include({ changes: [], mode: 'delta', next: first.next });
      expect(server.takeMethods()).to.have.length(1);
    }
  });

  it('costs one request for a change where bodies come with the report, else two', async () => {
    const { next } = await pull(null);
    for (const [dataInSync, requests] of [
      [true, ['REPORT']],
      [false, ['REPORT', 'GET']],
    ] as const) {
      server.set({ dataInSync });
      put('a', `data ${dataInSync}`);
      server.takeMethods();
      expect(titles((await pull(next)).changes)).to.deep.equal([`data ${dataInSync}`]);
      expect(server.takeMethods()).to.deep.equal(requests);
    }
  });

  it('asks for no bodies when the report will mostly be our own writes coming back', async () => {
    const { next } = await pull(null);
    const copy = remoteOf(await account.connection.write(account.calendar, createIntent(someFields())));
    server.requests.splice(0);
    expect((await pull(next, stampsOf([copy]))).changes).to.deep.equal([]);
    expect(server.requests.map((r) => [r.method, r.body.includes('calendar-data')])).to.deep.equal([['REPORT', false]]);
  });

  it('reads a cut report to its end and offers a place to resume after each part', async () => {
    const { next } = await pull(null);
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(name);
    server.set({ pageLimit: 2 });
    const { pages, changes } = await pull(next);
    expect(titles(changes)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(pages.map((p) => p.resume !== null)).to.deep.equal([true, true, false]);
    expect(titles((await pull(pages[0]!.resume)).changes)).to.deep.equal(['c', 'd', 'e']);
  });

  it('gives up on a server that cuts for ever', async () => {
    const { next } = await pull(null);
    put('a');
    server.set({ pageLimit: 0 });
    server.next('REPORT', {
      status: 207,
      body: `<multistatus xmlns="DAV:"><response><href>${account.calendar.remoteId}</href><status>HTTP/1.1 507 x</status></response><sync-token>${next.value.slice('token:'.length)}</sync-token></multistatus>`,
    });
    expect(await faultOf(pull(next))).to.deep.include({ kind: 'cursor-lost' });
  });

  it('reports removals, and what vanished between the report and its bodies', async () => {
    put('a');
    put('b');
    const first = await pull(null);
    put('b', 'changed');
    server.work.remove('a.ics');
    server.set({ dataInSync: false });
    server.next('GET', { status: 404 });
    const { changes } = await pull(first.next, stampsOf(upserts(first.changes)));
    expect(changes.map((c) => c.kind)).to.deep.equal(['remove', 'remove']);
  });

  it('names a lost token at once when the server does, and lists after two other failures', async () => {
    put('a');
    const { next } = await pull(null);
    server.work.forgetTokens();
    expect(await faultOf(pull(next))).to.deep.include({ kind: 'cursor-lost' });
    server.set({ sloppyNamespace: true });
    expect(await faultOf(pull(next))).to.deep.include({ kind: 'cursor-lost' });
    server.set({ badToken: 'server-error' });
    const listed = await pull(next);
    expect(listed.mode).to.equal('listing');
    expect((await pull(listed.next)).mode).to.equal('delta');
  });

  it('does without tokens where the server fails even its fresh one', async () => {
    put('a');
    const { next } = await pull(null);
    for (let i = 0; i < 3; i += 1) server.next('REPORT', { status: 500 });
    const listed = await pull(next);
    expect(listed).to.deep.include({ mode: 'listing' });
    expect(listed.next.kind).to.equal('listing');
    server.takeMethods();
    expect((await pull(listed.next)).mode).to.equal('delta');
    expect(server.takeMethods()).to.deep.equal(['PROPFIND']);
  });

  it('takes an outage for an outage and not for a lost token', async () => {
    const { next } = await pull(null);
    const cases = [
      [{ status: 503, headers: { 'retry-after': '60' } }, 'throttled'],
      [{ status: 429 }, 'throttled'],
      [{ status: 502 }, 'transient'],
      [{ status: 401 }, 'consent'],
      [{ status: 207, body: '<html>' }, 'transient'],
      [{ status: 207, body: '<multistatus xmlns="DAV:"/>' }, 'cursor-lost'],
    ] as const;
    for (const [mishap, kind] of cases) {
      server.next('REPORT', mishap);
      expect(await faultOf(pull(next)), JSON.stringify(mishap)).to.deep.include({ kind });
    }
  });

  it('refuses a cursor that it never wrote', async () => {
    const { next } = await pull(null);
    for (const value of ['', 'sync-5', 'token:', 'page:5']) {
      expect(await faultOf(pull({ ...next, value })), value).to.deep.include({ kind: 'cursor-lost' });
    }
  });

  it('tells a calendar that was deleted', async () => {
    const { next } = await pull(null);
    server.collections.delete(server.work.path);
    for (const innerErrors of [false, true]) {
      server.set({ innerErrors });
      expect(await faultOf(pull(null))).to.deep.include({ kind: 'calendar-gone' });
      expect(await faultOf(pull(next))).to.deep.include({ kind: 'calendar-gone' });
    }
  });

  it('never takes a listing under foreign paths for an empty calendar', async () => {
    put('a');
    const row =
      '<response><href>/inner/work/a.ics</href><propstat><prop><getetag>"1"</getetag></prop></propstat></response>';
    await pull(null);
    server.next('PROPFIND', { status: 207, body: `<multistatus xmlns="DAV:">${row}</multistatus>` });
    server.next('PROPFIND', { status: 207, body: `<multistatus xmlns="DAV:">${row}</multistatus>` });
    expect(await faultOf(pull(null))).to.deep.include({ kind: 'invalid' });
  });

  it('lists a thousand objects in batches, in pages of which the first are short and the last ends with the cursor', async () => {
    for (let i = 0; i < 1010; i += 1) put(`n${i}`);
    const { pages, changes } = await pull(null);
    expect(new Set(titles(changes)).size).to.equal(1010);
    expect(pages.map((page) => page.changes.length)).to.deep.equal([50, 150, 400, 400, 10]);
    expect(pages.map((page) => page.next !== null)).to.deep.equal([false, false, false, false, true]);
    expect(server.takeMethods().filter((m) => m === 'REPORT')).to.have.length(21);
  });

  it('still gets all the rest when one of many vanished, however the server words it', async () => {
    for (const missingInMultiget of ['row', 'omit', 'whole'] as const) {
      for (let i = 0; i < 20; i += 1) put(`n${i}`);
      server.set({ missingInMultiget });
      const request = {
        calendar: account.calendar,
        from: null,
        window: { start: at('2027-01-01T00:00:00Z'), end: at('2028-01-01T00:00:00Z') },
      };
      const known = async () => {
        server.work.remove('n7.ics');
        return new Map<RemoteId, RemoteStamp>();
      };
      let count = 0;
      for await (const page of account.connection.pull({ ...request, known })) count += page.changes.length;
      expect(count, missingInMultiget).to.equal(19);
    }
  });

  it('leaves tasks alone', async () => {
    server.work.put(
      'task.ics',
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n',
    );
    expect((await pull(null)).changes).to.deep.equal([]);
  });

  it('quarantines one object that is too large and reads the others', async () => {
    const small = await openDouble(server, { clock, limits: { answerBytes: 60_000 } });
    for (let i = 0; i < 10; i += 1) put(`n${i}`);
    put('huge', 'x'.repeat(70_000));
    const { changes } = await pullAll(small, null);
    expect(titles(changes)).to.have.length(10);
    expect(changes.filter((c) => c.kind === 'unreadable').map((c) => c.remoteId)).to.deep.equal([
      `${server.home}work/huge.ics`,
    ]);
    await small.connection.close();
  });

  it('works by content where the server tells no ETags in its reports', async () => {
    server.set({ etagsInReports: false, sync: 'none' });
    put('a');
    put('b');
    const first = await pull(null);
    const known = stampsOf(upserts(first.changes));
    put('b', 'changed');
    const { changes, mode } = await pull(first.next, known);
    expect(mode).to.equal('listing');
    expect(changes.map((c) => c.kind).sort()).to.deep.equal(['same', 'upsert']);
    const changed = upserts(changes)[0]!;
    const write = (on: typeof changed, title: string) =>
      account.connection.write(account.calendar, updateIntent(on, someFields({ title }), ['what']));
    const after = remoteOf(await write(changed, 'ours'));
    expect((await pull(first.next, stampsOf([after]))).changes).to.deep.include({
      kind: 'same',
      remoteId: after.remoteId,
    });
    expect(await write(changed, 'late')).to.deep.equal({ kind: 'stale' });
  });
});
