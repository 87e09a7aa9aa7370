/** The two journeys through a visit: a booking goes out to the calendar, and what people do there comes in. */
import { expect } from 'chai';
import type { EventFields } from '../../src/domain/event.ts';
import { at, someFields, zoned } from '../kit/builders.ts';
import type { Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };
const done = (over: object = {}) => ({
  kind: 'done',
  counts: { pulled: 0, created: 0, changed: 0, removed: 0, pushed: 0, conflicts: 0, quarantined: 0, ...over },
});

describe('a visit', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await aStage();
  });
  const openConflicts = async () =>
    (await stage.store.conflicts.list(tenant, { state: 'open', eventId: null, limit: 50, after: null })).data;

  it('writes a booking to the calendar and recognises its own echo', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    expect(await stage.visit(work)).to.deep.include(done({ pushed: 1 }));
    const [copy] = work.owner.events();
    expect(copy!.fields).to.deep.equal(someFields(nine));
    const before = await stage.event(id);
    expect(linkIn(before, work)).to.deep.include({
      remoteId: copy!.remoteId,
      settledVersion: 1,
      sent: null,
      state: 'live',
    });
    expect(await stage.visit(work)).to.deep.include(done({ pulled: 1 }));
    expect(await stage.event(id)).to.deep.equal(before);
  });

  it('blocks the time of an event typed into the calendar', async () => {
    const work = await stage.attach('work');
    work.owner.create(someFields({ ...nine, title: 'Dentist' }));
    expect(await stage.visit(work)).to.deep.include(done({ pulled: 1, created: 1 }));
    const [event] = await stage.events();
    expect(event).to.deep.include({ origin: work.id, version: 1, sheetVersion: 1, resources: [stage.resource.id] });
    const rows = await stage.rows();
    expect(rows.map(({ kind, start, end, firm }) => ({ kind, start, end, firm }))).to.deep.equal([
      { kind: 'calendar', start: at('2027-06-01T09:00:00Z'), end: at('2027-06-01T10:00:00Z'), firm: true },
    ]);
  });

  it('moves a booking that was dragged on the phone, its rows with it', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    work.owner.edit(linkIn(await stage.event(id), work).remoteId!, two);
    await stage.visit(work);
    const event = await stage.event(id);
    expect(event.fields).to.deep.include(two);
    expect(event).to.deep.include({ version: 2, sheetVersion: 2 });
    expect((await stage.rows()).map((row) => row.start)).to.deep.equal([at('2027-06-02T14:00:00Z')]);
    expect((await openConflicts()).length).to.equal(0);
  });

  it('merges an edit of the place there with an edit of the title here', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    work.owner.edit(linkIn(await stage.event(id), work).remoteId!, { location: 'Back yard' });
    await stage.change(id, (event) => ({ ...event, fields: { ...event.fields, title: 'Pump' } }));
    await stage.settle(work);
    const both: Partial<EventFields> = { title: 'Pump', location: 'Back yard' };
    expect((await stage.event(id)).fields).to.deep.include(both);
    expect(work.owner.events()[0]!.fields).to.deep.include(both);
    expect((await openConflicts()).length).to.equal(0);
  });

  it('lets the policy decide where both changed the same, and keeps both values on record', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    work.owner.edit(linkIn(await stage.event(id), work).remoteId!, { title: 'Theirs' });
    await stage.change(id, (event) => ({ ...event, fields: { ...event.fields, title: 'Ours' } }));
    await stage.settle(work);
    expect((await stage.event(id)).fields.title).to.equal('Ours');
    expect(work.owner.events()[0]!.fields.title).to.equal('Ours');
    const { data } = await stage.store.conflicts.list(tenant, { state: null, eventId: id, limit: 5, after: null });
    expect(data).to.have.length(1);
    expect(data[0]).to.deep.include({
      state: 'resolved',
      choice: 'ours',
      unit: 'what',
      ours: '"Ours"',
      theirs: '"Theirs"',
    });
    expect(data[0]!.sentence).to.include('"Ours"').and.include('"Theirs"');
  });

  it('holds a unit that a person must decide, and goes on with the others', async () => {
    const policy = (await import('../kit/builders.ts')).defaultPolicy;
    const ask = { ...policy, authority: { ...policy.authority, when: 'ask' as const } };
    const work = await stage.attach('work', { policy: ask });
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    work.owner.edit(linkIn(await stage.event(id), work).remoteId!, two);
    await stage.change(id, (e) => ({
      ...e,
      fields: { ...e.fields, start: zoned('2027-06-03T09:00'), end: zoned('2027-06-03T10:00') },
    }));
    await stage.settle(work);
    await stage.change(id, (e) => ({ ...e, fields: { ...e.fields, title: 'New title' } }));
    await stage.settle(work);
    expect((await stage.event(id)).fields.start).to.deep.equal(zoned('2027-06-03T09:00'));
    expect(work.owner.events()[0]!.fields).to.deep.include({ ...two, title: 'New title' });
    expect((await openConflicts()).map((c) => [c.kind, c.unit])).to.deep.equal([['edit', 'when']]);
  });

  it('frees the time of a deleted event of the calendar', async () => {
    const work = await stage.attach('work');
    const id = work.owner.create(someFields(nine));
    await stage.visit(work);
    work.owner.remove(id);
    expect(await stage.visit(work)).to.deep.include(done({ pulled: 1, removed: 1 }));
    expect(await stage.events()).to.deep.equal([]);
    expect(await stage.rows()).to.deep.equal([]);
  });

  it('keeps a booking blocked when its copy is deleted, until somebody answers', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    const { remoteId } = linkIn(await stage.event(id), work);
    work.owner.remove(remoteId!);
    await stage.settle(work);
    expect((await stage.rows()).length).to.equal(1);
    expect((await openConflicts()).map((c) => c.kind)).to.deep.equal(['removed']);
    expect(work.owner.events()).to.deep.equal([]);
    work.owner.undelete(remoteId!);
    await stage.settle(work);
    expect(linkIn(await stage.event(id), work).state).to.equal('live');
    expect(await openConflicts()).to.deep.equal([]);
  });

  it('restores or cancels a deleted booking where the policy says so', async () => {
    const policy = (await import('../kit/builders.ts')).defaultPolicy;
    const back = await stage.attach('back', { policy: { ...policy, removedThere: 'restore' } });
    const { id } = await stage.book('one', nine);
    await stage.settle(back);
    back.owner.remove(back.owner.events()[0]!.remoteId);
    await stage.settle(back);
    expect(back.owner.events()).to.have.length(1);
    expect((await stage.event(id)).deletedAt).to.equal(null);

    const off = await stage.attach('off', { policy: { ...policy, removedThere: 'cancel' } });
    await stage.change(id, (event) => event);
    await stage.settle(back, off);
    off.owner.remove(off.owner.events()[0]!.remoteId);
    await stage.settle(off, back);
    expect((await stage.event(id)).booking!.status).to.equal('cancelled');
    expect(back.owner.events()).to.deep.equal([]);
    expect(await stage.rows()).to.deep.equal([]);
  });

  it('opens a conflict when an event of the calendar overlaps a booking, and blocks both', async () => {
    const work = await stage.attach('work');
    const booking = await stage.book('one', nine);
    await stage.settle(work);
    work.owner.create(someFields({ ...nine, title: 'Secret' }));
    await stage.settle(work);
    const [conflict] = await openConflicts();
    expect(conflict).to.deep.include({ kind: 'overlap', calendarId: work.id, alternatives: [] });
    expect(conflict!.sentence).to.not.include('Secret');
    expect((await stage.rows()).map((row) => row.kind).sort()).to.deep.equal(['booking', 'calendar']);
    expect(booking.deletedAt).to.equal(null);
  });

  it('removes the copies of a cancelled booking', async () => {
    const work = await stage.attach('work');
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    await stage.change(id, (event) => ({ ...event, deletedAt: stage.clock.now() }));
    await stage.settle(work);
    expect(work.owner.events()).to.deep.equal([]);
    expect(await stage.visit(work)).to.deep.include(done());
  });

  it('costs one provider call and four store calls when there is nothing to do', async () => {
    const calls: string[] = [];
    const counting = <T extends object>(inner: T, name: string): T =>
      new Proxy(inner, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value === 'object' && value !== null) return counting(value, `${name}${String(key)}.`);
          if (typeof value !== 'function' || key === 'now') return value;
          return (...args: unknown[]) => {
            calls.push(`${name}${String(key)}`);
            return value.apply(target, args);
          };
        },
      });
    const counted = await aStage({ wrap: (store) => counting(store, '') });
    const work = await counted.attach('work');
    for (let i = 0; i < 30; i += 1) work.owner.create(someFields({ ...nine, title: `event ${i}` }));
    await counted.visit(work);
    calls.length = 0;
    const before = { ...work.server.calls };
    expect(await counted.visit(work)).to.deep.include(done());
    expect(calls).to.deep.equal(['calendars.claim', 'connections.get', 'events.owing', 'calendars.release']);
    expect(work.server.calls).to.deep.equal({ ...before, pull: before.pull + 1 });
  });
});
