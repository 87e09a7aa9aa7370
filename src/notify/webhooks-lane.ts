/** Works through what one webhook is owed while its lease is held: plans, sends side by side, writes down what came of it. */
import type { Clock, Log } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { Delivery, Webhook } from '../domain/webhook.ts';
import type { Store } from '../store/store.ts';
import type { LeasedWebhook } from '../store/webhooks.ts';
import { buried, illAfter, planOf, verdictOf } from './webhooks-plan.ts';
import { type SendDeps, sendOnce } from './webhooks-send.ts';
import type { Slots } from './webhooks-slots.ts';

export interface LaneDeps extends SendDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly leaseMs: number;
  readonly slots: { readonly well: Slots; readonly ill: Slots };
  /** Called for each attempt, and for what is given up without one. `failed`: it is tried again. */
  readonly onOutcome?: (outcome: DeliveryOutcome) => void;
}
export type DeliveryOutcome = 'delivered' | 'failed' | 'dead';

/** What a process remembers of a receiver between two runs. */
export interface Patient {
  failuresInRow: number;
}

const sideBySide = 8;
const lanesPerLook = 100;
/** How often new work is looked for while answers are awaited: another process cannot wake us. */
const lookAgainMs = 500;

export class Run {
  readonly #deps: LaneDeps;
  readonly #leased: LeasedWebhook;
  readonly #patient: Patient;
  readonly #stop: AbortSignal;
  /** Lanes under way, and the end of each. */
  readonly #underWay = new Map<string, Promise<void>>();
  #wake = new AbortController();
  #renewedAt: number;
  #isLost = false;

  constructor(deps: LaneDeps, leased: LeasedWebhook, patient: Patient, stop: AbortSignal) {
    this.#deps = deps;
    this.#leased = leased;
    this.#patient = patient;
    this.#stop = stop;
    this.#renewedAt = deps.clock.monotonic();
  }

  /** Something new may be there. */
  look(): void {
    this.#wake.abort();
  }

  /** Ends when nothing is due, the lease is lost, or the process stops. */
  async work(): Promise<void> {
    try {
      while (!this.#stop.aborted && !this.#isLost) {
        this.#wake = new AbortController();
        await this.#renew();
        const hasMoved = await this.#step();
        if (this.#underWay.size === 0 && !hasMoved) return;
        if (!hasMoved || this.#underWay.size > 0) await this.#pause();
      }
    } finally {
      await Promise.all(this.#underWay.values());
    }
  }

  async #renew(): Promise<void> {
    const { store, clock, leaseMs } = this.#deps;
    if (clock.monotonic() - this.#renewedAt < leaseMs / 3) return;
    const { webhook, fence } = this.#leased;
    this.#isLost = !(await store.webhooks.renew(webhook.id, fence, leaseMs));
    this.#renewedAt = clock.monotonic();
  }

  /** True when something other than sending was done, so that a second look may show more. */
  async #step(): Promise<boolean> {
    const { store, clock } = this.#deps;
    if (this.#isLost) return false;
    const { id, tenantId } = this.#leased.webhook;
    // Its owner may have changed it meanwhile, or taken it away.
    const webhook = await store.webhooks.get(tenantId, id);
    if (webhook === null) return false;
    const now = clock.now();
    const isIll = this.#patient.failuresInRow >= illAfter;
    const room = (isIll ? 1 : sideBySide) - this.#underWay.size;
    if (room <= 0) return false;
    const lanes = await store.deliveries.dueLanes(id, now, [...this.#underWay.keys()], lanesPerLook);
    const plan = planOf({ now, webhook, heads: await store.deliveries.heads(id, lanes), room, isIll });
    for (const { lane, until } of plan.postpone) await store.deliveries.postpone(id, lane, until);
    for (const delivery of plan.bury) await this.#bury(delivery, now);
    for (const delivery of plan.send) this.#start(webhook, delivery, isIll);
    return plan.postpone.length + plan.bury.length > 0;
  }

  /** Those behind it come first: a crash between the two must not leave them waiting for what is over. */
  async #bury(delivery: Delivery, now: Instant): Promise<void> {
    const { store, log } = this.#deps;
    await store.deliveries.wake(delivery.webhookId, delivery.lane, now);
    if (await store.deliveries.save(buried(delivery))) this.#deps.onOutcome?.('dead');
    log.info('a webhook delivery was given up', { webhookId: delivery.webhookId, deliveryId: delivery.id });
  }

  #start(webhook: Webhook, delivery: Delivery, isIll: boolean): void {
    const { slots, log } = this.#deps;
    const done = (isIll ? slots.ill : slots.well)
      .run(() => this.#send(webhook, delivery))
      .catch((error: unknown) => {
        // It stays pending, and is sent again.
        log.error('what came of a webhook delivery could not be written down', {
          ...{ webhookId: webhook.id, deliveryId: delivery.id, reason: String(error) },
        });
        this.#isLost = true;
      })
      .finally(() => {
        this.#underWay.delete(delivery.lane);
        this.look();
      });
    this.#underWay.set(delivery.lane, done);
  }

  async #send(webhook: Webhook, delivery: Delivery): Promise<void> {
    const { store, clock, log, random } = this.#deps;
    if (this.#stop.aborted || this.#isLost) return;
    const sent = await sendOnce(this.#deps, webhook, delivery.id, delivery.body);
    const now = clock.now();
    const { next, isGone, quietUntil } = verdictOf(delivery, sent, now, random());
    const wasIll = this.#patient.failuresInRow >= illAfter;
    this.#patient.failuresInRow = next.state === 'delivered' ? 0 : this.#patient.failuresInRow + 1;
    if (next.state !== 'pending' && delivery.tries > 0) await store.deliveries.wake(webhook.id, delivery.lane, now);
    await store.deliveries.save(next);
    this.#deps.onOutcome?.(next.state === 'pending' ? 'failed' : next.state);
    if (quietUntil !== null) await store.webhooks.quiet(webhook.id, quietUntil);
    if (next.state === 'delivered' && wasIll) await store.deliveries.wake(webhook.id, null, now);
    if (isGone) await this.#close(webhook);
    const { status, durationMs, error } = sent.attempt;
    log.debug('a webhook delivery was sent', {
      ...{ webhookId: webhook.id, deliveryId: delivery.id, state: next.state, status, durationMs, error },
    });
  }

  /** 410: nothing is sent there any more until its owner turns it on again. */
  async #close(webhook: Webhook): Promise<void> {
    const { store, clock, log } = this.#deps;
    log.info('a webhook is gone and was turned off', { webhookId: webhook.id });
    for (;;) {
      const current = await store.webhooks.get(webhook.tenantId, webhook.id);
      if (current === null || current.state === 'gone' || current.url !== webhook.url) return;
      const version = current.version + 1;
      if (await store.webhooks.save({ ...current, version, state: 'gone', updatedAt: clock.now() })) return;
    }
  }

  #pause(): Promise<void> {
    return this.#deps.clock.sleep(lookAgainMs, AbortSignal.any([this.#wake.signal, this.#stop]));
  }
}
