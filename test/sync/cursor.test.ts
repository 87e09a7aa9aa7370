/** When the place in a feed is written: not for a window that slid a little. */
import { expect } from 'chai';
import { dayMs } from '../../src/domain/time.ts';
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
});
