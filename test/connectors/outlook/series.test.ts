/** Series at the Outlook simulator: exceptions, splits, and edits of single occurrences both ways. */
import { expect } from 'chai';
import type { RemoteEvent, WriteIntent } from '../../../src/domain/connector.ts';
import type { EventFields, InstanceKey, MergeUnit } from '../../../src/domain/event.ts';
import { applyUnits, diffUnits } from '../../../src/domain/event.ts';
import type { IdempotencyKey } from '../../../src/domain/ids.ts';
import { createIntent, pullAll, remoteOf, stampsOf, upserts } from '../../contract/connector.ts';
import { someFields, zoned } from '../../kit/builders.ts';
import { berlin } from '../../kit/google-account.ts';
import { aMailbox, type OutlookAccount } from '../../kit/outlook-account.ts';

const weekly = someFields({
  title: 'Weekly service',
  start: zoned('2027-06-07T09:00', berlin),
  end: zoned('2027-06-07T10:30', berlin),
  series: { rules: ['FREQ=WEEKLY;COUNT=6'], extraDates: [] },
});
const second = '2027-06-14T09:00:00' as InstanceKey;
const third = '2027-06-21T09:00:00' as InstanceKey;
const { series: _series, instances: _instances, ...own } = weekly;
const later = {
  ...own,
  title: 'Later',
  start: zoned('2027-06-14T15:00', berlin),
  end: zoned('2027-06-14T16:30', berlin),
};

