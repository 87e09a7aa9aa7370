/** The one table that turns refusals and faults into problem documents (RFC 9457). */
import { Fault, type FaultKind } from '../domain/fault.ts';
import type { Clock } from '../domain/ports.ts';

interface Row {
  readonly status: number;
  readonly title: string;
}

/** Every stable `code` of the contract with its status and title. */
export const problemTable = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key lacks a scope' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'This address does not know that method' },
  slot_taken: { status: 409, title: 'The time is taken' },
  nothing_free: { status: 409, title: 'Nothing is free that fits' },
  offer_accepted: { status: 409, title: 'The offer was accepted already' },
  offer_expired: { status: 409, title: 'The offer has ended' },
  hold_expired: { status: 409, title: 'The hold has ended' },
  external_ref_taken: { status: 409, title: 'The external reference belongs to another booking' },
  already_attached: { status: 409, title: 'The calendar is attached already' },
  in_use: { status: 409, title: 'It is still in use' },
  in_flight: { status: 409, title: 'The same request is still running' },
  version_mismatch: { status: 412, title: 'It was changed meanwhile' },
  payload_too_large: { status: 413, title: 'The body is larger than 1 MiB' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json in UTF-8' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used for another request' },
  rule_violation: { status: 422, title: 'A rule does not allow this' },
  provider_refused: { status: 422, title: 'The calendar provider refused' },
  rate_limited: { status: 429, title: 'Too many requests' },
  too_many_holds: { status: 429, title: 'Too much time is held' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  provider_failed: { status: 502, title: 'The calendar provider could not be reached' },
  calendar_unread: { status: 503, title: 'A calendar could not be read' },
  provider_unavailable: { status: 503, title: 'The calendar provider asks us to wait' },
  busy: { status: 503, title: 'Too many changes at once' },
  unavailable: { status: 503, title: 'The database cannot be reached' },
} as const satisfies Readonly<Record<string, Row>>;

export type ProblemCode = keyof typeof problemTable;
export const problemCodes = Object.keys(problemTable) as readonly ProblemCode[];

/** The code shown for a row where the contract names one code for two statuses. */
const publicCode: Partial<Record<ProblemCode, string>> = { provider_failed: 'provider_unavailable' };
export const codeShown = (code: ProblemCode): string => publicCode[code] ?? code;

const codeOfFault: Readonly<Record<FaultKind, ProblemCode>> = {
  consent: 'provider_refused',
  throttled: 'provider_unavailable',
  transient: 'provider_failed',
  'cursor-lost': 'provider_failed',
  'calendar-gone': 'provider_refused',
  invalid: 'invalid_request',
  clash: 'busy',
  unavailable: 'unavailable',
  bug: 'internal_error',
};
/** Faults whose message was written for the caller; the others' stay in the log. */
const tellable: ReadonlySet<FaultKind> = new Set(['consent', 'calendar-gone', 'invalid', 'transient', 'throttled']);
const waitSeconds: Partial<Record<FaultKind, number>> = { unavailable: 5, clash: 1, throttled: 30, transient: 10 };

export interface FieldError {
  /** Where in the body, query, path or headers: `customer.name`, `skills[0].level`. */
  readonly path: string;
  readonly message: string;
}

interface RefusalOptions {
  readonly errors?: readonly FieldError[];
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is answered with a problem; thrown by routes, rendered in one place. */
export class Refusal extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, o: RefusalOptions = {}) {
    super(detail);
    this.name = 'Refusal';
    this.code = code;
    this.errors = o.errors ?? [];
    this.extra = o.extra ?? {};
    this.headers = o.headers ?? {};
  }
}

/** A validation refusal for one field. */
export const invalidField = (path: string, message: string): Refusal =>
  new Refusal('invalid_request', `${path}: ${message}`, { errors: [{ path, message }] });

export const notFound = (what: string): Refusal => new Refusal('not_found', `There is no such ${what}.`);

/** Anything thrown as the refusal that its caller may see. */
export function refusalOf(error: unknown, clock: Clock): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Fault) return refusalOfFault(error, clock);
  return refusalOfHttpError(error) ?? internal();
}

const internal = (): Refusal =>
  new Refusal('internal_error', 'The request could not be finished. The log has the details under this requestId.');

function refusalOfFault(fault: Fault, clock: Clock): Refusal {
  const code = codeOfFault[fault.kind];
  if (code === 'internal_error') return internal();
  const wait =
    fault.retryAt === null ? waitSeconds[fault.kind] : Math.max(1, Math.ceil((fault.retryAt - clock.now()) / 1000));
  return new Refusal(code, tellable.has(fault.kind) ? fault.message : `${problemTable[code].title}; try again.`, {
    headers: wait === undefined ? {} : { 'Retry-After': String(wait) },
  });
}

/** The body parser and the router throw errors of their own with an HTTP status. */
function refusalOfHttpError(error: unknown): Refusal | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  const type = 'type' in error ? String(error.type) : '';
  switch (error.status) {
    case 413:
      return new Refusal('payload_too_large', 'A body may have up to 1 MiB.');
    case 415:
      return new Refusal(
        'unsupported_media_type',
        'Send JSON in UTF-8, as it is or compressed with gzip, deflate or br.',
      );
    case 400:
      return type === 'entity.parse.failed'
        ? new Refusal('invalid_request', 'The body is not well-formed JSON.')
        : new Refusal('invalid_request', 'The request is malformed.');
    default:
      return null;
  }
}

/** The document and its headers for a refusal. */
export function problemDocument(
  refusal: Refusal,
  o: { readonly publicUrl: string; readonly requestId: string },
): { readonly status: number; readonly body: Readonly<Record<string, unknown>> } {
  const row = problemTable[refusal.code];
  const code = codeShown(refusal.code);
  return {
    status: row.status,
    body: {
      type: `${o.publicUrl}/docs#${code}`,
      title: row.title,
      status: row.status,
      detail: refusal.message,
      code,
      requestId: o.requestId,
      ...(refusal.errors.length > 0 ? { errors: refusal.errors } : {}),
      ...refusal.extra,
    },
  };
}
