/** Decides what a webhook's sender does next, and what an answer means: pure, given everything. */
import type { Instant } from '../domain/time.ts';
import { type Attempt, type Delivery, mostAttemptsKept, type Webhook } from '../domain/webhook.ts';

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
/** After the n-th failure in a row; the last one goes on until `giveUpMs`. */
const pauses = [5 * secondMs, 30 * secondMs, 2 * minuteMs, 10 * minuteMs, hourMs, 3 * hourMs];
export const giveUpMs = 3 * 24 * hourMs;
/** So many failures in a row, of whatever deliveries, and the receiver counts as ill: it is probed, not flooded. */
export const illAfter = 5;
const mostRetryAfterMs = 24 * hourMs;

export interface Ground {
  readonly now: Instant;
  readonly webhook: Pick<Webhook, 'state' | 'quietUntil'>;
  /** The first pending delivery of each lane that has something due, none of them under way. */
  readonly heads: readonly Delivery[];
  /** How many more may be under way. */
  readonly room: number;
  readonly isIll: boolean;
}
export interface Plan {
  readonly send: readonly Delivery[];
  /** Lanes whose first delivery has to wait: the others wait with it. */
  readonly postpone: readonly { readonly lane: string; readonly until: Instant }[];
  readonly bury: readonly Delivery[];
}
const nothing: Plan = { send: [], postpone: [], bury: [] };

export const mayBeSent = (webhook: Ground['webhook'], now: Instant): boolean =>
  webhook.state === 'on' && (webhook.quietUntil === null || webhook.quietUntil <= now);

export function planOf({ now, webhook, heads, room, isIll }: Ground): Plan {
  if (!mayBeSent(webhook, now)) return nothing;
  const over = heads.filter((d) => now - d.startedAt >= giveUpMs && (d.tries > 0 || isIll));
  const rest = heads.filter((d) => !over.includes(d));
  const due = rest.filter((d) => d.nextAt <= now).sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  const waiting = rest.filter((d) => d.nextAt > now);
  return {
    send: due.slice(0, Math.max(0, room)),
    postpone: waiting.map((d) => ({ lane: d.lane, until: d.nextAt })),
    bury: over,
  };
}

/** What came back from a receiver. */
export interface Sent {
  readonly attempt: Attempt;
  readonly retryAfter: string | null;
}
export interface Verdict {
  readonly next: Delivery;
  /** The receiver wants no more of anything, ever. */
  readonly isGone: boolean;
  /** The receiver wants nothing of anything until then. */
  readonly quietUntil: Instant | null;
}

/** @param random from 0 to 1 */
export function verdictOf(delivery: Delivery, { attempt, retryAfter }: Sent, now: Instant, random: number): Verdict {
  const tries = delivery.tries + 1;
  const attempts = [...delivery.attempts, attempt].slice(-mostAttemptsKept);
  const tried = { ...delivery, rev: delivery.rev + 1, tries, attempts };
  if (attempt.error === null) return { next: { ...tried, state: 'delivered' }, isGone: false, quietUntil: null };
  const isGone = attempt.status === 410;
  if (isGone || now - delivery.startedAt >= giveUpMs) {
    return { next: { ...tried, state: 'dead' }, isGone, quietUntil: null };
  }
  const asked = retryAfter === null ? null : retryAfterMs(retryAfter, now);
  const pause = pauses[Math.min(tries, pauses.length) - 1]! * (0.8 + 0.4 * random);
  const last = (delivery.startedAt + giveUpMs) as Instant;
  const nextAt = Math.max(Math.min(Math.round(now + pause), last), now + (asked ?? 0)) as Instant;
  const quietUntil = asked === null ? null : ((now + asked) as Instant);
  return { next: { ...tried, nextAt }, isGone, quietUntil };
}

export const buried = (delivery: Delivery): Delivery => ({ ...delivery, rev: delivery.rev + 1, state: 'dead' });

/** Seconds or an HTTP date (RFC 9110, 10.2.3); null when it is neither, or over. */
export function retryAfterMs(text: string, now: Instant): number | null {
  const ms = /^\s*\d{1,9}\s*$/.test(text) ? Number(text) * secondMs : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, mostRetryAfterMs) : null;
}

/** Why an answer does not count as received, or null: only 2xx does. */
export function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return `answered ${status}; redirects are not followed`;
  return status === 410 ? 'answered 410: the address is gone for good' : `answered ${status}`;
}
