/** Hands messages for people to a program of the business (an SMS gateway, a mailing tool): one signed POST for each. */
import { Webhook as Signer } from 'standardwebhooks';
import type { Clock } from '../domain/ports.ts';
import { formatInstant } from '../domain/time.ts';
import type { Poster } from '../net/post.ts';
import type { Sending, Transport } from './notices.ts';
import { errorOf } from './webhooks-plan.ts';
import { signedHeaders } from './webhooks-send.ts';

export interface NoticeWebhookOptions {
  readonly url: string;
  /** `whsec_` and base64, as Standard Webhooks have it. */
  readonly secret: string;
}

/** What it answers with tells a message that nobody will ever take from one that may be taken later. */
const finalRefusals: readonly number[] = [400, 404, 410, 413, 422];

/** The `webhook-id` is the notice's own, so that the receiver can know a repeated one again. */
export function webhookTransport(
  { url, secret }: NoticeWebhookOptions,
  { poster, clock }: { readonly poster: Poster; readonly clock: Clock },
): Transport {
  const signer = new Signer(secret);
  return {
    async send(id, address, message): Promise<Sending> {
      const at = clock.now();
      const body = JSON.stringify({ type: 'notice', timestamp: formatInstant(at), data: { id, address, ...message } });
      const { status, error } = await poster.post(url, signedHeaders([signer], id, at, body), body);
      const why = status === null ? error : errorOf(status);
      if (why === null) return { kind: 'sent' };
      const isFinal = status !== null && finalRefusals.includes(status);
      return { kind: isFinal ? 'refused' : 'failed', why: `the receiver of notices: ${why}` };
    },
  };
}
