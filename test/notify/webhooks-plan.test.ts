/** When a webhook is sent again, when it is given up, and what an answer means. */
import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Delivery } from '../../src/domain/webhook.ts';
import { errorOf, giveUpMs, planOf, retryAfterMs, type Sent, verdictOf } from '../../src/notify/webhooks-plan.ts';
import { at } from '../kit/builders.ts';

const start = at('2027-06-01T06:00:00Z');
const aDelivery = (over: Partial<Delivery> = {}): Delivery => ({
  ...{ id: newId('delivery'), tenantId: newId('tenant'), webhookId: newId('webhook'), event: 'booking.created' },
  ...{ lane: newId('event'), order: 1, body: '{}', createdAt: start, rev: 1, state: 'pending', nextAt: start },
  ...{ startedAt: start, tries: 0, attempts: [], ...over },
});
const answered = (status: number | null, retryAfter: string | null = null): Sent => ({
  attempt: { at: start, status, durationMs: 5, error: status === null ? 'cut' : errorOf(status) },
  retryAfter,
});
const on = { state: 'on', quietUntil: null } as const;
const ground = { now: start, webhook: on, room: 8, isIll: false };

describe('the plan of a webhook', () => {
  it('sends what is due, oldest first, as far as there is room', () => {
    const [late, early] = [aDelivery({ createdAt: (start + 1) as Instant }), aDelivery()];
    expect(planOf({ ...ground, heads: [late, early] }).send).to.deep.equal([early, late]);
    expect(planOf({ ...ground, heads: [late, early], room: 1 }).send).to.deep.equal([early]);
    expect(planOf({ ...ground, heads: [early], room: -1 }).send).to.deep.equal([]);
  });

  it('lets a lane wait for its first', () => {
    const until = (start + 5000) as Instant;
    const waiting = aDelivery({ nextAt: until });
    expect(planOf({ ...ground, heads: [waiting] })).to.deep.equal({
      ...{ send: [], bury: [], postpone: [{ lane: waiting.lane, until }] },
    });
  });

  it('sends nothing while the webhook is off, gone, or wants silence', () => {
    const heads = [aDelivery()];
    for (const webhook of [
      { ...on, state: 'off' as const },
      { ...on, state: 'gone' as const },
      { ...on, quietUntil: (start + 1) as Instant },
    ]) {
      expect(planOf({ ...ground, webhook, heads }).send).to.deep.equal([]);
    }
    expect(planOf({ ...ground, webhook: { ...on, quietUntil: start }, heads }).send).to.have.length(1);
  });

  it('gives up after three days what was tried, or could not be', () => {
    const now = (start + giveUpMs) as Instant;
    const [tried, untried] = [aDelivery({ tries: 9 }), aDelivery()];
    expect(planOf({ ...ground, now, heads: [tried, untried] }).bury).to.deep.equal([tried]);
    expect(planOf({ ...ground, now, heads: [tried, untried] }).send).to.deep.equal([untried]);
    expect(planOf({ ...ground, now, heads: [untried], isIll: true }).bury).to.deep.equal([untried]);
  });
});

describe('the answer of a receiver', () => {
  it('is received with 2xx and with nothing else', () => {
    for (const status of [200, 204, 299]) {
      expect(verdictOf(aDelivery(), answered(status), start, 0.5).next.state, String(status)).to.equal('delivered');
    }
    for (const status of [null, 199, 301, 400, 404, 429, 500]) {
      expect(verdictOf(aDelivery(), answered(status), start, 0.5).next.state, String(status)).to.equal('pending');
    }
    const gone = verdictOf(aDelivery(), answered(410), start, 0.5);
    expect([gone.next.state, gone.isGone]).to.deep.equal(['dead', true]);
  });

  it('is followed by growing pauses with jitter, for three days', () => {
    let delivery = aDelivery();
    const pauses: number[] = [];
    let now = start;
    for (let n = 0; n < 6; n += 1) {
      delivery = verdictOf(delivery, answered(500), now, 0.5).next;
      pauses.push((delivery.nextAt - now) / 1000);
      now = delivery.nextAt;
    }
    expect(pauses).to.deep.equal([5, 30, 120, 600, 3600, 10_800]);
    const early = verdictOf(aDelivery(), answered(500), start, 0).next.nextAt - start;
    const late = verdictOf(aDelivery(), answered(500), start, 1).next.nextAt - start;
    expect([early, late]).to.deep.equal([4000, 6000]);
    while (delivery.state === 'pending') delivery = verdictOf(delivery, answered(null), delivery.nextAt, 1).next;
    expect(delivery.state).to.equal('dead');
    expect(delivery.attempts).to.have.length(20);
  });

  it('may ask for silence, in seconds or by a date, up to a day', () => {
    const { next, quietUntil } = verdictOf(aDelivery(), answered(429, '120'), start, 0.5);
    expect([next.nextAt - start, quietUntil! - start]).to.deep.equal([120_000, 120_000]);
    expect(retryAfterMs('Tue, 01 Jun 2027 06:01:00 GMT', start)).to.equal(60_000);
    expect(retryAfterMs('999999999', start)).to.equal(86_400_000);
    for (const text of ['', 'soon', '0', 'Tue, 01 Jun 2027 05:00:00 GMT'])
      expect(retryAfterMs(text, start)).to.equal(null);
  });
});
