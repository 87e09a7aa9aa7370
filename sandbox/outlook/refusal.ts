/** How Graph says no: the status, the code and the envelope of an error. */
import { randomUUID } from 'node:crypto';
import type { Answer } from '../kit/http.ts';

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What to write on the client's record; null where the refusal is nobody's mistake. */
  readonly violation: string | null;
  constructor(
    status: number,
    code: string,
    message: string,
    o: { readonly headers?: Readonly<Record<string, string>>; readonly violation?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = o.headers ?? {};
    this.violation = o.violation ?? null;
  }
  answer(nowMs: number): Answer {
    return errorAnswer(this.status, this.code, this.message, nowMs, this.headers);
  }
}

export function errorAnswer(
  status: number,
  code: string,
  message: string,
  nowMs: number,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const id = randomUUID();
  const date = new Date(nowMs).toISOString().slice(0, 19);
  const innerError = { date, 'request-id': id, 'client-request-id': id };
  return {
    status,
    headers: { 'content-type': 'application/json', 'request-id': id, 'client-request-id': id, ...headers },
    body: JSON.stringify({ error: { code, message, innerError } }),
  };
}

/** A request that no correct client sends: refused, and noted. */
export const breach = (code: string, message: string, status = 400): Refusal =>
  new Refusal(status, code, message, { violation: message });

export const itemNotFound = (): Refusal =>
  new Refusal(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');
export const accessDenied = (): Refusal =>
  new Refusal(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
