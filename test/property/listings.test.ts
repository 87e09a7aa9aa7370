/** Invariants 13 and 14: what a listing that lacks copies may remove, and what it may not. */
import { expect } from 'chai';
import fc from 'fast-check';
import { visitDefaults } from '../../config/defaults.ts';
import type { EventId, RemoteId } from '../../src/domain/ids.ts';
import type { Instant, Span } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { zonedTime } from '../../src/domain/zone.ts';
import { absence } from '../../src/sync/absence.ts';
import { someFields } from '../kit/builders.ts';
import { suiteSeed } from '../kit/fuzz.ts';
import { aStage, stageStart, tenant } from '../kit/stage.ts';

const hourMs = 3_600_000;
const fieldsAt = (start: number, lengthMs: number) =>
  someFields({
    start: zonedTime(start as Instant, utcZone),
    end: zonedTime((start + lengthMs) as Instant, utcZone),
  });
/** More than this many of so many known copies are a mass. */
const isMass = (gone: number, known: number) => gone > Math.max(20, 0.3 * known) || (gone === known && known >= 5);

describe('invariant 13: no mass delete', function () {
  this.timeout(600_000);
  it('removes what is missing from a listing, and nothing but an alarm comes of a mass', async () => {
    const counts = fc
      .integer({ min: 1, max: 90 })
      .chain((known) => fc.tuple(fc.constant(known), fc.nat({ max: known })));
    await fc.assert(
      fc.asyncProperty(counts, fc.constantFrom('listing', 'delta'), async ([known, gone], feed) => {
        const stage = await aStage({ capabilities: { feed } });
        const work = await stage.attach('work');
        for (let i = 0; i < known; i += 1) work.owner.create(fieldsAt(stageStart + i * hourMs, hourMs));
        await stage.visit(work);
        for (const { remoteId } of work.owner.events().slice(0, gone)) work.owner.remove(remoteId);
        work.server.era += 1;
        const report = await stage.visit(work);
        expect(report.kind).to.equal(isMass(gone, known) ? 'alarm' : 'done');
        expect((await stage.events()).length).to.equal(isMass(gone, known) ? known : known - gone);
        const calendar = await stage.store.calendars.get(tenant, work.id);
        expect(calendar?.health.alarm?.wouldRemove ?? null).to.equal(isMass(gone, known) ? gone : null);
      }),
      { numRuns: 60, seed: suiteSeed },
    );
  });

  it('takes no listing for true that is empty or ends early, however often it is told', async () => {
    const lies = fc.array(fc.constantFrom('emptyListings' as const, 'shortListings' as const), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), lies, async (known, told) => {
        const stage = await aStage({ capabilities: { feed: 'listing' } });
        const work = await stage.attach('work');
        for (let i = 0; i < known; i += 1) work.owner.create(fieldsAt(stageStart + i * hourMs, hourMs));
        await stage.visit(work);
        for (const lie of told) {
          work.server.knobs[lie] = 1;
          await stage.visit(work);
          work.server.knobs[lie] = 0;
          expect((await stage.events()).length).to.equal(known);
        }
        expect((await stage.visit(work)).kind).to.equal('done');
        expect((await stage.events()).map((event) => event.version)).to.deep.equal(Array(known).fill(1));
      }),
      { numRuns: 40, seed: suiteSeed },
    );
  });
});

const window: Span = { start: 1_000_000 as Instant, end: 2_000_000 as Instant };

describe('invariant 14: absence counts only inside the window', function () {
  this.timeout(600_000);
  it('for a copy that lay inside it by both half-open edges', () => {
    const near = fc
      .constantFrom(window.start, window.end)
      .chain((edge) => fc.integer({ min: -3, max: 3 }).map((d) => edge + d));
    fc.assert(
      fc.property(fc.oneof(near, fc.integer({ min: 0, max: 3_000_000 })), fc.nat({ max: 5 }), (start, length) => {
        const row = {
          ...{ eventId: 'evt_1' as EventId, tenantId: tenant, remoteId: 'r' as RemoteId },
          ...{ spanStart: start as Instant, spanEnd: (start + length) as Instant },
        };
        const verdict = absence({
          known: [row],
          present: new Set(),
          window,
          now: 0 as Instant,
          moves: [],
          standing: null,
        });
        const isInside = start < window.end && (length === 0 ? start >= window.start : start + length > window.start);
        expect(verdict).to.deep.equal({ kind: 'missing', rows: isInside ? [row] : [] });
      }),
      { numRuns: 2000, seed: suiteSeed },
    );
  });

  it('so that events at its edges are neither removed nor doubled while it slides over them', async () => {
    const { windowPastMs, windowAheadMs } = visitDefaults;
    const edges = [stageStart - windowPastMs, stageStart + windowAheadMs];
    const place = fc
      .constantFrom(...edges)
      .chain((edge) => fc.integer({ min: -4, max: 4 }).map((q) => edge + (q * hourMs) / 4));
    await fc.assert(
      fc.asyncProperty(fc.array(place, { minLength: 1, maxLength: 6 }), async (starts) => {
        const stage = await aStage({ capabilities: { feed: 'listing' } });
        const work = await stage.attach('work');
        for (const start of starts) work.owner.create(fieldsAt(start, hourMs / 2));
        const seen = new Set<RemoteId | null>();
        for (let step = 0; step < 6; step += 1) {
          await stage.visit(work);
          const ids = (await stage.events()).map((event) => event.links[0]!.remoteId);
          expect(new Set(ids).size).to.equal(ids.length);
          for (const id of ids) seen.add(id);
          expect(ids.length, 'what was seen once stays').to.equal(seen.size);
          stage.clock.advance(hourMs / 4);
        }
      }),
      { numRuns: 60, seed: suiteSeed },
    );
  });
});
