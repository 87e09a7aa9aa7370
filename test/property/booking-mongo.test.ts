/** The race for time over the real store: 32 callers at two desks, thousands of attempts, no overlap. LONG_RACE=3000: so many. */
import { expect } from 'chai';
import { systemClock } from '../../src/clock.ts';
import type { TenantId } from '../../src/domain/ids.ts';
import { defaultTenantId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { dayMs } from '../../src/domain/time.ts';
import { makeDesk } from '../../src/scheduling/book.ts';
import type { BookingDesk } from '../../src/scheduling/desk.ts';
import { connectMongo } from '../../src/store/mongo/connect.ts';
import type { Store } from '../../src/store/store.ts';
import { linksFor } from '../../src/sync/links.ts';
import { aRequest, granted, holdMs, span, technician, wording } from '../kit/desk.ts';
import { random } from '../kit/jitter.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';
import type { TestDatabase } from '../kit/mongo.ts';
import { withMongo } from '../kit/mongo.ts';

const tenant: TenantId = defaultTenantId;
const attempts = Number(process.env.LONG_RACE ?? 400);
const callers = 32;
const window = span('2027-05-31T00:00:00Z', '2027-06-05T00:00:00Z');
const staff = [technician('sam'), technician('tim'), technician('lift', { kind: 'equipment', quantity: 3 })];

describe('Hundreds of attempts by 32 callers over MongoDB', function () {
  this.timeout(600_000);
  let database: TestDatabase;
  const stores: Store[] = [];
  before(async () => {
    database = await withMongo();
  });
  after(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database.stop();
  });

  async function open(): Promise<BookingDesk> {
    const store = await connectMongo({ uri: database.uri, log: silentLog, clock: systemClock });
    stores.push(store);
    return makeDesk({
      ...{ store, clock: systemClock, log: silentLog, nudge: { nudge: () => {} }, linksFor, describe: wording },
      settings: { holdMs, windowPastMs: 30 * dayMs, windowAheadMs: 4000 * dayMs, searchMs: dayMs / 4 },
    });
  }

  it('end with every granted booking in its place and nothing taken twice', async () => {
    const desks = [await open(), await open()];
    for (const resource of staff) await stores[0]!.resources.insert(resource);
    const next = random(1);
    let left = attempts;
    const counts: Record<string, number> = {};
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        while (left > 0) {
          left -= 1;
          const kind = await attempt(desks[caller % 2]!, next);
          counts[kind] = (counts[kind] ?? 0) + 1;
        }
      }),
    );
    const store = stores[0]!;
    const events = (await store.events.inSpan(tenant, null, window, 5000)).filter((e) => e.booking !== null);
    expect(await ledgerOf(store, staff, events, window)).to.deep.equal(clean);
    expect(await desks[0]!.settleSheets(100)).to.equal(0);
    expect(events.length).to.be.greaterThan(attempts / 20);
    expect(counts['slot-taken']).to.be.greaterThan(attempts / 20);
    const conflicts = await store.conflicts.list(tenant, { limit: 9, after: null, state: null, eventId: null });
    expect(conflicts.data).to.deep.equal([]);
  }).timeout(Math.max(600_000, attempts * 100));
});

/** One or two resources for a quarter of an hour to two hours, somewhere in four days; one in eight is cancelled again. */
async function attempt(desk: BookingDesk, next: () => number): Promise<string> {
  const start = (window.start + Math.floor(next() * 4 * 96) * 900_000) as Instant;
  const time: Span = { start, end: (start + Math.ceil(next() * 8) * 900_000) as Instant };
  const ids = staff.map((r) => r.id).filter(() => next() < 0.5);
  const resourceIds = ids.length === 0 ? [staff[0]!.id] : ids;
  const outcome = await desk.book(tenant, aRequest({ resourceIds, span: time }));
  if (outcome.kind === 'booked' && next() < 0.125) {
    granted(await desk.act(tenant, outcome.event.booking!.id, 'cancel', null));
  }
  return outcome.kind;
}
