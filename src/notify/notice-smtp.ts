/** Sends messages by SMTP. */
import { createTransport } from 'nodemailer';
import type { Sending, Transport } from './notices.ts';

export interface SmtpOptions {
  /** smtp:// or smtps://, with user and password where they are needed. */
  readonly url: string;
  /** The sender: an address, possibly with a name before it. */
  readonly from: string;
}

const timeoutMs = 20_000;

/** The Message-ID is the notice's own, so that mail systems can know a repeated one again. */
export function smtpTransport({ url, from }: SmtpOptions): Required<Transport> {
  const mailer = createTransport({
    ...{ url, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    // Nothing of a message may name a file or an address that would then be read.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const host = /@([^\s>@]+)>?$/.exec(from)?.[1] ?? 'localhost';
  return {
    async send(id, address, { subject, text, language }) {
      try {
        await mailer.sendMail({
          ...{ from, to: { name: '', address }, subject, text, messageId: `<${id}@${host}>` },
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
        });
        return { kind: 'sent' };
      } catch (error) {
        return sendingOf(error);
      }
    },
    close: () => mailer.close(),
  };
}

/** The server's own words may repeat the address, so only its code is kept (RFC 5321 section 4.2.1). */
function sendingOf(error: unknown): Sending {
  const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0;
  if (code >= 500) return { kind: 'refused', why: `the mail server refused it (${code})` };
  return { kind: 'failed', why: code === 0 ? 'the mail server could not be reached' : `the mail server said ${code}` };
}
