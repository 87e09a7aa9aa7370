/** The door of Graph: reads, judges, allows, strikes with faults, answers, and writes everything down. */
import type { SandboxClock } from '../kit/clock.ts';
import type { Call, Fault, Faults } from '../kit/faults.ts';
import type { Answer, Ask } from '../kit/http.ts';
import { asJson } from '../kit/http.ts';
import type { Journal } from '../kit/journal.ts';
import { parseJson, textAt } from '../kit/json.ts';
import { admitted } from './admission.ts';
import { bodyOf, operationOf, queryOf } from './contract.ts';
import type { DeltaDesk } from './delta.ts';
import type { Grants } from './grants.ts';
import type { Lanes } from './lanes.ts';
import { retryAfterHeader } from './lanes.ts';
import { methods, type Result } from './methods.ts';
import { breach, errorAnswer, Refusal } from './refusal.ts';
import { wishesOf } from './render.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { World } from './world.ts';

export interface ApiKnobs {
  /** Every answer of Graph and of the token endpoint is held back so long. */
  latencyMs: number;
  pageCap: number | null;
  repeats: 'existing' | 'error';
}
export interface ApiDeps {
  readonly world: World;
  readonly grants: Grants;
  readonly delta: DeltaDesk;
  readonly subscriptions: Subscriptions;
  readonly lanes: Lanes;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly clock: SandboxClock;
  readonly knobs: ApiKnobs;
  readonly origin: () => string;
}

/** What became of a call, gathered on the way for the journal. */
export interface Trail {
  method: string;
  account: string | null;
  reason: string | null;
  waitMs: number;
  loseAnswer: boolean;
  /** Lets the next request of the mailbox in. */
  leave: () => void;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Runs one call of any kind and keeps the journal. */
export async function recorded(
  deps: Pick<ApiDeps, 'journal' | 'clock' | 'knobs'>,
  ask: Ask,
  run: (trail: Trail, note: (what: string) => void) => Answer | Promise<Answer>,
): Promise<Answer> {
  const { journal, clock, knobs } = deps;
  const quiet = { method: '?', account: null, reason: null, loseAnswer: false, leave: () => {} };
  const trail: Trail = { ...quiet, waitMs: knobs.latencyMs };
  const at = new Date(clock.now()).toISOString();
  const note = (what: string): void => journal.violated({ at, method: trail.method, path: ask.path, what });
  let answer: Answer;
  try {
    answer = await run(trail, note);
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.violation !== null) note(fault.violation);
    trail.reason = fault.code;
    answer = fault.answer(clock.now());
  }
  if (trail.loseAnswer) answer = 'cut';
  const status = typeof answer === 'object' && 'status' in answer ? answer.status : 'cut';
  const { method, account, reason } = trail;
  journal.asked({ at, method, verb: ask.method, path: ask.path + ask.url.search, account, status, reason });
  if (trail.waitMs > 0) await pause(trail.waitMs);
  trail.leave();
  return answer;
}

export const answerApi = (deps: ApiDeps, ask: Ask): Promise<Answer> =>
  recorded(deps, ask, async (trail, note) => {
    const { operation, inPath } = operationOf(ask.method, ask.path);
    trail.method = operation.id;
    const { access, mailbox } = admitted(deps, ask, operation, inPath);
    trail.account = mailbox.email;
    const isWrite = operation.method !== 'GET' && operation.id !== 'calendar.getSchedule';
    const calendarId = inPath.calendar ?? null;
    const struck = strike(deps, { method: operation.id, isWrite, account: mailbox.email, calendarId }, trail);
    if (struck !== null) return struck;
    if (inPath.mailbox !== undefined) {
      const leave = deps.lanes.enter(mailbox.email);
      if (leave === null) {
        trail.reason = 'ApplicationThrottled';
        return deps.lanes.refusal(deps.clock.now());
      }
      trail.leave = leave;
    }
    const query = queryOf(operation, ask.url.searchParams);
    const given = ask.body === '' ? undefined : parseJson(ask.body);
    if (given === undefined && ask.body !== '') throw breach('RequestBodyRead', 'The body is no JSON.');
    if (ask.body !== '' && !/json/i.test(ask.headers['content-type'] ?? '')) {
      throw breach('RequestBodyRead', 'A body needs the Content-Type application/json.');
    }
    const body = bodyOf(operation, given);
    const method = methods[operation.id];
    if (method === undefined) throw new Refusal(501, 'NotImplemented', `${operation.id} is not simulated.`);
    const wishes = wishesOf(String(ask.headers.prefer ?? ''));
    const address = new URL(ask.path + ask.url.search, deps.origin());
    const { world, delta, subscriptions, knobs } = deps;
    const parts = { world, delta, subscriptions, access, mailbox, inPath, query, body, wishes, address, note };
    const call = { ...parts, ifMatch: ask.headers['if-match'], pageCap: knobs.pageCap, repeats: knobs.repeats };
    return shown(await method(call), operation.id.endsWith('.create') ? 201 : 200);
  });

function shown(result: Result, status: number): Answer {
  if (result === null) return { status: 204 };
  if (typeof result === 'number') return { status: result };
  const etag = textAt(result, '@odata.etag');
  const headers = { 'cache-control': 'private', ...(etag === undefined ? {} : { etag }) };
  return asJson(status, result, headers);
}

/** What hits this call before anything is done; null: it goes on, perhaps late or unanswered. */
export function strike(
  { faults, clock, lanes }: Pick<ApiDeps, 'faults' | 'clock' | 'lanes'>,
  call: Call,
  trail: Trail,
): Answer | null {
  for (const fault of faults.strike(call)) {
    if (fault.kind === 'delay') trail.waitMs += fault.ms;
    if (fault.kind === 'lose-answer') trail.loseAnswer = true;
    if (fault.kind === 'lose-request') return 'cut';
    if (fault.kind === 'refuse') {
      trail.reason = fault.reason ?? 'fault';
      return refused(fault, clock.now(), lanes);
    }
  }
  return null;
}

const usualCodes: Readonly<Record<number, string>> = {
  ...{
    401: 'InvalidAuthenticationToken',
    403: 'ErrorAccessDenied',
    404: 'ErrorItemNotFound',
    409: 'ErrorIrresolvableConflict',
  },
  ...{ 412: 'ErrorIrresolvableConflict', 429: 'ApplicationThrottled', 500: 'ErrorInternalServerTransientError' },
  ...{ 503: 'ServiceUnavailable', 504: 'GatewayTimeout' },
};

function refused(fault: Fault & { readonly kind: 'refuse' }, now: number, lanes: Lanes): Answer {
  const { status, reason, message, retryAfterSeconds: seconds } = fault;
  const form = lanes.knobs.retryAfter;
  const headers = seconds === undefined ? {} : retryAfterHeader(form === 'none' ? 'seconds' : form, seconds, now);
  if (fault.html) {
    const body = `<html><head><title>${status}</title></head><body><h1>Service Unavailable</h1></body></html>`;
    return { status, headers: { 'content-type': 'text/html; charset=us-ascii', ...headers }, body };
  }
  const code = reason ?? usualCodes[status] ?? 'UnknownError';
  return errorAnswer(status, code, message ?? 'As it was ordered.', now, headers);
}
