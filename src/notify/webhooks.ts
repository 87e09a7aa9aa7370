/** The sender of outgoing webhooks: one run per webhook at a time over all processes, by lease; hints make it quick, sweeps sure. */
import type { WebhookId } from '../domain/ids.ts';
import { newId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import type { Webhook } from '../domain/webhook.ts';
import { type LaneDeps, type Patient, Run } from './webhooks-lane.ts';
import { mayBeSent } from './webhooks-plan.ts';
import { type Answered, sendOnce } from './webhooks-send.ts';
import { makeSlots } from './webhooks-slots.ts';

export interface Webhooks {
  /** Something new may be due for it. */
  nudge(id: WebhookId): void;
  /** Finds what was lost on the way, or waits since long; by partition of the webhook's id. */
  sweep(partitions: readonly number[]): Promise<void>;
  /** Sends a test message now, whatever else waits. */
  test(webhook: Webhook): Promise<Answered>;
  /** Ends when nothing is under way. For tests. */
  idle(): Promise<void>;
  /** Lets requests under way end, takes no new ones. */
  stop(): Promise<void>;
}

export interface WebhooksDeps extends Omit<LaneDeps, 'slots'> {
  readonly owner: string;
}

const atOnce = { well: 128, ill: 32 };
/** Retries that come sooner are not left to the sweeps. */
const soonMs = 60_000;

export function makeWebhooks(deps: WebhooksDeps): Webhooks {
  const { store, clock, log, owner, leaseMs } = deps;
  const slots = { well: makeSlots(atOnce.well), ill: makeSlots(atOnce.ill) };
  const stop = new AbortController();
  const patients = new Map<WebhookId, Patient>();
  const running = new Map<WebhookId, { readonly ended: Promise<void>; run: Run | null; again: boolean }>();
  const alarms = new Map<WebhookId, Instant>();

  function nudge(id: WebhookId): void {
    if (stop.signal.aborted) return;
    const known = running.get(id);
    if (known !== undefined) {
      known.again = true;
      known.run?.look();
      return;
    }
    const entry: { ended: Promise<void>; run: Run | null; again: boolean } = {
      ...{ ended: Promise.resolve(), run: null, again: false },
    };
    running.set(id, entry);
    entry.ended = serve(id, entry)
      .catch((error: unknown) =>
        log.error('webhooks could not be sent; the sweep tries again', {
          ...{ webhookId: id, reason: error instanceof Error ? error.message : String(error) },
        }),
      )
      .finally(() => {
        running.delete(id);
        if (entry.again) nudge(id);
      });
  }

  /** After the lease is given back one more look: who nudged us in vain meanwhile went away. */
  async function serve(id: WebhookId, entry: { run: Run | null; again: boolean }): Promise<void> {
    do {
      entry.again = false;
      const leased = await store.webhooks.claim(id, owner, leaseMs);
      if (leased === 'held') return;
      if (leased === 'missing') return store.deliveries.deleteOf(id);
      const patient = patients.get(id) ?? { failuresInRow: 0 };
      patients.set(id, patient);
      try {
        entry.run = new Run({ ...deps, slots }, leased, patient, stop.signal);
        await entry.run.work();
      } finally {
        entry.run = null;
        await store.webhooks.release(id, leased.fence);
      }
      const { tenantId } = leased.webhook;
      const webhook = await store.webhooks.get(tenantId, id);
      if (webhook === null || !mayBeSent(webhook, clock.now())) break;
      const nextAt = await store.deliveries.nextDue(id);
      if (nextAt !== null && nextAt > clock.now()) alarm(id, nextAt);
      if (nextAt !== null && nextAt <= clock.now()) entry.again = true;
    } while (entry.again && !stop.signal.aborted);
  }

  function alarm(id: WebhookId, at: Instant): void {
    const inMs = at - clock.now();
    const known = alarms.get(id);
    if (inMs > soonMs || (known !== undefined && known <= at && known > clock.now())) return;
    alarms.set(id, at);
    void clock.sleep(inMs, stop.signal).then(() => {
      if (alarms.get(id) === at) alarms.delete(id);
      nudge(id);
    });
  }

  return {
    nudge,
    async sweep(partitions) {
      for (const id of await store.deliveries.owed(partitions, clock.now())) nudge(id);
    },
    test(webhook) {
      const at = formatInstant(clock.now());
      const data = { webhookId: webhook.id, text: 'This is a test.' };
      return sendOnce(deps, webhook, newId('delivery'), JSON.stringify({ type: 'webhook.test', timestamp: at, data }));
    },
    async idle() {
      while (running.size > 0) await Promise.all([...running.values()].map((entry) => entry.ended));
    },
    async stop() {
      stop.abort();
      while (running.size > 0) await Promise.all([...running.values()].map((entry) => entry.ended));
      await deps.poster.close();
    },
  };
}
