/** Chooses how messages for people go out, by what is configured. */
import { type SmtpOptions, smtpTransport } from './notice-smtp.ts';
import { type NoticeWebhookOptions, webhookTransport } from './notice-webhook.ts';
import type { Transport } from './notices.ts';

/** Null: nothing is configured, and nobody is told anything. */
export function noticeTransport(
  { smtp, noticeWebhook }: { readonly smtp: SmtpOptions | null; readonly noticeWebhook: NoticeWebhookOptions | null },
  deps: Parameters<typeof webhookTransport>[1],
): Transport | null {
  if (noticeWebhook !== null) return webhookTransport(noticeWebhook, deps);
  return smtp === null ? null : smtpTransport(smtp);
}
