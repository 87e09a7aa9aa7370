/** The handshake by which an address proves, while its subscription is being made, that it wants it. */
import { Refusal } from './refusal.ts';

const patienceMs = 10_000;

/** @throws Refusal when the token does not come back to the letter, as plain text, in time */
export async function proveAddress(address: string, subscriptionId: string): Promise<void> {
  // Spaces, colons and a percent sign: an echo that was never decoded, or twice, is found out.
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${subscriptionId} <100%25>`;
  const url = new URL(address);
  url.search += `${url.search === '' ? '?' : '&'}validationToken=${encodeURIComponent(token)}`;
  const answer = await asked(url.href);
  if (answer === null) throw failed('The request timed out or the address could not be reached');
  if (answer.status !== 200) throw failed(`HTTP status code is '${answer.status}'`);
  if (!answer.type.toLowerCase().startsWith('text/plain')) throw failed(`Content-Type is '${answer.type}'`);
  if (answer.text !== token) throw failed('Response must exactly match validationToken query parameter');
}

const failed = (why: string): Refusal =>
  new Refusal(400, 'ValidationError', `Subscription validation request failed. ${why}.`);

async function asked(url: string): Promise<{ status: number; type: string; text: string } | null> {
  try {
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const signal = AbortSignal.timeout(patienceMs);
    const answer = await fetch(url, { method: 'POST', headers, signal, redirect: 'manual' });
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() };
  } catch {
    return null;
  }
}
