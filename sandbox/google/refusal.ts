/** The errors of Google's API in Google's shape, from one table. */
import type { Answer } from '../kit/http.ts';
import { asJson } from '../kit/http.ts';
import type { JsonObject } from '../kit/json.ts';

/** status, domain, default message */
const table = {
  invalid: [400, 'global', 'Invalid Value'],
  required: [400, 'global', 'Required'],
  badRequest: [400, 'global', 'Bad Request'],
  parseError: [400, 'global', 'Parse Error'],
  invalidParameter: [400, 'global', 'Invalid value'],
  timeRangeEmpty: [400, 'calendar', 'The specified time range is empty.'],
  timeRangeTooLong: [400, 'calendar', 'The requested time range is too long.'],
  eventTypeRestriction: [400, 'calendar', 'The event type cannot be used like this.'],
  cannotChangeOrganizerOfInstance: [400, 'calendar', 'Cannot change the organizer of an instance.'],
  channelIdNotUnique: [400, 'global', 'Channel id not unique'],
  webhookUrlNotHttps: [400, 'global', 'WebHook callback must be HTTPS'],
  pushNotSupportedForRequestedResource: [400, 'global', 'Push notifications are not supported by this resource.'],
  authError: [401, 'global', 'Invalid Credentials'],
  forbidden: [403, 'global', 'Forbidden'],
  requiredAccessLevel: [403, 'calendar', 'You need to have writer access to this calendar.'],
  insufficientPermissions: [403, 'global', 'Insufficient Permission'],
  notACalendarUser: [403, 'calendar', 'The user must be signed up for Google Calendar.'],
  notFound: [404, 'global', 'Not Found'],
  channelNotFound: [404, 'global', 'Channel not found'],
  unknownMethod: [404, 'global', 'URL path not found'],
  duplicate: [409, 'global', 'The requested identifier already exists.'],
  deleted: [410, 'global', 'Resource has been deleted'],
  fullSyncRequired: [410, 'calendar', 'Sync token is no longer valid, a full sync is required.'],
  updatedMinTooLongAgo: [410, 'calendar', 'The requested minimum modification time lies too far in the past.'],
  conditionNotMet: [412, 'global', 'Precondition Failed'],
  notSimulated: [501, 'sandbox', 'The simulator does not know this method.'],
} as const satisfies Record<string, readonly [number, string, string]>;

export type Reason = keyof typeof table;

/** Thrown by everything below the door; the door turns it into the answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  readonly answer: Answer;
  /** What the client did wrong where the request itself was wrong, not the state of things. */
  readonly violation: string | null;

  constructor(o: { status: number; reason: string; message: string; answer: Answer; violation: string | null }) {
    super(o.message);
    this.status = o.status;
    this.reason = o.reason;
    this.answer = o.answer;
    this.violation = o.violation;
  }
}

interface More {
  readonly message?: string;
  readonly location?: { readonly type: 'parameter' | 'header'; readonly name: string };
  /** Recorded against the client. */
  readonly violation?: string;
}

export function refusal(reason: Reason, { message, location, violation }: More = {}): Refusal {
  const [status, domain, standard] = table[reason];
  const text = message ?? standard;
  const answer = asJson(status, envelope({ status, domain, reason, message: text, location }), headersFor(reason));
  return new Refusal({ status, reason, message: text, answer, violation: violation ?? null });
}

/** A request that breaks the contract: refused and recorded. */
export const breach = (reason: Reason, what: string, more: Omit<More, 'violation'> = {}): Refusal =>
  refusal(reason, { message: what, ...more, violation: what });

export function faultAnswer(o: {
  readonly status: number;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly retryAfterSeconds: number | undefined;
}): Answer {
  const reason = o.reason ?? (o.status === 429 ? 'rateLimitExceeded' : o.status === 403 ? 'forbidden' : 'backendError');
  const isQuota = /rateLimitExceeded|userRateLimitExceeded|quotaExceeded|dailyLimitExceeded/i.test(reason);
  const message = o.message ?? (isQuota ? 'Rate Limit Exceeded' : o.status >= 500 ? 'Backend Error' : reason);
  const domain = isQuota ? 'usageLimits' : 'global';
  const wait = o.retryAfterSeconds === undefined ? {} : { 'retry-after': String(o.retryAfterSeconds) };
  return asJson(o.status, envelope({ status: o.status, domain, reason, message, location: undefined }), wait);
}

function envelope(o: {
  readonly status: number;
  readonly domain: string;
  readonly reason: string;
  readonly message: string;
  readonly location: More['location'];
}): JsonObject {
  const place = o.location === undefined ? {} : { locationType: o.location.type, location: o.location.name };
  return {
    error: {
      code: o.status,
      message: o.message,
      errors: [{ domain: o.domain, reason: o.reason, message: o.message, ...place }],
      ...detailsFor(o.reason),
    },
  };
}

function detailsFor(reason: string): JsonObject {
  if (reason === 'authError') return { status: 'UNAUTHENTICATED' };
  if (reason !== 'insufficientPermissions') return {};
  return {
    status: 'PERMISSION_DENIED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
        domain: 'googleapis.com',
      },
    ],
  };
}

function headersFor(reason: Reason): Readonly<Record<string, string>> {
  if (reason === 'authError')
    return { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' };
  if (reason === 'insufficientPermissions') {
    return { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"' };
  }
  return {};
}
