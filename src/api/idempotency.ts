/** Runs a request with an `Idempotency-Key` once and gives its first answer again to every repetition. */
import { createHash } from 'node:crypto';
import type { TenantId } from '../domain/ids.ts';
import type { Clock, Log } from '../domain/ports.ts';
import type { IdempotencyStore, KeptAnswer } from '../store/store.ts';
import { Refusal } from './problems.ts';

/** What goes over the wire, ready to be kept. */
export interface Rendered {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A start older than this belongs to a process that died; longer than any request may take. */
const staleMs = 120_000;
const waitForFirstMs = 3_000;
const lookAgainMs = 50;

/** One text for all spellings of the same request: keys sorted, no spaces. */
export function fingerprint(method: string, address: string, body: unknown): string {
  return createHash('sha256')
    .update(`${method} ${address}\n${canonical(body)}`)
    .digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${parts.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

export interface OnceOptions {
  readonly store: IdempotencyStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly tenantId: TenantId;
  readonly key: string;
  readonly fingerprint: string;
  /** How a kept body is written and read; sealed where it holds a secret. */
  readonly seal: (body: string) => string;
  readonly open: (kept: string) => string;
  /** Whether the answer waits until it is kept: where the work cannot be known again by what it made. */
  readonly isAwaited: boolean;
}

/**
 * @throws Refusal `idempotency_mismatch` for another request under the same key, `in_flight` when the first one is
 * still running after a short wait
 */
export async function once(o: OnceOptions, run: () => Promise<Rendered>): Promise<Rendered> {
  const begun = await beginOrWait(o);
  if (begun !== 'mine') return { ...begun, headers: { ...begun.headers, 'Idempotent-Replayed': 'true' } };
  let rendered: Rendered;
  try {
    rendered = await run();
  } catch (error) {
    await o.store.forget(o.tenantId, o.key).catch((cause: unknown) => complain(o, cause));
    throw error;
  }
  // The work is done whatever happens to the note of it, so nobody waits for that: until it is written, a repetition hears
  // that the first request still runs, and should it be lost, the desk knows the booking again.
  const kept =
    rendered.status >= 500
      ? o.store.forget(o.tenantId, o.key)
      : o.store.finish(o.tenantId, o.key, { ...rendered, body: o.seal(rendered.body) });
  const noted = kept.catch((cause: unknown) => complain(o, cause));
  if (o.isAwaited) await noted;
  return rendered;
}

async function beginOrWait(o: OnceOptions): Promise<'mine' | Rendered> {
  const until = o.clock.monotonic() + waitForFirstMs;
  for (;;) {
    const begun: 'mine' | KeptAnswer = await o.store.begin(o.tenantId, o.key, o.fingerprint, staleMs);
    if (begun === 'mine') return 'mine';
    if (begun.bodyHash !== o.fingerprint) {
      throw new Refusal('idempotency_mismatch', 'This Idempotency-Key was used before with another body or address.');
    }
    if (begun.answer !== null) return { ...begun.answer, body: o.open(begun.answer.body) };
    if (o.clock.monotonic() >= until) {
      throw new Refusal('in_flight', 'The first request with this Idempotency-Key is still running.', {
        headers: { 'Retry-After': '2' },
      });
    }
    await o.clock.sleep(lookAgainMs);
  }
}

function complain(o: OnceOptions, cause: unknown): void {
  o.log.error('an answer could not be kept for its idempotency key', {
    tenantId: o.tenantId,
    reason: cause instanceof Error ? cause.message : String(cause),
  });
}
