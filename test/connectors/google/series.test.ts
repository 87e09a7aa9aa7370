/** Series at the Google simulator: exceptions, splits, and edits of single occurrences both ways. */
import { expect } from 'chai';
import type { RemoteEvent, WriteIntent } from '../../../src/domain/connector.ts';
import type { EventFields, InstanceKey, MergeUnit } from '../../../src/domain/event.ts';
import { applyUnits, diffUnits } from '../../../src/domain/event.ts';
import type { IdempotencyKey } from '../../../src/domain/ids.ts';
import { createIntent, pullAll, remoteOf, stampsOf, upserts } from '../../contract/connector.ts';
import { someFields, zoned } from '../../kit/builders.ts';
import { aGoogleAccount, berlin, type GoogleAccount, owner } from '../../kit/google-account.ts';

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

describe('series at Google', () => {
  let a: GoogleAccount;
  beforeEach(async () => {
    a = await aGoogleAccount();
  });
  afterEach(async () => {
    await a.stop();
    expect(a.violations()).to.deep.equal([]);
  });
  const write = (intent: WriteIntent) => a.connection.write(a.calendar, intent);
  const create = async (fields: EventFields) => remoteOf(await write(createIntent(fields)));
  const update = (on: RemoteEvent, fields: EventFields, units: readonly MergeUnit[]) =>
    write({
      ...{ kind: 'update', key: 'key' as IdempotencyKey, remoteId: on.remoteId, ifStamp: on.stamp, seen: on.fields },
      ...{ units, fields, mark: { eventId: on.mark!.eventId, version: 2 } },
    });
  const occurrence = (id: string, day: string) => `${id}_2027${day}T070000Z`;
  const reads = async (on: RemoteEvent) => a.connection.read(a.calendar, on.remoteId);

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
    const calendarId = owner;
    a.google.control.phoneEdit({
      calendarId,
      eventId: occurrence(copy.remoteId, '0614'),
      start: '2027-06-14T13:00:00Z',
    });
    a.google.control.phoneDelete({ calendarId, eventId: occurrence(copy.remoteId, '0621') });
    const { changes } = await pullAll(a, next, stampsOf([copy]));
    const [series] = upserts(changes);
    expect(changes).to.have.length(1);
    expect(Object.keys(series!.fields.instances)).to.have.members([second, third]);
    expect(series!.fields.instances[third]).to.equal('cancelled');
    expect(series!.fields.instances[second]).to.deep.include({ start: zoned('2027-06-14T15:00', berlin) });
    expect(series!.stamp).to.not.equal(copy.stamp);
  });

  it('tell their own write in the next feed with the stamp of its receipt', async () => {
    const copy = await create(weekly);
    const { next } = await pullAll(a, null);
    const wanted: EventFields = { ...weekly, title: 'New', instances: { [second]: later } };
    const after = remoteOf(await update(copy, wanted, ['what', `instance:${second}`]));
    const { changes } = await pullAll(a, next, stampsOf([after]));
    expect(upserts(changes)).to.deep.equal([after]);
  });

  it('refuse an edit as stale when a person changed an occurrence that we have not seen', async () => {
    const copy = await create(weekly);
    a.google.control.phoneDelete({ calendarId: owner, eventId: occurrence(copy.remoteId, '0614') });
    expect(await update(copy, { ...weekly, title: 'ours' }, ['what'])).to.deep.equal({ kind: 'stale' });
    expect(
      await write({ kind: 'remove', key: 'k' as IdempotencyKey, remoteId: copy.remoteId, ifStamp: copy.stamp }),
    ).to.deep.equal({ kind: 'stale' });
    expect((await reads(copy))?.fields.title).to.equal('Weekly service');
  });

  const one: EventFields = { ...weekly, instances: { [second]: later } };
  const gone: EventFields = { ...weekly, instances: { [second]: 'cancelled' as const } };
  const cases: readonly [string, EventFields, EventFields][] = [
    ['change an occurrence', weekly, one],
    ['delete an occurrence', weekly, gone],
    ['delete an occurrence that was changed', one, gone],
    ['bring back an occurrence that was deleted with the series', gone, weekly],
    ['bring back a deleted occurrence at another time', gone, one],
    ['take back a change of an occurrence', one, weekly],
    [
      'move the whole series to another hour',
      weekly,
      { ...weekly, start: zoned('2027-06-07T11:00', berlin), end: zoned('2027-06-07T12:30', berlin) },
    ],
    [
      'move the series and change an occurrence of it',
      weekly,
      { ...one, start: zoned('2027-06-07T09:00', berlin), series: { rules: ['FREQ=WEEKLY;COUNT=9'], extraDates: [] } },
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
      const receipt = await update(copy, after, units);
      const written = remoteOf(receipt);
      expect(written.fields).to.deep.equal(applyUnits(copy.fields, a.connector.project(after, berlin), units));
      expect(written.mark?.version).to.equal(2);
      expect(await reads(copy)).to.deep.equal(written);
    });
  }

  it('bring back an occurrence that was deleted by a row of its own', async () => {
    const copy = await create(weekly);
    a.google.control.phoneDelete({ calendarId: owner, eventId: occurrence(copy.remoteId, '0614') });
    const now = await reads(copy);
    const written = remoteOf(await update(now!, weekly, [`instance:${second}`]));
    expect(written.fields).to.deep.equal(weekly);
    expect(await reads(copy)).to.deep.equal(written);
  });

  it('take an occurrence along whose change was taken back, although Google keeps a row of its own for it', async () => {
    const first = await create(one);
    const plain = remoteOf(await update(first, weekly, [`instance:${second}`]));
    expect(plain.fields.instances).to.deep.equal({});
    const renamed = remoteOf(await update(plain, { ...weekly, title: 'New' }, ['what']));
    expect(renamed.fields).to.deep.equal({ ...weekly, title: 'New' });
    expect(await reads(first)).to.deep.equal(renamed);
  });

  it('are split in two by "this and following" on the phone: the old one ends, a new one begins', async () => {
    const id = await a.person.create(weekly);
    const first = await pullAll(a, null);
    const split = { calendarId: owner, eventId: occurrence(id, '0621'), start: '2027-06-21T12:00:00Z' };
    const made = a.google.control.phoneSplit(split);
    const { changes } = await pullAll(a, first.next, stampsOf(upserts(first.changes)));
    const byId = new Map(upserts(changes).map((r) => [r.remoteId as string, r.fields]));
    expect([...byId.keys()]).to.have.members([id, made.id]);
    expect(byId.get(id)?.series?.rules).to.deep.equal(['FREQ=WEEKLY;UNTIL=20270621T065959Z']);
    expect(byId.get(made.id)).to.deep.include({ start: zoned('2027-06-21T14:00', berlin) });
    expect(byId.get(made.id)?.series?.rules).to.deep.equal(['FREQ=WEEKLY;COUNT=4']);
  });

  it('are removed as a whole', async () => {
    const copy = await create(one);
    const { next } = await pullAll(a, null);
    const gone = { kind: 'remove', key: 'k' as IdempotencyKey, remoteId: copy.remoteId, ifStamp: copy.stamp } as const;
    expect(await write(gone)).to.deep.equal({ kind: 'done', remote: null });
    expect((await pullAll(a, next)).changes).to.deep.equal([{ kind: 'remove', remoteId: copy.remoteId }]);
  });

  it('stay out of the feed while their changed occurrences are missing, and are finished by the next attempt', async () => {
    const intent = createIntent(one);
    a.google.control.fault({ kind: 'refuse', status: 503, on: 'events.instances' });
    await expectFault(write(intent), 'transient');
    expect((await pullAll(a, null)).changes).to.deep.equal([]);
    a.google.control.clearFaults({});
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
    a.google.control.phoneDelete({ calendarId: owner, eventId: occurrence(id, '0412') });
    const moved = await pullAll(a, first.next, stampsOf(upserts(first.changes)));
    const known = stampsOf(upserts(moved.changes));
    expect(Object.keys(upserts(moved.changes)[0]!.fields.instances)).to.deep.equal(['2027-04-12T09:00:00']);
    expect((await pullAll(a, null, known)).changes).to.deep.equal([{ kind: 'same', remoteId: id }]);
  });
});

async function expectFault(call: Promise<unknown>, kind: string): Promise<void> {
  const fault = await call.then(
    () => null,
    (error: { kind: string }) => error.kind,
  );
  expect(fault).to.equal(kind);
}
