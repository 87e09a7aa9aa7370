/** Rows of many events at once: no more day sheets are held together than a portion has, and each is written once. */
import { expect } from 'chai';
import type { Instant } from '../../src/domain/time.ts';
import { dayMs, utcZone } from '../../src/domain/time.ts';
import { zonedTime } from '../../src/domain/zone.ts';
import type { Store } from '../../src/store/store.ts';
import { at, someFields } from '../kit/builders.ts';
import { aStage } from '../kit/stage.ts';

const first = at('2027-06-01T09:00:00Z');
const hour = 3_600_000;

/** The day sheets of each write of rows. */
function watching(seen: string[][]): (store: Store) => Store {
  return (store) => ({
    ...store,
    sheets: {
      ...store.sheets,
      putMany: (tenantId, puts) => {
        seen.push([...new Set(puts.map((put) => put.day))]);
        return store.sheets.putMany(tenantId, puts);
      },
    },
  });
}

describe('the rows of a page of events that touches every day of a month and more', () => {
  it('are written by portions of at most 32 day sheets, each sheet once, and all of them stand', async () => {
    const seen: string[][] = [];
    const stage = await aStage({ wrap: watching(seen) });
    const work = await stage.attach('work');
    const [days, events] = [36, 44];
    const timeAt = (ms: number) => zonedTime((first + ms) as Instant, utcZone);
    for (let n = 0; n < events; n += 1) {
      const from = (n % days) * dayMs + Math.floor(n / days) * hour;
      work.owner.create(someFields({ start: timeAt(from), end: timeAt(from + hour / 2) }));
    }
    await stage.visit(work);
    expect(seen.length).to.be.greaterThan(1);
    expect(Math.max(...seen.map((sheets) => sheets.length))).to.be.at.most(32);
    expect(seen.flat().length).to.equal(new Set(seen.flat()).size);
    expect((await stage.rows({ start: first, end: at('2027-09-15T00:00:00Z') })).length).to.equal(events);
  });
});