describe('series at Outlook', () => {
  let a: OutlookAccount;
  beforeEach(async () => {
    a = await aMailbox();
  });
  afterEach(async () => {
    await a.stop();
    expect(a.violations()).to.deep.equal([]);
  });
  const control = () => a.outlook.control;
  const write = (intent: WriteIntent) => a.connection.write(a.calendar, intent);
  const create = async (fields: EventFields) => remoteOf(await write(createIntent(fields)));
  const update = (on: RemoteEvent, fields: EventFields, units: readonly MergeUnit[]) =>
    write({
      ...{ kind: 'update', key: 'key' as IdempotencyKey, remoteId: on.remoteId, ifStamp: on.stamp, seen: on.fields },
      ...{ units, fields, mark: on.mark === null ? createIntent(fields).mark : { ...on.mark, version: 2 } },
    });
  const calendarId = () => a.calendar.remoteId as string;
  /** Where a person would tap: the one thing that stands in the calendar on this day. */
  const on = (day: string) => {
    const { entries } = control().phoneDay({ calendarIds: [calendarId()], day });
    return { calendarId: calendarId(), eventId: entries[0]!.id };
  };
  const reads = async (copy: RemoteEvent) => a.connection.read(a.calendar, copy.remoteId);

  it('are created with deleted and changed occurrences, and read back alike by feed and by id', async () => {
    const fields = { ...weekly, instances: { [second]: later, [third]: 'cancelled' } } as const;
    const copy = await create(fields);
    expect(copy.fields).to.deep.equal(a.connector.project(fields, berlin));
    expect(await reads(copy)).to.deep.equal(copy);
    expect(upserts((await pullAll(a, null)).changes)).to.deep.equal([copy]);
  });

  it('come as one change with all exceptions when a person moves or deletes one occurrence', async () => {
    const copy = await create(weekly);
    const { next } = await pullAll(a, null);
    control().phoneEdit({ ...on('2027-06-14'), start: '2027-06-14T13:00:00Z', end: '2027-06-14T14:30:00Z' });
    control().phoneDelete(on('2027-06-21'));
    const { changes } = await pullAll(a, next, stampsOf([copy]));
    const [series] = upserts(changes);
    expect(changes).to.have.length(1);
    expect(Object.keys(series!.fields.instances)).to.have.members([second, third]);
    expect(series!.fields.instances[third]).to.equal('cancelled');
    expect(series!.fields.instances[second]).to.deep.include({ start: zoned('2027-06-14T15:00', berlin) });
    expect(series!.stamp).to.not.equal(copy.stamp);
  });

  it('tell of a deleted occurrence also where Graph names nothing but the day', async () => {
    const copy = await create(weekly);
    const { next } = await pullAll(a, null);
    control().delta({ occurrenceTombstones: true });
    control().phoneDelete(on('2027-06-21'));
    const { changes } = await pullAll(a, next, stampsOf([copy]));
    expect(upserts(changes).map((r) => r.fields.instances)).to.deep.equal([{ [third]: 'cancelled' }]);
  });

  it('tell their own write with the stamp of its receipt, or not at all', async () => {
    const copy = await create(weekly);
    const { next } = await pullAll(a, null);
    const wanted: EventFields = { ...weekly, title: 'New', instances: { [second]: later } };
    const after = remoteOf(await update(copy, wanted, ['what', `instance:${second}`]));
    const { changes } = await pullAll(a, next, stampsOf([after]));
    expect(upserts(changes)).to.deep.equal([]);
  });

  it('refuse an edit as stale when a person changed an occurrence that we have not seen', async () => {
    const copy = await create(weekly);
    control().phoneEdit({ ...on('2027-06-14'), title: 'by hand' });
    expect(await update(copy, { ...weekly, title: 'ours' }, ['what'])).to.deep.equal({ kind: 'stale' });
    const gone = { kind: 'remove', key: 'k' as IdempotencyKey, remoteId: copy.remoteId, ifStamp: copy.stamp } as const;
    expect(await write(gone)).to.deep.equal({ kind: 'stale' });
    expect((await reads(copy))?.fields.title).to.equal('Weekly service');
  });

  const one: EventFields = { ...weekly, instances: { [second]: later } };
  const gone: EventFields = { ...weekly, instances: { [second]: 'cancelled' as const } };
  const cases: readonly [string, EventFields, EventFields][] = [
    ['change an occurrence', weekly, one],
    ['delete an occurrence', weekly, gone],
    ['delete an occurrence that was changed', one, gone],
    ['take back a change of an occurrence', one, weekly],
    [
      'move the whole series to another hour',
      weekly,
      { ...weekly, start: zoned('2027-06-07T11:00', berlin), end: zoned('2027-06-07T12:30', berlin) },
    ],
    [
      'make the series longer and keep what was changed',
      one,
      { ...one, series: { rules: ['FREQ=WEEKLY;COUNT=9'], extraDates: [] } },
    ],
    [
      'make its occurrences longer and keep what was changed and deleted',
      { ...one, instances: { ...one.instances, [third]: 'cancelled' } },
      { ...one, end: zoned('2027-06-07T11:00', berlin), instances: { ...one.instances, [third]: 'cancelled' } },
    ],
    ['turn a series into a single event', one, { ...weekly, series: null, instances: {} }],
    ['turn a single event into a series with a deleted occurrence', { ...weekly, series: null }, gone],
    [
      'turn a series of hours into one of days',
      weekly,
      {
        ...weekly,
        start: { kind: 'date', day: '2027-06-07' as never },
        end: { kind: 'date', day: '2027-06-08' as never },
      },
    ],
  ];
  for (const [what, before, after] of cases) {
    it(`are written so that we can ${what}`, async () => {
      const copy = await create(before);
      const units = diffUnits(before, after);
      const written = remoteOf(await update(copy, after, units));
      expect(written.fields).to.deep.equal(applyUnits(copy.fields, a.connector.project(after, berlin), units));
      expect(written.mark?.version).to.equal(2);
      expect(await reads(copy)).to.deep.equal(written);
    });
  }

  it('are refused by name where Outlook has no call: a deleted occurrence cannot come back', async () => {
    const copy = await create(gone);
    const receipt = await update(copy, weekly, [`instance:${second}`]);
    expect(receipt).to.have.property('why').that.includes('cannot bring back a cancelled occurrence');
    expect((await reads(copy))?.fields.instances).to.deep.equal(gone.instances);
  });

  it('are refused by name where an occurrence would pass its neighbour', async () => {
    const far = { ...later, start: zoned('2027-06-21T15:00', berlin), end: zoned('2027-06-21T16:00', berlin) };
    const copy = await create(weekly);
    const receipt = await update(copy, { ...weekly, instances: { [second]: far } }, [`instance:${second}`]);
    expect(receipt).to.have.property('why').that.includes('ErrorOccurrenceCrossingBoundary');
    const fresh = await write(createIntent({ ...weekly, title: 'Other', instances: { [second]: far } }));
    expect(fresh).to.have.property('kind', 'refused');
    expect(upserts((await pullAll(a, null)).changes)).to.have.length(1);
  });

  it('are split in two by "this and following" on the phone: the old one ends, a new one begins', async () => {
    const id = await a.person.create(weekly);
    const first = await pullAll(a, null);
    const split = { ...on('2027-06-21'), start: '2027-06-21T12:00:00Z', end: '2027-06-21T13:30:00Z' };
    const made = control().phoneSplit(split);
    const { changes } = await pullAll(a, first.next, stampsOf(upserts(first.changes)));
    const byId = new Map(upserts(changes).map((r) => [r.remoteId as string, r.fields]));
    expect([...byId.keys()]).to.have.members([id, made.id]);
    expect(byId.get(id)?.series?.rules[0]).to.match(/UNTIL=202706(14|15|20)/);
    expect(byId.get(made.id)).to.deep.include({ start: zoned('2027-06-21T14:00', berlin) });
    expect(byId.get(made.id)?.series?.rules).to.deep.equal(['FREQ=WEEKLY;COUNT=4']);
  });

  it('are removed as a whole', async () => {
    const copy = await create(one);
    const { next } = await pullAll(a, null);
    const gone = { kind: 'remove', key: 'k' as IdempotencyKey, remoteId: copy.remoteId, ifStamp: copy.stamp } as const;
    expect(await write(gone)).to.deep.equal({ kind: 'done', remote: null });
    const { changes } = await pullAll(a, next, stampsOf([copy]));
    expect(changes).to.deep.include({ kind: 'remove', remoteId: copy.remoteId });
    expect(upserts(changes)).to.deep.equal([]);
  });

  it('stay out of the feed while their changed occurrences are missing, and are finished by the next attempt', async () => {
    const intent = createIntent(one);
    control().fault({ kind: 'refuse', status: 503, on: 'events.instances' });
    const fault = await write(intent).then(
      () => null,
      (error: { kind: string }) => error.kind,
    );
    expect(fault).to.equal('transient');
    expect((await pullAll(a, null)).changes).to.deep.equal([]);
    control().clearFaults({});
    const again = await write(intent);
    expect(again.kind).to.equal('exists');
    expect(remoteOf(again).fields).to.deep.equal(a.connector.project(one, berlin));
    expect(upserts((await pullAll(a, null)).changes)).to.deep.equal([remoteOf(again)]);
  });

  it('are listed anew without losing the exceptions that lie before the window', async () => {
    const old = {
      ...weekly,
      start: zoned('2027-04-05T09:00', berlin),
      end: zoned('2027-04-05T10:30', berlin),
      series: { rules: ['FREQ=WEEKLY'], extraDates: [] },
    };
    const id = await a.person.create(old);
    const first = await pullAll(a, null);
    control().phoneDelete(on('2027-04-12'));
    const moved = await pullAll(a, first.next, stampsOf(upserts(first.changes)));
    const known = stampsOf(upserts(moved.changes));
    expect(Object.keys(upserts(moved.changes)[0]!.fields.instances)).to.deep.equal(['2027-04-12T09:00:00']);
    expect((await pullAll(a, null, known)).changes).to.deep.equal([{ kind: 'same', remoteId: id }]);
  });

  it('stay whole when a single event is moved to another calendar: that one is gone from here', async () => {
    const id = await a.person.create(someFields({ title: 'single' }));
    const first = await pullAll(a, null);
    const { calendarId: toCalendarId } = control().calendar({ owner: 'ana@example.com', name: 'Private' });
    control().phoneMove({ calendarId: calendarId(), eventId: id, toCalendarId });
    const { changes } = await pullAll(a, first.next, stampsOf(upserts(first.changes)));
    expect(changes).to.deep.equal([{ kind: 'remove', remoteId: id }]);
    expect(await a.connection.read(a.calendar, id)).to.equal(null);
  });
});
