/** The door of the calendar API: reads, judges, allows, strikes with faults, answers, and writes everything down. */
import type { SandboxClock } from '../kit/clock.ts';
import type { Call, Fault, Faults } from '../kit/faults.ts';
import type { Answer, Ask } from '../kit/http.ts';
import { asJson } from '../kit/http.ts';
import type { Journal } from '../kit/journal.ts';
import type { JsonObject } from '../kit/json.ts';
import { parseJson, textAt } from '../kit/json.ts';
import type { Operation } from './contract.ts';
import { bodyOf, operationOf, paramsOf, schemas } from './contract.ts';
import type { Grants } from './grants.ts';
import { methods } from './methods.ts';
import type { Account } from './model.ts';
import { selected } from './partial.ts';
import { faultAnswer, Refusal, refusal } from './refusal.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

export interface ApiDeps {
  readonly world: World;
  readonly grants: Grants;
  readonly watch: Watch;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly clock: SandboxClock;
  readonly knobs: ApiKnobs;
  readonly origin: () => string;
}
export interface ApiKnobs {
  /** Every answer of the API and of the token endpoint is held back so long. */
  latencyMs: number;
  pageCap: number | null;
}

/** What became of a call, gathered on the way for the journal. */
interface Trail {
  method: string;
  account: string | null;
  reason: string | null;
  waitMs: number;
  loseAnswer: boolean;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Runs one call of any kind and keeps the journal. */
export async function recorded(
  deps: Pick<ApiDeps, 'journal' | 'clock' | 'knobs'>,
  ask: Ask,
  run: (trail: Trail, note: (what: string) => void) => Answer,
): Promise<Answer> {
  const { journal, clock, knobs } = deps;
  const trail: Trail = { method: '?', account: null, reason: null, waitMs: knobs.latencyMs, loseAnswer: false };
  const at = new Date(clock.now()).toISOString();
  const note = (what: string): void => journal.violated({ at, method: trail.method, path: ask.path, what });
  let answer: Answer;
  try {
    answer = run(trail, note);
  } catch (fault) {
    if (!(fault instanceof Refusal)) throw fault;
    if (fault.violation !== null) note(fault.violation);
    trail.reason = fault.reason;
    answer = fault.answer;
  }
  if (trail.loseAnswer) answer = 'cut';
  const status = typeof answer === 'object' && 'status' in answer ? answer.status : 'cut';
  const { method, account, reason } = trail;
  journal.asked({ at, method, verb: ask.method, path: ask.path + ask.url.search, account, status, reason });
  if (trail.waitMs > 0) await pause(trail.waitMs);
  return answer;
}

export const answerApi = (deps: ApiDeps, ask: Ask): Promise<Answer> =>
  recorded(deps, ask, (trail, note) => {
    const { operation, inPath } = operationOf(ask.method, ask.path);
    trail.method = operation.id;
    const { account, scopes } = admitted(deps, ask, operation);
    trail.account = account.email;
    const params = paramsOf(operation, inPath, ask.url.searchParams);
    const calendarId = calendarIn(inPath, account);
    const isWrite = operation.httpMethod !== 'GET' && operation.id !== 'freebusy.query';
    const struck = strike(deps.faults, { method: operation.id, isWrite, account: account.email, calendarId }, trail);
    if (struck !== null) return struck;
    const given = ask.body === '' ? undefined : parseJson(ask.body);
    if (given === undefined && ask.body !== '') throw refusal('parseError', { violation: 'the body is no JSON' });
    const body = bodyOf(operation, given, note);
    const method = methods[operation.id];
    if (method === undefined) throw refusal('notSimulated', { message: `${operation.id} is not simulated.` });
    const { world, watch, knobs } = deps;
    const ifMatch = header(ask, 'if-match');
    const call = { world, watch, account, scopes, params, body, ifMatch, note, pageCap: knobs.pageCap };
    const result = method({ ...call, origin: deps.origin() });
    return result === null ? { status: 204 } : shown(result, ask, operation, params.text('fields'));
  });

function shown(result: JsonObject, ask: Ask, operation: Operation, fields: string | undefined): Answer {
  const etag = textAt(result, 'etag');
  if (ask.method === 'GET' && etag !== undefined && header(ask, 'if-none-match') === etag) {
    return { status: 304, headers: { etag } };
  }
  const body = fields === undefined ? result : selected(result, fields, schemas, operation.response);
  const headers = { 'cache-control': 'no-cache, no-store', ...(etag === undefined ? {} : { etag }) };
  return asJson(200, body, headers);
}

/** @throws Refusal 401 without a living token, 403 when its scopes do not reach */
function admitted(
  { grants, world }: ApiDeps,
  ask: Ask,
  operation: Operation,
): { readonly account: Account; readonly scopes: readonly string[] } {
  const token =
    /^Bearer (.+)$/i.exec(header(ask, 'authorization') ?? '')?.[1] ?? ask.url.searchParams.get('oauth_token');
  const access = token === null ? null : grants.accessOf(token);
  if (access === null) throw refusal('authError', { location: { type: 'header', name: 'Authorization' } });
  const scopes = access.scopes.filter((scope) => operation.scopes.includes(scope));
  if (scopes.length === 0) throw refusal('insufficientPermissions');
  const account = world.accounts.get(access.account);
  if (account === undefined) throw refusal('notACalendarUser');
  return { account, scopes };
}

function calendarIn(inPath: JsonObject, account: Account): string | null {
  const id = textAt(inPath, 'calendarId') ?? null;
  return id === 'primary' ? account.email : id;
}

const header = (ask: Ask, name: 'authorization' | 'if-match' | 'if-none-match'): string | undefined =>
  ask.headers[name];

/** What hits this call before anything is done; null: it goes on, perhaps late or unanswered. */
export function strike(faults: Faults, call: Call, trail: Trail): Answer | null {
  for (const fault of faults.strike(call)) {
    if (fault.kind === 'delay') trail.waitMs += fault.ms;
    if (fault.kind === 'lose-answer') trail.loseAnswer = true;
    if (fault.kind === 'lose-request') return 'cut';
    if (fault.kind === 'refuse') {
      trail.reason = fault.reason ?? 'fault';
      return refused(fault);
    }
  }
  return null;
}

function refused(fault: Fault & { readonly kind: 'refuse' }): Answer {
  if (fault.html) {
    const headers = { 'content-type': 'text/html; charset=UTF-8' };
    return {
      status: fault.status,
      headers,
      body: `<html><title>Error ${fault.status}</title><p>That is all we know.</html>`,
    };
  }
  const { status, reason, message, retryAfterSeconds } = fault;
  return faultAnswer({ status, reason, message, retryAfterSeconds });
}
