/** Series from end to end: what a person does to one occurrence or to all, and what the day sheets then hold. */
import { expect } from 'chai';
import type { EventFields, InstanceFields, InstanceKey } from '../../src/domain/event.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { dayMs, formatInstant } from '../../src/domain/time.ts';
import { makeDesk } from '../../src/scheduling/book.ts';
import { linksFor } from '../../src/sync/links.ts';
import { at, day, someFields, zoned } from '../kit/builders.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn } from '../kit/stage.ts';

const rule = (text: string, extraDates: readonly EventFields['start'][] = []) => ({ rules: [text], extraDates });
const weekly: EventFields = someFields({
  ...{ title: 'Stand-up', start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') },
  series: rule('FREQ=WEEKLY'),
});
const key = (text: string) => text as InstanceKey;
const gone = (text: string): EventFields['instances'] => ({ [key(text)]: 'cancelled' as const });
function occurrence(from: EventFields, over: Partial<InstanceFields>): InstanceFields {
  const { series: _, instances: __, ...own } = from;
  return { ...own, ...over };
}
const june: Span = { start: at('2027-06-01T00:00:00Z'), end: at('2027-07-01T00:00:00Z') };

describe('a series', () => {
  let stage: Stage;
  let work: Attached;
  beforeEach(async () => {
    stage = await aStage();
    work = await stage.attach('work');
  });
  const starts = async (span: Span = june): Promise<string[]> => {
    const rows = (await stage.rows(span)).filter((row) => row.firm);
    return [...new Set(rows.map((row) => formatInstant(row.start).slice(5, 16)))].sort();
  };
  const tuesdays = ['06-01T09:00', '06-08T09:00', '06-15T09:00', '06-22T09:00', '06-29T09:00'];
  const known = async () => (await stage.events())[0]!;

  it('blocks each occurrence; one is moved, one is left out, and only these change', async () => {
    const id = work.owner.create(weekly);
    await stage.visit(work);
    expect(await starts()).to.deep.equal(tuesdays);
    const moved = occurrence(weekly, { start: zoned('2027-06-09T14:00'), end: zoned('2027-06-09T15:00') });
    work.owner.edit(id, {
      instances: { [key('2027-06-08T09:00:00')]: moved, ...gone('2027-06-22T09:00:00') },
    });
    await stage.visit(work);
    expect(await starts()).to.deep.equal(['06-01T09:00', '06-09T14:00', '06-15T09:00', '06-29T09:00']);
    work.owner.edit(id, { instances: {} });
    await stage.visit(work);
    expect(await starts()).to.deep.equal(tuesdays);
  });

  it('is split at "this and following" into one that ends and one that begins', async () => {
    const id = work.owner.create(weekly);
    await stage.visit(work);
    work.owner.edit(id, { series: rule('FREQ=WEEKLY;UNTIL=20270614T235959Z') });
    work.owner.create({ ...weekly, start: zoned('2027-06-15T11:00'), end: zoned('2027-06-15T12:00') });
    await stage.visit(work);
    expect(await starts()).to.deep.equal(['06-01T09:00', '06-08T09:00', '06-15T11:00', '06-22T11:00', '06-29T11:00']);
  });

  it('keeps an occurrence that is edited in one calendar while the whole is reworded in another', async () => {
    const copy = await stage.attach('copy', { mirror: 'full' });
    const id = work.owner.create(weekly);
    await stage.settle(work, copy);
    const there = copy.owner.events()[0]!;
    const moved = occurrence(there.fields, { start: zoned('2027-06-08T16:00'), end: zoned('2027-06-08T17:00') });
    copy.owner.edit(there.remoteId, { instances: { [key('2027-06-08T09:00:00')]: moved } });
    work.owner.edit(id, { title: 'Stand-up, new', location: 'Yard' });
    await stage.settle(copy, work);
    const { fields } = await known();
    expect(fields).to.include({ title: 'Stand-up, new', location: 'Yard' });
    expect(fields.instances[key('2027-06-08T09:00:00')]).to.deep.include({ start: zoned('2027-06-08T16:00') });
    for (const calendar of [work, copy]) {
      const [item] = calendar.owner.events();
      expect(item!.fields.title).to.equal('Stand-up, new');
      expect(item!.fields.instances[key('2027-06-08T09:00:00')]).to.deep.include({ start: zoned('2027-06-08T16:00') });
    }
    expect(await starts()).to.deep.equal(['06-01T09:00', '06-08T16:00', ...tuesdays.slice(2)]);
  });

  it('asks about one occurrence that both sides moved, and leaves the others alone', async () => {
    const policy = (await import('../kit/builders.ts')).defaultPolicy;
    const copy = await stage.attach('copy', {
      mirror: 'full',
      policy: { ...policy, authority: { ...policy.authority, when: 'ask' } },
    });
    const id = work.owner.create(weekly);
    await stage.settle(work, copy);
    const there = copy.owner.events()[0]!;
    const to = (hour: number) =>
      occurrence(weekly, { start: zoned(`2027-06-08T${hour}:00`), end: zoned(`2027-06-08T${hour + 1}:00`) });
    work.owner.edit(id, { instances: { [key('2027-06-08T09:00:00')]: to(12) } });
    copy.owner.edit(there.remoteId, { instances: { [key('2027-06-08T09:00:00')]: to(15) } });
    await stage.visit(work);
    await stage.settle(copy, work);
    const link = linkIn(await known(), copy);
    expect(link.disputed).to.deep.equal(['instance:2027-06-08T09:00:00']);
    copy.owner.edit(there.remoteId, { title: 'renamed meanwhile' });
    await stage.settle(copy, work);
    expect((await known()).fields.title).to.equal('renamed meanwhile');
    expect(await starts()).to.deep.equal(['06-01T09:00', '06-08T12:00', ...tuesdays.slice(2)]);
  });

  it('holds an exception that was moved far out of its week, in or out of the window', async () => {
    const far = occurrence(weekly, { start: zoned('2027-06-30T20:00'), end: zoned('2027-06-30T21:00') });
    const never = occurrence(weekly, { start: zoned('2031-01-01T09:00'), end: zoned('2031-01-01T10:00') });
    const instances = { [key('2027-06-08T09:00:00')]: never, [key('2029-06-05T09:00:00')]: far };
    work.owner.create({ ...weekly, instances });
    await stage.visit(work);
    expect(await starts()).to.deep.equal([tuesdays[0], ...tuesdays.slice(2), '06-30T20:00']);
  });

  it('keeps its wall time over the nights when clocks change, also where that hour is missing or comes twice', async () => {
    const night = (start: string, end: string) => ({
      ...{ start: zoned(start, 'Europe/Berlin'), end: zoned(end, 'Europe/Berlin'), series: rule('FREQ=DAILY;COUNT=3') },
    });
    stage.clock.advance(at('2027-10-01T00:00:00Z') - stage.clock.now());
    work.owner.create(someFields(night('2027-10-30T02:30', '2027-10-30T03:30')));
    work.owner.create(someFields(night('2028-03-25T02:30', '2028-03-25T03:30')));
    await stage.visit(work);
    const autumn = { start: at('2027-10-29T00:00:00Z'), end: at('2027-11-03T00:00:00Z') };
    expect(await starts(autumn)).to.deep.equal(['10-30T00:30', '10-31T00:30', '11-01T01:30']);
    const spring = { start: at('2028-03-24T00:00:00Z'), end: at('2028-03-29T00:00:00Z') };
    expect(await starts(spring)).to.deep.equal(['03-25T01:30', '03-26T01:30', '03-27T00:30']);
  });

  it('of whole days, of extra dates and of floating times blocks in the zone of its calendar', async () => {
    const berlin = await stage.attach('berlin', { zone: 'Europe/Berlin' as never });
    const date = (text: string): EventFields['start'] => ({ kind: 'date', day: day(text) });
    berlin.owner.create(
      someFields({ start: date('2027-06-03'), end: date('2027-06-04'), series: rule('FREQ=MONTHLY') }),
    );
    berlin.owner.create(
      someFields({
        start: { kind: 'floating', wall: '2027-06-10T08:00:00' as never },
        end: { kind: 'floating', wall: '2027-06-10T09:00:00' as never },
        series: rule('FREQ=DAILY;COUNT=1', [{ kind: 'floating', wall: '2027-06-20T12:00:00' as never }]),
      }),
    );
    await stage.visit(berlin);
    expect(await starts()).to.deep.equal(['06-02T22:00', '06-10T06:00', '06-20T10:00']);
  });

  it('without end follows the sliding window, without a word from the provider', async () => {
    work.owner.create(weekly);
    await stage.visit(work);
    const { windowPastMs, windowAheadMs } = stage.deps.settings;
    const end = (stage.clock.now() + windowAheadMs) as Instant;
    const beyond: Span = { start: end, end: (end + 60 * dayMs) as Instant };
    expect(await starts(beyond)).to.deep.equal([]);
    stage.clock.advance(60 * dayMs);
    const pulls = work.server.calls.pull;
    const desk = makeDesk({
      ...{ store: stage.store, clock: stage.clock, log: silentLog, nudge: { nudge: () => {} }, linksFor },
      settings: { holdMs: 120_000, windowPastMs, windowAheadMs },
      describe: () => ({ title: '', description: '', location: '' }),
    });
    expect(await desk.settleSheets(100)).to.equal(1);
    expect((await starts(beyond)).length).to.be.within(8, 9);
    expect(work.server.calls.pull).to.equal(pulls);
  });
});
