/** Cuts the carrying out of a choice at every call to the store: the sweep or the caller's second try ends it as if nothing had happened. */
import { expect } from 'chai';
import type { ResolveParts } from '../../src/api/resolve.ts';
import { resolveConflict, reviewConflicts } from '../../src/api/resolve.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Conflict, Decision } from '../../src/domain/policy.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { makeAlternatives, makeDesk } from '../../src/scheduling/book.ts';
import type { Store } from '../../src/store/store.ts';
import { makeDisputes } from '../../src/sync/disputes.ts';
import { linksFor } from '../../src/sync/links.ts';
import { at, defaultPolicy, someFields, zoned } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant, visitDeps } from '../kit/stage.ts';

const hour = (n: number) => ({ start: zoned(`2027-06-01T${n}:00`), end: zoned(`2027-06-01T${n + 1}:00`) });
const policy = {
  ...defaultPolicy,
  authority: { ...defaultPolicy.authority, when: 'ask' as const },
  removeVersusEdit: 'ask' as const,
};

interface Scene {
  readonly stage: Stage;
  readonly work: Attached;
  readonly other: Attached;
}

const cases: readonly { readonly name: string; readonly wish: Decision; bring(scene: Scene): Promise<void> }[] = (
  ['ours', 'theirs'] as const
).flatMap((choice) => {
  const wish: Decision = { choice, start: null, resourceIds: null };
  return [
    {
      name: `an edit, ${choice}`,
      wish,
      async bring({ stage, work, other }: Scene) {
        const { id } = await stage.book('one', hour(10));
        await stage.settle(work, other);
        work.owner.edit(linkIn(await stage.event(id), work).remoteId!, hour(14));
        await stage.change(id, (e) => ({ ...e, fields: { ...e.fields, ...hour(12) } }));
      },
    },
    {
      name: `a deleted copy of a booking, ${choice}`,
      wish,
      async bring({ stage, work, other }: Scene) {
        const { id } = await stage.book('one', hour(10));
        await stage.settle(work, other);
        work.owner.remove(linkIn(await stage.event(id), work).remoteId!);
      },
    },
    {
      name: `a deletion against an edit, ${choice}`,
      wish,
      async bring({ stage, work, other }: Scene) {
        const id = work.owner.create(someFields(hour(10)));
        await stage.settle(work, other);
        work.owner.remove(id);
        other.owner.edit(other.owner.events()[0]!.remoteId, hour(14));
        await stage.visit(other);
      },
    },
  ];
});
const overlap = async ({ stage, work, other }: Scene) => {
  await stage.book('one', hour(10));
  await stage.settle(work, other);
  work.owner.create(someFields({ ...hour(10), title: 'Dentist' }));
};
const start = at('2027-06-01T16:00:00Z');
const overlaps = [
  { name: 'an overlap, moved', wish: { choice: 'move', start, resourceIds: null }, bring: overlap },
  { name: 'an overlap, cancelled', wish: { choice: 'theirs', start: null, resourceIds: null }, bring: overlap },
  { name: 'an overlap, both', wish: { choice: 'both', start: null, resourceIds: null }, bring: overlap },
] as const;

function partsOn(store: Store, { clock, connector }: Stage): ResolveParts {
  const settings = { holdMs: 120_000, windowPastMs: 30 * 86_400_000, windowAheadMs: 60 * 86_400_000 };
  const describe = () => ({ title: 'Boiler service', description: '', location: '' });
  return {
    ...{ store, clock, log: silentLog, alternativesFor: makeAlternatives({ store, settings }) },
    desk: makeDesk({ store, clock, log: silentLog, settings, nudge: { nudge: () => {} }, linksFor, describe }),
    disputes: makeDisputes(visitDeps(store, clock, connector)),
  };
}

async function openOf(store: Store): Promise<Conflict> {
  const { data } = await store.conflicts.list(tenant, { state: 'open', eventId: null, limit: 10, after: null });
  expect(data.length).to.equal(1);
  return data[0]!;
}

/** What everybody sees in the end. */
async function endOf({ stage, work, other }: Scene, id: Conflict['id']) {
  const conflict = await stage.store.conflicts.get(tenant, id);
  return {
    copies: [work, other].map(({ owner }) =>
      owner
        .events()
        .map(({ fields }) => `${fields.title} ${JSON.stringify(fields.start)}`)
        .sort(),
    ),
    events: (await stage.events()).map((e) => `${JSON.stringify(e.fields.start)} ${e.booking?.status}`).sort(),
    rows: (await stage.rows()).map((r) => `${r.kind} ${r.start} ${r.end} ${r.firm}`).sort(),
    conflict: [conflict!.state, conflict!.choice, conflict!.decision],
  };
}

async function played(one: (typeof cases)[number], n: number, when: 'before' | 'after', isRetried: boolean) {
  const stage = await aStage();
  const scene = {
    stage,
    work: await stage.attach('work', { policy }),
    other: await stage.attach('other', { policy, mirror: 'full' }),
  };
  await one.bring(scene);
  await stage.settle(scene.work, scene.other);
  const { id } = await openOf(stage.store);
  const crash = failAt(stage.store, n, when);
  await resolveConflict(partsOn(crash.store, stage), tenant, id, one.wish, null).catch((error: unknown) => {
    if (!crash.hasCrashed()) throw error;
  });
  const healthy = partsOn(stage.store, stage);
  stage.clock.advance(130_000);
  if (!isRetried) await reviewConflicts(healthy);
  const left = await stage.store.conflicts.get(tenant, id);
  expect(left!.decision === null || isRetried, 'no decision is left half-done by the sweep').to.equal(true);
  await resolveConflict(healthy, tenant, id, one.wish, null);
  await stage.settle(scene.work, scene.other);
  await healthy.desk.settleSheets(100);
  return { end: await endOf(scene, id), hasCrashed: crash.hasCrashed() };
}

describe('a process that dies while it carries out a choice leaves nothing half-done', () => {
  for (const one of [...cases, ...overlaps]) {
    it(one.name, async () => {
      const { end } = await played(one, 0, 'before', true);
      expect(end.conflict).to.deep.equal(['resolved', one.wish.choice, null]);
      for (const when of ['before', 'after'] as const) {
        for (const isRetried of [true, false]) {
          let n = 1;
          for (; ; n += 1) {
            const cut = await played(one, n, when, isRetried);
            expect(cut.end, `cut ${when} call ${n}, ${isRetried ? 'tried again' : 'swept'}`).to.deep.equal(end);
            if (!cut.hasCrashed) break;
          }
          expect(n).to.be.above(4);
        }
      }
    });
  }
});

describe('a process that dies between opening a conflict and telling it', () => {
  it('leaves it to the sweep, which tells it once', async () => {
    const stage = await aStage();
    const work = await stage.attach('work', { policy });
    const scene = { stage, work, other: await stage.attach('other', { policy, mirror: 'full' }) };
    await overlap(scene);
    await stage.settle(work, scene.other);
    const told = await openOf(stage.store);
    const untold = { ...told, id: newId('conflict') };
    await stage.store.conflicts.open([untold]);
    stage.clock.advance(60_000);
    for (let n = 0; n < 2; n += 1) await reviewConflicts(partsOn(stage.store, stage));
    const lines = await stage.store.journal.ofEvent(tenant, told.eventId, 100);
    const opened = lines.filter((line) => line.kind === 'conflict.opened').map((line) => line.details?.conflictId);
    expect(opened.sort()).to.deep.equal([told.id, untold.id].sort());
  });
});
