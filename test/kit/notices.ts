/** A tenant that tells people, a clock that is set, and a mail system that remembers: for tests of notices. */
import { expect } from 'chai';
import { makeMetrics } from '../../src/api/metrics.ts';
import type { Event } from '../../src/domain/event.ts';
import type { Notice, NoticeSettings } from '../../src/domain/notice.ts';
import { noNotices } from '../../src/domain/notice.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import { sweepNotices, type Transport } from '../../src/notify/notices.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { aBookingRecord } from './booking-record.ts';
import { anEvent, aResource, at, someFields, zoned } from './builders.ts';
import { failAt } from './fail-at.ts';

export const first = at('2027-06-01T09:00:00Z');

/** A tenant that tells its customers, one booking of 3 June, and a mail system that remembers what it accepted. */
export async function aTellingTenant(over: Partial<NoticeSettings> = {}, hasTransport = true) {
  let now: Instant = first;
  const clock = { now: () => now, sleep: async () => {}, monotonic: () => now };
  const store = memoryStore({ clock });
  const metrics = makeMetrics(store, clock);
  const worker = aResource({ email: 'sam@example.com' });
  const event: Event = anEvent({
    ...{ resources: [worker.id], booking: aBookingRecord(), createdAt: first, updatedAt: first },
    fields: someFields({ start: zoned('2027-06-03T10:00'), end: zoned('2027-06-03T11:00') }),
  });
  await store.resources.insert(worker);
  await store.events.insert(event);
  await store.notices.saveSettings(event.tenantId, { ...noNotices, version: 1, customers: true, ...over });
  const accepted: { id: string; address: string; subject: string; text: string; at: Instant }[] = [];
  let trouble: 'none' | 'before' | 'after' | 'refused' | 'busy' = 'none';
  const transport: Transport = {
    async send(id, address, { subject, text }) {
      const mode = trouble;
      trouble = 'none';
      if (mode === 'before') throw new Error('died before it was accepted');
      if (mode === 'refused' || mode === 'busy') return { kind: mode === 'busy' ? 'failed' : 'refused', why: mode };
      accepted.push({ id, address, subject, text, at: now });
      if (mode === 'after') throw new Error('died after it was accepted');
      return { kind: 'sent' };
    },
  };
  const current = async () => (await store.events.get(event.tenantId, event.id))!;
  const save = async (change: (e: Event) => Partial<Event>) => {
    const e = await current();
    const next = { ...e, ...change(e), rev: e.rev + 1, version: e.version + 1, updatedAt: now };
    expect(await store.events.save(next)).to.equal(true);
  };
  return {
    ...{ store, clock, accepted, event, current },
    pass: (ms: number) => {
      now = (now + ms) as Instant;
    },
    fail: (mode: typeof trouble) => {
      trouble = mode;
    },
    sweep: (over: Store = store) =>
      sweepNotices({
        ...{ store: over, clock, log: silentLog, transport: hasTransport ? transport : null },
        onOutcome: (outcome) => metrics.countNotice(outcome),
      }),
    /** How many messages had this outcome, as the gateway would show it. */
    async counted(outcome: string) {
      const { text } = await metrics.render();
      const line = text.split('\n').find((l) => l.startsWith(`interlock_notices_total{outcome="${outcome}"}`));
      return Number(line?.split(' ')[1] ?? 0);
    },
    /** A sweep of a process that dies at its n-th call to the store; how many messages were accepted in it, and whether it died. */
    async dyingSweep(n: number, when: 'before' | 'after') {
      const crash = failAt(store, n, when);
      const before = accepted.length;
      await sweepNotices({ store: crash.store, clock, log: silentLog, transport }).catch(() => {});
      return { accepted: accepted.length - before, hasDied: crash.hasCrashed(), calls: crash.calls() };
    },
    async set(change: Partial<NoticeSettings>) {
      const known = await store.notices.settings(event.tenantId);
      await store.notices.saveSettings(event.tenantId, { ...known, ...change, version: known.version + 1 });
    },
    async readdress(email: string) {
      const known = (await store.resources.get(worker.tenantId, worker.id))!;
      await store.resources.save({ ...known, version: known.version + 1, email });
    },
    move: (day: number, h: number) =>
      save((e) => ({
        fields: { ...e.fields, start: zoned(`2027-06-0${day}T${h}:00`), end: zoned(`2027-06-0${day}T${h + 1}:00`) },
      })),
    cancel: () => save((e) => ({ booking: { ...e.booking!, status: 'cancelled' }, deletedAt: now })),
    notices: (): Promise<readonly Notice[]> => store.notices.ofEvents(event.tenantId, [event.id]),
    subjects: () => accepted.map(({ subject }) => subject.split(':')[0]),
  };
}
export type TellingTenant = Awaited<ReturnType<typeof aTellingTenant>>;
/** Sweeps with time enough between them for claims to end. */
export const rounds = async (scene: TellingTenant, n = 4) => {
  for (let i = 0; i < n; i += 1) {
    await scene.sweep();
    scene.pass(130_000);
  }
};
