/** What is believed of Graph's change feed and what is read anew, in single answers that the real service gives. */
import { expect } from 'chai';
import type { Change } from '../../../src/domain/connector.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { asRemoteId, asRemoteStamp, type RemoteId, type RemoteStamp } from '../../../src/domain/ids.ts';
import { contractWindow, pullAll } from '../../contract/connector.ts';
import { type CannedGraph, cannedGraph, type GraphReply } from '../../kit/outlook-canned.ts';
import { graphMaster as master, graphSingle as single } from '../../kit/outlook-rows.ts';

const calendar = { remoteId: asRemoteId('cal'), name: 'Work', zone: null, canWrite: true };
const link = (token: string) =>
  `https://graph.microsoft.com/v1.0/me/calendars/cal/calendarView/delta?$deltatoken=${token}`;
const from = { kind: 'delta', value: JSON.stringify([link('a')]), window: contractWindow } as const;

const bare = (id: string, seriesMasterId: string) => ({
  ...{
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': 'W/"DwAAABYA2"',
    id,
    seriesMasterId,
    type: 'occurrence',
  },
  start: { dateTime: '2027-06-02T09:00:00.0000000', timeZone: 'W. Europe Standard Time' },
  end: { dateTime: '2027-06-02T10:00:00.0000000', timeZone: 'W. Europe Standard Time' },
});
const removed = (id: string) => ({ id, '@removed': { reason: 'deleted' } });
const round = (...value: object[]): GraphReply => [200, { value, '@odata.deltaLink': link('b') }];
const gone: GraphReply = [404, { error: { code: 'ErrorItemNotFound', message: 'No.' } }];
const inCalendar = (id: string): GraphReply => [200, { id }];

