/** When the place in a feed is written: not for a window that slid a little. */
import { expect } from 'chai';
import { dayMs } from '../../src/domain/time.ts';
import { someFields, zoned } from '../kit/builders.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, tenant } from '../kit/stage.ts';

const cursorOf = async (stage: Stage, work: Attached) =>
  (await stage.store.calendars.get(tenant, work.id))?.cursor ?? null;

describe('the cursor of a calendar', () => {
  it('is left as it is by a visit with nothing to do, and remembers its window anew after a day', async () => {
    const stage = await aStage({ capabilities: { feed: 'listing' } });
    const work = await stage.attach('work');
    await stage.visit(work);
    const first = await cursorOf(stage, work);
    expect(first).to.not.equal(null);
    stage.clock.advance(dayMs / 24);
    await stage.visit(work);
    expect(await cursorOf(stage, work)).to.deep.equal(first);
    stage.clock.advance(dayMs);
    await stage.visit(work);
    const later = await cursorOf(stage, work);
    expect(later?.value).to.equal(first?.value);
    expect(later?.window.start).to.equal((first?.window.start ?? 0) + (dayMs * 25) / 24);
  });

  it('is given up when its window has moved on, so that what lay behind the window comes in', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    work.owner.create(someFields({ start: zoned('2028-06-28T09:00'), end: zoned('2028-06-28T10:00') }));
    await stage.visit(work);
    expect(await stage.events()).to.deep.equal([]);
    stage.clock.advance(7 * dayMs);
    await stage.visit(work);
    expect(await stage.events()).to.deep.equal([]);
    stage.clock.advance(8 * dayMs);
    await stage.visit(work);
    expect((await stage.events()).length).to.equal(1);
  });
});
