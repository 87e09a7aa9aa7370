/** Reads what Graph's refusals and broken connections mean: the code decides where there is one, else the status. */
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';

/** A refusal in Graph's own words. `status` 0: no answer came. */
export interface Refusal {
  readonly status: number;
  /** `error.code`, or ''. */
  readonly code: string;
  /** One short line, or ''. */
  readonly text: string;
  readonly retryAfterMs: number | null;
  /** What a fresh token has to fulfil, as JSON (claims challenge); null: nothing special. */
  readonly claims: string | null;
  /** Names the request to Microsoft's support, or ''. */
  readonly requestId: string;
}

/** What to do about a refusal before anybody asks what the call was for. */
export type Meaning =
  /** The token is not taken. */
  | 'token'
  /** Too fast, or too many at once: soon again. */
  | 'quota'
  | 'transient'
  | 'consent'
  /** The caller knows best what this status means for it. */
  | 'own';

const quotaCodes: readonly string[] = [
  'ApplicationThrottled',
  'TooManyRequests',
  'ErrorServerBusy',
  'MailboxConcurrency',
  'ErrorExceededConnectionCount',
];
const transientCodes: readonly string[] = [
  'ErrorInternalServerTransientError',
  'ErrorMailboxStoreUnavailable',
  'ErrorTimeoutExpired',
  'ErrorConnectionFailed',
  'ConcurrentItemSave',
];
const consentCodes: readonly string[] = ['Authorization_RequestDenied', 'insufficient_claims'];

/** Comes for broken preconditions, and now and then for reads that had none. */
export const isConflict = ({ status, code }: Refusal): boolean =>
  status === 412 || (status === 409 && code === 'ErrorIrresolvableConflict');

/** @param isRead nothing is changed by the call: a conflict is no conflict then */
export function meaningOf(refusal: Refusal, isRead: boolean): Meaning {
  const { status, code, text } = refusal;
  if (status === 401) return 'token';
  if (status === 429 || quotaCodes.includes(code) || /MailboxConcurrency/i.test(text)) return 'quota';
  if (consentCodes.includes(code)) return 'consent';
  if (status === 0 || status === 408 || status >= 500 || transientCodes.includes(code)) return 'transient';
  return isRead && isConflict(refusal) ? 'transient' : 'own';
}

/** A refusal that the caller has to interpret; a fault for whoever does not. */
export class Refused extends Fault {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, doing: string) {
    const sentence = hints[refusal.code] ?? `Microsoft refused ${doing}: ${wordsOf(refusal)}.`;
    super('invalid', sentence, { context: { status: refusal.status } });
    this.refusal = refusal;
  }
}

const noMailbox = 'This Microsoft account has no mailbox in the cloud (none, or one on a server of its own).';
const hints: Readonly<Record<string, string>> = {
  MailboxNotEnabledForRESTAPI: noMailbox,
  MailboxNotSupportedForRESTAPI: noMailbox,
  ErrorInvalidUser: 'There is no such mailbox in this tenant.',
  ErrorNonExistentMailbox: 'There is no such mailbox in this tenant.',
};

/** Graph's reason for people. Free text is left out when it repeats any of `hide` (titles, places): it ends in logs. */
export function wordsOf({ status, code, text }: Refusal, hide: readonly string[] = []): string {
  const leaks = hide.some((secret) => secret.length >= 3 && text.includes(secret));
  const parts = [`status ${status}`, code, leaks ? '' : text].filter((part) => part !== '');
  return parts.join(', ').replace(/\.$/, '');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const noAnswer: Refusal = {
  ...{ status: 0, code: '', text: 'no answer', retryAfterMs: null },
  ...{ claims: null, requestId: '' },
};

/** @param body parsed JSON, or null where it was none: gateways answer with HTML or nothing */
export function refusalIn(status: number, headers: Headers, body: unknown, clock: Clock): Refusal {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const { code, message, innerError } = error;
  const inner = isRecord(innerError) ? innerError['request-id'] : null;
  const text = typeof message === 'string' ? message.replace(/[\p{C}\s]+/gu, ' ').trim() : '';
  return {
    status,
    code: typeof code === 'string' ? code.slice(0, 80) : '',
    text: text.length <= 240 ? text : '',
    retryAfterMs: retryAfterIn(headers.get('retry-after'), clock),
    claims: status === 401 ? claimsIn(headers.get('www-authenticate')) : null,
    requestId: headers.get('request-id') ?? (typeof inner === 'string' ? inner.slice(0, 80) : ''),
  };
}

/** `claims="<base64>"` of a challenge; null for anything that is no JSON object. */
function claimsIn(challenge: string | null): string | null {
  const [, encoded] = /\bclaims="([A-Za-z0-9+/=_-]{1,4096})"/.exec(challenge ?? '') ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    return isRecord(JSON.parse(text)) ? text : null;
  } catch {
    return null;
  }
}

const dayMs = 86_400_000;

/** Seconds or a date (RFC 9110 section 10.2.3); never more than a day. */
function retryAfterIn(value: string | null, clock: Clock): number | null {
  if (value === null) return null;
  const ms = /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - clock.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), dayMs);
}
