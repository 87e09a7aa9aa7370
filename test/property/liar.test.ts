/** A provider that lies: one stamp for two contents, listings that end early, ids that change. Nothing may be lost over it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { store } from '../../connectors/memory/world.ts';
import { asRemoteId, claimOfEvent } from '../../src/domain/ids.ts';
import { spanOf } from '../../src/domain/series.ts';
import { dayMs, utcZone } from '../../src/domain/time.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { suiteSeed } from '../kit/fuzz.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, tenant } from '../kit/stage.ts';

const hour = (n: number) => {
  const [day, from] = [1 + Math.floor(n / 8), 8 + (n % 8)];
  const wall = (minute: string) =>
    zoned(`2027-06-${String(day).padStart(2, '0')}T${String(from).padStart(2, '0')}:${minute}`);
  return { start: wall('00'), end: wall('45') };
};
const feeds = fc.constantFrom('delta' as const, 'listing' as const);
const alarmed = async (stage: Stage, work: Attached): Promise<boolean> =>
  (await stage.store.calendars.get(tenant, work.id))!.health.alarm !== null;
const conflicts = async (stage: Stage) =>
  (await stage.store.conflicts.list(tenant, { state: null, eventId: null, limit: 100, after: null })).data;

/** Every event that the calendar shows blocks its time. */
async function isCovered(stage: Stage, work: Attached): Promise<void> {
  const rows = await stage.rows();
  for (const { fields, remoteId } of work.owner.events()) {
    const { start, end } = spanOf(fields, utcZone);
    const over = rows.some((row) => row.start <= start && row.end >= end);
    expect(over, `the time of ${remoteId} is blocked`).to.equal(true);
  }
}

describe('a provider whose stamp stays the same for other content', function () {
  this.timeout(600_000);
  it('loses no edit: it comes in with the feed that shows it, and is not written over', async () => {
    const edit = fc.record({
      pick: fc.nat({ max: 3 }),
      unit: fc.constantFrom('title', 'location', 'when'),
      frozen: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        const stage = await aStage();
        const work = await stage.attach('work');
        const ids = [0, 1, 2, 3].map((n) => work.owner.create(someFields({ ...hour(n), title: `e${n}` })));
        await stage.visit(work);
        for (const [i, { pick, unit, frozen }] of edits.entries()) {
          work.server.knobs.frozenStamps = frozen ? 1 : 0;
          work.owner.edit(ids[pick]!, unit === 'when' ? hour(8 + i) : { [unit]: `x${i}` });
          await stage.visit(work);
        }
        const known = new Map((await stage.events()).map((event) => [event.links[0]!.remoteId, event]));
        for (const { remoteId, fields } of work.owner.events())
          expect(known.get(remoteId)?.fields).to.deep.equal(fields);
        await isCovered(stage, work);
      }),
      { numRuns: 60, seed: suiteSeed },
    );
  });

  it('has no hidden edit of a booking written over unseen: it comes in with the answer to our own write', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const { id } = await stage.book('one', hour(0));
    await stage.settle(work);
    work.server.knobs.frozenStamps = 1;
    // The feed is late as well, so that our write is the first to meet the edit.
    work.server.knobs.feedLag = 1;
    work.owner.edit(work.owner.events()[0]!.remoteId, hour(5));
    await stage.change(id, (event) => ({ ...event, fields: { ...event.fields, location: 'back door' } }));
    await stage.visit(work);
    work.server.knobs.feedLag = 0;
    await stage.settle(work);
    const event = await stage.event(id);
    expect(event.fields).to.deep.include({ ...hour(5), location: 'back door' });
    expect(work.owner.events()[0]!.fields).to.deep.include({ ...hour(5), location: 'back door' });
    await isCovered(stage, work);
  });
});

describe('a provider whose listing ends early', function () {
  this.timeout(600_000);
  it('frees no time, whatever was in the half that it did not show', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 50 }), feeds, fc.nat({ max: 3 }), async (count, feed, more) => {
        const stage = await aStage({ capabilities: { feed } });
        const work = await stage.attach('work');
        for (let n = 0; n < count; n += 1) work.owner.create(someFields({ ...hour(n), title: `e${n}` }));
        await stage.visit(work);
        for (let n = 0; n < more; n += 1) work.owner.create(someFields({ ...hour(50 + n), title: `new ${n}` }));
        work.server.era += 1;
        work.server.knobs.shortListings = 1;
        await stage.visit(work);
        expect((await stage.events()).length).to.be.at.least(count);
        // The next look heals: an alarm keeps the place, a listing that was caught lying leaves none. One that hid only
        // what nobody knew of is not caught, and waits for the next listing.
        await stage.visit(work);
        if ((await stage.events()).length < count + more) stage.clock.advance(15 * dayMs);
        await stage.visit(work);
        expect((await stage.events()).length).to.equal(count + more);
        expect(await alarmed(stage, work)).to.equal(false);
        await isCovered(stage, work);
      }),
      { numRuns: 50, seed: suiteSeed },
    );
  });
});

describe('a provider that gives its events other ids', function () {
  this.timeout(600_000);
  it('loses no time and no text: the events are known under their new ids, or an alarm says why not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), feeds, async (count, feed) => {
        const stage = await aStage({ capabilities: { feed } });
        const work = await stage.attach('work');
        for (let n = 0; n < count; n += 1) work.owner.create(someFields({ ...hour(n), title: `e${n}` }));
        await stage.visit(work);
        renumber(work);
        await stage.visit(work);
        await isCovered(stage, work);
        const titles = new Set((await stage.events()).map((event) => event.fields.title));
        for (let n = 0; n < count; n += 1) expect(titles.has(`e${n}`)).to.equal(true);
        expect((await stage.events()).length).to.equal(count * ((await alarmed(stage, work)) ? 2 : 1));
      }),
      { numRuns: 40, seed: suiteSeed },
    );
  });

  it('cancels no booking: a person is asked, and its time stays blocked', async () => {
    for (const feed of ['delta', 'listing'] as const) {
      const stage = await aStage({ capabilities: { feed } });
      const work = await stage.attach('work');
      const booking = await stage.book('one', hour(0));
      await stage.settle(work);
      renumber(work);
      await stage.settle(work);
      const event = await stage.event(booking.id);
      expect(event.deletedAt).to.equal(null);
      expect((await conflicts(stage)).map((conflict) => [conflict.kind, conflict.eventId])).to.deep.include([
        'removed',
        booking.id,
      ]);
      expect((await stage.rows()).some((row) => row.claim === claimOfEvent(booking.id))).to.equal(true);
    }
  });
});

/** The same events under other ids; the old ids are gone. */
function renumber({ server, owner }: Attached): void {
  for (const item of owner.events()) {
    store(server, { ...item, isGone: true });
    store(server, { ...item, remoteId: asRemoteId(`${item.remoteId}-new`), isGone: false });
  }
  server.era += 1;
}