describe('the change feed of Outlook', () => {
  let g: CannedGraph;
  const given = (...graph: GraphReply[]) => {
    g = cannedGraph({ graph });
    return { connection: g.connection, calendar };
  };
  afterEach(() => g.stop());
  const stampOf = (etag: string, time: string) => asRemoteStamp(`W/"${etag}" ${time}`);
  const known = (entries: Record<string, RemoteStamp>) =>
    new Map<RemoteId, RemoteStamp>(Object.entries(entries).map(([id, stamp]) => [asRemoteId(id), stamp]));
  const pulled = async (held: Record<string, RemoteStamp>, ...graph: GraphReply[]): Promise<Change[]> =>
    (await pullAll(given(...graph), from, known(held))).changes;
  const paths = () => g.asked.slice(1).map((a) => a.path);
  const said = (changes: readonly Change[]) =>
    changes.map((c) =>
      c.kind === 'upsert'
        ? `upsert ${c.remote.remoteId} ${c.remote.fields.title}`
        : `${c.kind} ${'remoteId' in c ? c.remoteId : ''}`,
    );

  it('is believed of events that nobody knew, and of what is newer than all that is known', async () => {
    const held = { old: stampOf('1', '2027-05-09T08:00:00.0000000Z') };
    const changes = await pulled(held, round(single('new'), single('old', { subject: 'Moved' })));
    expect(said(changes)).to.deep.equal(['upsert new Dentist', 'upsert old Moved']);
    expect(g.asked).to.have.length(1);
  });

  it('is not believed when it tells an older state than the one that we wrote: the event is read', async () => {
    const held = { a: stampOf('3', '2027-05-11T08:00:00.0000000Z') };
    const now = single('a', { '@odata.etag': 'W/"3"', lastModifiedDateTime: '2027-05-11T08:00:00.0000000Z' });
    expect(await pulled(held, round(single('a')), [200, now])).to.deep.equal([]);
    expect(paths()).to.deep.equal(['/me/events/a']);
  });

  it('tells nothing of an event that is as we know it', async () => {
    expect(await pulled({ a: stampOf('2', '-') }, round(single('a')))).to.deep.equal([]);
    expect(g.asked).to.have.length(1);
  });

  it('has the last word of several on one event', async () => {
    const newer = { subject: 'Newer', lastModifiedDateTime: '2027-05-10T09:00:00.0000000Z' };
    expect(said(await pulled({}, round(single('a', newer), single('a'))))).to.deep.equal(['upsert a Newer']);
  });

  it('removes an event that is gone when it is asked for', async () => {
    const changes = await pulled({ a: stampOf('1', '-') }, round(removed('a')), gone, gone);
    expect(said(changes)).to.deep.equal(['remove a']);
  });

  it('never frees a slot for a removal alone: what has left the window is told as it is', async () => {
    const later = single('a', {
      start: { dateTime: '2029-01-01T09:00:00.0000000', timeZone: 'UTC' },
      end: { dateTime: '2029-01-01T10:00:00.0000000', timeZone: 'UTC' },
    });
    const [change] = await pulled({ a: stampOf('1', '-') }, round(removed('a')), [200, later], inCalendar('cal'));
    expect(change).to.have.nested.property('remote.fields.start.wall', '2029-01-01T09:00:00');
  });

  it('removes an event that was moved to another calendar, although its id still leads to it', async () => {
    const changes = await pulled(
      { a: stampOf('1', '-') },
      round(removed('a')),
      [200, single('a')],
      inCalendar('private'),
    );
    expect(said(changes)).to.deep.equal(['remove a']);
  });

  it('reads a series whole when one bare occurrence is named, and finds what was cancelled', async () => {
    const whole = master('m', { cancelledOccurrences: ['OID.m.2027-06-03'] });
    const [change, ...rest] = await pulled({ m: stampOf('1', '- -') }, round(bare('o', 'm')), [200, whole]);
    expect(rest).to.deep.equal([]);
    expect(change)
      .to.have.nested.property('remote.fields.instances')
      .that.deep.equals({ '2027-06-03T09:00:00': 'cancelled' });
    expect(g.asked[1]!.query.$expand).to.equal('exceptionOccurrences');
    expect(g.asked[1]!.query.$select).to.include('cancelledOccurrences');
  });

  it('asks for the mark of a series only where it may be one of ours', async () => {
    const createId = '0123456789abcdefghijklmnopqrstuv';
    const ours = master('m', { transactionId: createId });
    const [change] = await pulled({}, round(master('m')), [200, ours], [200, ours]);
    expect(change).to.have.nested.property('remote.createId', createId);
    expect(g.asked[2]!.query.$expand).to.include('singleValueExtendedProperties');
  });

  it('compares all series when something unknown was removed: it may have been a day of any', async () => {
    const list: GraphReply = [200, { value: [{ id: 'm' }, { id: 'n' }] }];
    const n = master('n', { cancelledOccurrences: ['OID.n.2027-06-04'] });
    const first = (await pullAll(given(round(), list), from)).changes;
    expect(first).to.deep.equal([]);
    await g.stop();
    const before = await pulled({}, round(master('m'), master('n')), [200, master('m')], [200, master('n')]);
    const stamps = Object.fromEntries(
      before.map((c) => (c.kind === 'upsert' ? [c.remote.remoteId, c.remote.stamp] : [])),
    );
    await g.stop();
    const changes = await pulled(stamps, round(removed('day')), list, [200, master('m')], [200, n], gone, gone);
    expect(said(changes)).to.deep.equal(['upsert n Dentist', 'remove day']);
  });

  it('lists anew when Graph will not say which series there are', async () => {
    const fault = await pulled({}, round(removed('day')), [
      400,
      { error: { code: 'BadRequest', message: 'No.' } },
    ]).then(
      () => null,
      (f: Fault) => f.kind,
    );
    expect(fault).to.equal('cursor-lost');
  });

  it('keeps the days of a series whose master is not in the mailbox, each for itself', async () => {
    const day = single('d', { type: 'exception', seriesMasterId: 'm', occurrenceId: 'OID.m.2027-06-01' });
    expect(said(await pulled({}, round(day), gone))).to.deep.equal(['upsert d Dentist']);
  });

  it('removes a series whose master is gone', async () => {
    expect(said(await pulled({ m: stampOf('1', '- -') }, round(bare('o', 'm')), gone))).to.deep.equal(['remove m']);
  });

  it('reads empty pages on', async () => {
    const empty: GraphReply = [200, { value: [], '@odata.nextLink': link('n') }];
    expect(said(await pulled({}, empty, round(single('a'))))).to.deep.equal(['upsert a Dentist']);
  });

  it('keeps the window that its link was taken for', async () => {
    const moved = { start: contractWindow.start, end: contractWindow.start } as typeof contractWindow;
    const { next } = await pullAll(given(round()), { ...from, window: moved });
    expect(next).to.deep.equal({ kind: 'delta', value: JSON.stringify([link('b')]), window: moved });
  });

  it('does not end without a place to go on from', async () => {
    const fault = await pullAll(given([200, { value: [] }]), from).then(
      () => null,
      (f: Fault) => f.kind,
    );
    expect(fault).to.equal('transient');
  });
});
