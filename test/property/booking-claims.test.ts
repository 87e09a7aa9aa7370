/** Claims at random by 32 callers, with pads and units: no minute of any resource is ever over its capacity. CLAIMS=1000000 for the long run. */
import { expect } from 'chai';
import type { ResourceId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import type { SheetRow } from '../../src/domain/resource.ts';
import { overlaps, utcDaysOf } from '../../src/domain/span.ts';
import { padded, rowShape } from '../../src/domain/takes.ts';
import type { CalendarDay, Instant } from '../../src/domain/time.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { aRow, at } from '../kit/builders.ts';
import { fakeClock } from '../kit/clock.ts';
import { tenant } from '../kit/desk.ts';
import { random } from '../kit/jitter.ts';

const attempts = Number(process.env.CLAIMS ?? 4000);
const callers = 32;
const minuteMs = 60_000;
const base = at('2027-06-01T00:00:00Z');
const days = ['2027-05-31', '2027-06-01', '2027-06-02', '2027-06-03'] as CalendarDay[];
const things: readonly { readonly id: ResourceId; readonly quantity: number }[] = [
  { id: 'res_sam' as ResourceId, quantity: 1 },
  { id: 'res_tim' as ResourceId, quantity: 1 },
  { id: 'res_lifts' as ResourceId, quantity: 4 },
];

describe('Random claims with pads and units', () => {
  it('never fill a resource beyond what there is, minute by minute', async () => {
    const store = memoryStore({ clock: fakeClock(base) });
    const next = random(5);
    const pick = (n: number) => Math.floor(next() * n);
    const won = new Map<string, readonly [ResourceId, readonly CalendarDay[], SheetRow]>();
    let left = attempts;
    let granted = 0;

    const claimOne = async (): Promise<void> => {
      const thing = things[pick(things.length)]!;
      const start = (base + pick(2 * 24 * 60) * minuteMs) as Instant;
      const span = { start, end: (start + (10 + pick(240)) * minuteMs) as Instant };
      const takes = { beforeMs: pick(3) * 20 * minuteMs, afterMs: pick(3) * 20 * minuteMs, units: {} };
      const units = 1 + pick(thing.quantity);
      const row = aRow({ eventId: newId('event'), ...rowShape(span, takes, thing.id), quantity: units });
      const on = utcDaysOf(padded(span, takes));
      for (const [i, day] of on.entries()) {
        const outcome = await store.sheets.claim(tenant, thing.id, day, row, thing.quantity, store.now());
        if (outcome.kind === 'won') continue;
        for (const undo of on.slice(0, i)) await store.sheets.put(tenant, thing.id, undo, row.claim, []);
        return;
      }
      granted += 1;
      won.set(row.claim, [thing.id, on, row]);
    };
    const letGo = async (): Promise<void> => {
      const [claim, entry] = [...won].at(pick(won.size)) ?? [];
      if (claim === undefined || entry === undefined || !won.delete(claim)) return;
      for (const day of entry[1]) await store.sheets.put(tenant, entry[0], day, entry[2].claim, []);
    };
    while (left > 0) {
      await Promise.all(
        Array.from({ length: callers }, async () => {
          for (let i = 0; i < 8 && left > 0; i += 1) {
            left -= 1;
            await (won.size > 20 && next() < 0.45 ? letGo() : claimOne());
          }
        }),
      );
      for (const { id, quantity } of things) {
        const rows = (await store.sheets.load(tenant, [id], days)).flatMap((sheet) => sheet.rows);
        const own = [...new Map(rows.map((row) => [row.claim, row])).values()];
        expect(worst(own, quantity), id).to.be.at.most(quantity);
      }
    }
    expect(granted).to.be.greaterThan(attempts / 20);
  }).timeout(Math.max(60_000, attempts * 5));
});

/** The most in use at the start of any row. Of one unit only work over work or over a pad counts, not pad over pad. */
function worst(rows: readonly SheetRow[], quantity: number): number {
  let most = 0;
  for (const row of rows) {
    const core = row.core ?? row;
    const here =
      quantity === 1
        ? 1 + rows.filter((other) => other !== row && overlaps(other, core)).length
        : rows.filter((r) => r.start <= row.start && row.start < r.end).reduce((sum, r) => sum + r.quantity, 0);
    most = Math.max(most, here);
  }
  return most;
}
