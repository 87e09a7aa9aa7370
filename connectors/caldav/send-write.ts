/** Sends one conditional PUT or DELETE and tells success from refusal, whatever status a server hides it behind. */
import type { Account } from './account.ts';
import { type Refusal, Refused } from './answers.ts';
import { type DavAnswer, drop } from './client.ts';

export interface ConditionalWrite {
  readonly method: 'PUT' | 'DELETE';
  readonly url: URL;
  readonly text: string | null;
  /** `If-Match` or `If-None-Match`: no write goes out without one. */
  readonly condition: Readonly<Record<string, string>>;
}

export type WriteAnswer =
  | { readonly kind: 'done'; readonly etag: string | null }
  | { readonly kind: 'refused'; readonly refused: Refused };

/** @throws Fault for everything that says nothing about this write: login, throttling, outage, lost answer */
export async function sendWrite(account: Account, write: ConditionalWrite): Promise<WriteAnswer> {
  const { method, url, text, condition } = write;
  const type = text === null ? {} : { 'content-type': 'text/calendar; charset=utf-8' };
  const request = { method, url, headers: { ...type, ...condition }, ...(text === null ? {} : { body: text }) };
  const answer = await account.client.send(request);
  if (answer.status === 207) return insideMultistatus(account, answer);
  if (answer.status >= 200 && answer.status < 300) {
    await drop(answer);
    return { kind: 'done', etag: answer.headers.etag ?? null };
  }
  const refused = await account.client.refused(answer, 'a write');
  if (refused.kind !== 'invalid') throw refused;
  return { kind: 'refused', refused };
}

/** Xandikos answers errors of PUT with 207 and the real status inside. */
async function insideMultistatus(account: Account, answer: DavAnswer): Promise<WriteAnswer> {
  let worst: Refusal | null = null;
  await account.client.rows(answer, (row) => {
    if (row.worst === null) return;
    worst = { status: row.worst, conditions: row.conditions, href: null, text: '', retryAt: null };
  });
  if (worst === null) return { kind: 'done', etag: answer.headers.etag ?? null };
  const refused = new Refused(worst, 'a write');
  if (refused.kind !== 'invalid') throw refused;
  return { kind: 'refused', refused };
}
