/** Reads what Google's refusals and broken connections mean: the reason decides, the status alone never does. */
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';

/** A refusal in Google's own words. `status` 0: no answer came. */
export interface Refusal {
  readonly status: number;
  /** `error.errors[0].reason`, else `error.details[].reason`, or ''. */
  readonly reason: string;
  /** One short line, or ''. */
  readonly text: string;
  readonly retryAfterMs: number | null;
}

/** What to do about a refusal before anybody asks what the call was for. */
export type Meaning =
  /** The token is not taken. */
  | 'token'
  /** Too fast: soon again. */
  | 'quota'
  /** An account that was stopped for hours. */
  | 'blocked'
  | 'transient'
  | 'consent'
  /** The caller knows best what this status means for it. */
  | 'own';

const quotaReasons: ReadonlySet<string> = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'RATE_LIMIT_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'concurrentLimitExceeded',
  'servingLimitExceeded',
]);
const blockedReasons: ReadonlySet<string> = new Set([
  'quotaExceeded',
  'dailyLimitExceeded',
  'userRateLimitExceededUnreg',
  'dailyLimitExceededUnreg',
  'variableTermLimitExceeded',
  'variableTermExpiredDailyExceeded',
]);
const consentReasons: ReadonlySet<string> = new Set([
  'insufficientPermissions',
  'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  'insufficientScopes',
  'accountUnverified',
  'domainPolicy',
]);
const transientReasons: ReadonlySet<string> = new Set(['backendError', 'internalError', 'conflict']);

export function meaningOf({ status, reason }: Refusal): Meaning {
  if (status === 401) return 'token';
  if (blockedReasons.has(reason)) return 'blocked';
  if (status === 429 || quotaReasons.has(reason)) return 'quota';
  if (consentReasons.has(reason)) return 'consent';
  if (status === 0 || status === 408 || status >= 500 || transientReasons.has(reason)) return 'transient';
  return 'own';
}

/** A refusal that the caller has to interpret; a fault for whoever does not. */
export class Refused extends Fault {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, doing: string) {
    const known = hints[refusal.reason];
    super('invalid', known ?? `Google refused ${doing}: ${wordsOf(refusal)}.`, { context: { status: refusal.status } });
    this.refusal = refusal;
  }
}

const hints: Readonly<Record<string, string>> = {
  accessNotConfigured: 'The Calendar API is not switched on in the Google project of this gateway.',
  SERVICE_DISABLED: 'The Calendar API is not switched on in the Google project of this gateway.',
  notACalendarUser: 'This Google account has no calendar.',
};

/** Google's reason for people. Free text is left out when it repeats any of `hide` (titles, places): it ends in logs. */
export function wordsOf({ status, reason, text }: Refusal, hide: readonly string[] = []): string {
  const leaks = hide.some((secret) => secret.length >= 3 && text.includes(secret));
  const parts = [`status ${status}`, reason, leaks ? '' : text].filter((part) => part !== '');
  return parts.join(', ').replace(/\.$/, '');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What the client library threw, as a refusal; null when it is no matter of the network (a mistake of ours). Its error
 * class exists in several copies, so that only the members tell.
 */
export function refusalIn(error: unknown, clock: Clock): Refusal | null {
  if (!isRecord(error) && !(error instanceof Error)) return null;
  const members: Readonly<Record<string, unknown>> = { ...error };
  const response = isRecord(members.response) || members.response instanceof Response ? members.response : null;
  const held = response === null ? null : memberOf(response, 'status');
  const status = typeof held === 'number' ? held : members.status;
  if (response === null || typeof status !== 'number') return isNetwork(error) ? noAnswer : null;
  const body = memberOf(response, 'data');
  return { status, ...reasonIn(body), retryAfterMs: retryAfterIn(memberOf(response, 'headers'), clock) };
}

const memberOf = (object: object, name: string): unknown => Reflect.get(object, name);

const noAnswer: Refusal = { status: 0, reason: '', text: 'no answer', retryAfterMs: null };

/** The library wraps whatever broke into an error with a config; anything else was thrown before a request went out. */
const isNetwork = (error: object): boolean =>
  'config' in error || (error instanceof Error && error.name === 'AbortError');

function reasonIn(body: unknown): Pick<Refusal, 'reason' | 'text'> {
  const data = typeof body === 'string' ? parsed(body) : body;
  // A gateway in front of Google answers HTML.
  if (!isRecord(data) || !isRecord(data.error)) return { reason: '', text: '' };
  const { errors, details, message, status } = data.error;
  const [first] = Array.isArray(errors) ? errors.filter(isRecord) : [];
  const detail = Array.isArray(details)
    ? details.filter(isRecord).find((d) => typeof d.reason === 'string')
    : undefined;
  const reason = [first?.reason, detail?.reason, status].find((r) => typeof r === 'string' && r !== '');
  const text = typeof message === 'string' ? message.replace(/[\p{C}\s]+/gu, ' ').trim() : '';
  return { reason: typeof reason === 'string' ? reason.slice(0, 80) : '', text: text.length <= 160 ? text : '' };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const dayMs = 86_400_000;

/** Seconds or a date (RFC 9110 section 10.2.3); never more than a day. */
function retryAfterIn(headers: unknown, clock: Clock): number | null {
  const value = headers instanceof Headers || hasGet(headers) ? headers.get('retry-after') : null;
  if (typeof value !== 'string') return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - clock.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), dayMs);
}

const hasGet = (value: unknown): value is { get(name: string): unknown } =>
  typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function';
