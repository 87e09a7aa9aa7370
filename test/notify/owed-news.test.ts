/** At least once: a process that dies at any call to the store tells of a resolved conflict and a stopped account all the same. */
import { expect } from 'chai';
import { close } from '../../src/api/resolve.ts';
import { Fault } from '../../src/domain/fault.ts';
import { newId } from '../../src/domain/ids.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { webhookEvents } from '../../src/domain/webhook.ts';
import { tellOwedNews } from '../../src/notify/owed-news.ts';
import { telling } from '../../src/notify/webhooks-fan-out.ts';
import type { Store } from '../../src/store/store.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { defaultPolicy, someFields, zoned } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant, visitDeps } from '../kit/stage.ts';

const hour = (n: number) => ({ start: zoned(`2027-06-01T${n}:00`), end: zoned(`2027-06-01T${n + 1}:00`) });

interface Happening {
  readonly name: string;
  readonly kind: 'conflict.resolved' | 'connection.needs_consent';
  readonly policy: typeof defaultPolicy;
  bring(stage: Stage, work: Attached): Promise<void>;
  /** What may die at any call to the store. */
  run(stage: Stage, work: Attached, store: Store): Promise<unknown>;
  /** Whether it came about. */
  isSo(stage: Stage): Promise<boolean>;
}

const visit = (stage: Stage, work: Attached, store: Store) =>
  makeVisitor({ ...visitDeps(store, stage.clock, stage.connector) }).visit(work.id);
const conflicts = async (stage: Stage) =>
  (await stage.store.conflicts.list(tenant, { state: null, eventId: null, limit: 9, after: null })).data;
const isResolved = async (stage: Stage) => (await conflicts(stage)).some((c) => c.state === 'resolved');
const overlap = async (stage: Stage, work: Attached) => {
  await stage.book('one', hour(10));
  await stage.settle(work);
  work.owner.create(someFields({ ...hour(10), title: 'Dentist' }));
};
const deletedCopy = async (stage: Stage, work: Attached) => {
  const { id } = await stage.book('one', hour(10));
  await stage.settle(work);
  work.owner.remove(linkIn(await stage.event(id), work).remoteId!);
};

const happenings: readonly Happening[] = [
  {
    ...{ name: 'somebody chose', kind: 'conflict.resolved', policy: defaultPolicy, isSo: isResolved },
    async bring(stage, work) {
      await overlap(stage, work);
      await stage.settle(work);
    },
    async run(stage, _work, store) {
      const [conflict] = await conflicts(stage);
      return close({ store, clock: stage.clock, log: silentLog }, conflict!, 'both');
    },
  },
  {
    ...{ name: 'the rules decided at once', kind: 'conflict.resolved', isSo: isResolved },
    policy: { ...defaultPolicy, removedThere: 'restore' },
    ...{ bring: deletedCopy, run: visit },
  },
  {
    ...{ name: 'an overlap was allowed', kind: 'conflict.resolved', isSo: isResolved },
    policy: { ...defaultPolicy, overlap: 'allow' },
    ...{ bring: overlap, run: visit },
  },
  {
    ...{ name: 'the account stopped', kind: 'connection.needs_consent', policy: defaultPolicy, run: visit },
    async bring(stage) {
      stage.world.down = () => new Fault('consent', 'the password was changed');
    },
    async isSo(stage) {
      const [connection] = (await stage.store.connections.list(tenant, { limit: 1, after: null })).data;
      return connection!.state === 'needs_consent';
    },
  },
];

/** Returns whether the process died. */
async function cut(h: Happening, n: number, when: 'before' | 'after'): Promise<boolean> {
  const stage = await aStage();
  const work = await stage.attach('work', { policy: h.policy });
  const now = stage.store.now();
  const id = newId('webhook');
  await stage.store.webhooks.insert({
    ...{ id, tenantId: tenant, version: 1, url: 'https://crm.example.com/', events: webhookEvents, state: 'on' },
    ...{ secret: '', oldSecret: null, quietUntil: null, createdAt: now, updatedAt: now },
  });
  await h.bring(stage, work);
  const crash = failAt(stage.store, n, when);
  const dying = telling(crash.store, () => {});
  await h.run(stage, work, dying).catch(() => {});
  const place = `cut ${when} call ${n}`;
  const isSoByThen = await h.isSo(stage);
  stage.clock.advance(11 * 60_000);
  const store = telling(stage.store, () => {});
  await tellOwedNews({ store, clock: stage.clock, log: silentLog });
  const query = { limit: 50, after: null, state: null };
  const told = async () => (await store.deliveries.list(id, query)).data.filter((one) => one.event === h.kind);
  expect((await told()).length, place).to.equal(isSoByThen ? 1 : 0);
  expect(await tellOwedNews({ store, clock: stage.clock, log: silentLog }), place).to.equal(0);
  // Whoever died before it was so comes to it the next time.
  if (!isSoByThen) await h.run(stage, work, store);
  expect((await told()).length, place).to.equal((await h.isSo(stage)) ? 1 : 0);
  if (!crash.hasCrashed()) expect(isSoByThen).to.equal(true);
  return crash.hasCrashed();
}

describe('what became of a conflict or an account is told though the process dies', () => {
  for (const h of happenings) {
    for (const when of ['before', 'after'] as const) {
      it(`${h.name}, ${when} any of its calls`, async () => {
        let n = 1;
        while (await cut(h, n, when)) n += 1;
        expect(n).to.be.above(2);
      });
    }
  }
});
