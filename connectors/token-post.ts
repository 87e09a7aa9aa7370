/** One form posted to a provider's token endpoint (RFC 6749 section 3.2), with limits on what comes back. */
import { Fault } from '../src/domain/fault.ts';

export interface TokenAnswer {
  readonly status: number;
  /** Empty where the body is no object. */
  readonly json: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | null;
}

const requestMs = 20_000;

/**
 * Follows no redirect: the form holds secrets.
 * @param o `answerLimit`: bytes, longer than any token answer of the provider; `unreachable`: said where there is no answer
 * @throws Fault `transient`
 */
export async function postForm(
  url: string,
  form: Readonly<Record<string, string>>,
  o: { readonly answerLimit: number; readonly unreachable: string },
): Promise<TokenAnswer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.timeout(requestMs),
    });
    const json = await readJson(answer, o.answerLimit);
    return { status: answer.status, json, retryAfter: answer.headers.get('retry-after') };
  } catch (error) {
    throw new Fault('transient', o.unreachable, { cause: error });
  }
}

async function readJson(answer: Response, limit: number): Promise<TokenAnswer['json']> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > limit) throw new Error('the answer is too long');
    parts.push(part);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
