/** Signs a message by the Standard Webhooks scheme and sends it once. */
import { Webhook as Signer } from 'standardwebhooks';
import type { Clock } from '../domain/ports.ts';
import type { Instant } from '../domain/time.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { Poster } from '../net/post.ts';
import { errorOf, type Sent } from './webhooks-plan.ts';

export interface SendDeps {
  readonly poster: Poster;
  readonly clock: Clock;
  /** Opens a sealed secret. @throws Fault `invalid` when its key is not configured any more */
  readonly openSecret: (sealed: string) => unknown;
}
export interface Answered extends Sent {
  readonly excerpt: string;
}

/** Never throws: what goes wrong is the attempt's error. */
export async function sendOnce(deps: SendDeps, webhook: Webhook, id: string, body: string): Promise<Answered> {
  const at = deps.clock.now();
  const failed = (error: string): Answered => ({
    ...{ attempt: { at, status: null, durationMs: 0, error }, retryAfter: null, excerpt: '' },
  });
  const headers = headersOf(deps, webhook, id, body);
  if (headers === null) return failed('its secret cannot be opened: give the webhook a new one');
  const { status, durationMs, error, retryAfter, excerpt } = await deps.poster.post(webhook.url, headers, body);
  const why = status === null ? error : errorOf(status);
  return { attempt: { at, status, durationMs, error: why }, retryAfter, excerpt };
}

/** Null when the secret cannot be opened. While a secret is being exchanged the old one signs as well. */
function headersOf({ clock, openSecret }: SendDeps, webhook: Webhook, id: string, body: string) {
  const now = clock.now();
  const old = webhook.oldSecret !== null && webhook.oldSecret.until > now ? [webhook.oldSecret.secret] : [];
  try {
    const signers = [webhook.secret, ...old].map((sealed) => new Signer(String(openSecret(sealed))));
    return signedHeaders(signers, id, now, body);
  } catch {
    return null;
  }
}

/** A message signed at this instant, once by each. */
export const signedHeaders = (signers: readonly Signer[], id: string, at: Instant, body: string) => ({
  'content-type': 'application/json',
  'user-agent': 'Interlock-Webhooks',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at / 1000)),
  'webhook-signature': signers.map((signer) => signer.sign(id, new Date(at), body)).join(' '),
});
