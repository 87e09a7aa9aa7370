/** `/{tenant}/oauth2/v2.0/token`: OAuth 2.0 as Microsoft's token server speaks it. */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { SandboxClock } from '../kit/clock.ts';
import type { Answer, Ask } from '../kit/http.ts';
import { asJson } from '../kit/http.ts';
import { isObject, listAt, objectAt, parseJson } from '../kit/json.ts';
import type { Client, Grant, Grants } from './grants.ts';
import { shortScope } from './grants.ts';
import type { World } from './world.ts';

/** An error that the token endpoint gives instead of a token. */
export interface Trouble {
  readonly error: string;
  readonly email: string | null;
  left: number | null;
}
export interface LoginDesk {
  readonly world: World;
  readonly grants: Grants;
  readonly clock: SandboxClock;
  readonly troubles: Trouble[];
  violated(what: string): void;
}

/** Which of Microsoft's numbers stand behind an error. */
const numbers: Readonly<Record<string, number>> = {
  invalid_request: 900144,
  invalid_client: 7000215,
  invalid_grant: 70000,
  interaction_required: 50076,
  unauthorized_client: 700016,
  unsupported_grant_type: 70003,
  invalid_scope: 70011,
  temporarily_unavailable: 90033,
};

export function failed(status: number, error: string, words: string, now: number, more: object = {}): Answer {
  const number = numbers[error] ?? 50000;
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const timestamp = new Date(now).toISOString().replace('T', ' ').replace(/\.\d+/, '');
  const description = `AADSTS${number}: ${words} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`;
  const ids = { timestamp, trace_id: trace, correlation_id: correlation };
  return asJson(status, { error, error_description: description, error_codes: [number], ...ids, ...more });
}

export function answerToken(desk: LoginDesk, ask: Ask, tenant: string): Answer {
  const form = new URLSearchParams(ask.body);
  const now = desk.clock.now();
  const isForm = (ask.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  if (ask.method !== 'POST' || !isForm) {
    desk.violated('the token endpoint takes POST with a form');
    return failed(400, 'invalid_request', 'The request body must be a form.', now);
  }
  const client = clientOf(desk.grants, form, ask);
  if (client === null) return failed(401, 'invalid_client', 'Invalid client secret provided.', now);
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return byCode(desk, client, form);
    case 'refresh_token':
      return byRefresh(desk, client, form);
    case 'client_credentials':
      return byApplication(desk, client, form, tenant);
    default:
      desk.violated(`grant_type ${form.get('grant_type')} is not known`);
      return failed(400, 'unsupported_grant_type', 'The grant type is not supported.', now);
  }
}

function clientOf(grants: Grants, form: URLSearchParams, ask: Ask): Client | null {
  const basic = /^Basic (.+)$/i.exec(ask.headers.authorization ?? '')?.[1];
  const [id, secret] =
    basic === undefined
      ? [form.get('client_id'), form.get('client_secret')]
      : Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent);
  const client = grants.clients.get(id ?? '');
  return client !== undefined && same(client.secret, secret ?? '') ? client : null;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

function byCode(desk: LoginDesk, client: Client, form: URLSearchParams): Answer {
  const now = desk.clock.now();
  const code = desk.grants.takeCode(form.get('code') ?? '', client.id);
  if (code === null)
    return failed(400, 'invalid_grant', 'The provided authorization code is invalid or has expired.', now);
  if (code.redirectUri !== form.get('redirect_uri')) {
    desk.violated('redirect_uri of the exchange is not that of the consent');
    return failed(400, 'invalid_grant', 'The redirect address does not match.', now);
  }
  const verifier = form.get('code_verifier');
  const isProven =
    code.challenge === null
      ? verifier === null
      : verifier !== null &&
        same(code.challenge, code.method === 'plain' ? verifier : digest(verifier).toString('base64url'));
  if (!isProven) {
    desk.violated('code_verifier does not fit to the code_challenge');
    return failed(400, 'invalid_grant', 'The code verifier does not match the code challenge.', now);
  }
  const trouble = troubleOf(desk, code.email);
  return trouble ?? granted(desk, code, form);
}

function byRefresh(desk: LoginDesk, client: Client, form: URLSearchParams): Answer {
  const { grants, clock } = desk;
  const token = form.get('refresh_token') ?? '';
  // A trouble does not use the token up.
  const { rotation } = grants;
  grants.rotation = 'lenient';
  const grant = grants.takeRefresh(token, client.id);
  grants.rotation = rotation;
  if (grant === null) {
    return failed(
      400,
      'invalid_grant',
      'The refresh token has expired, was revoked, or was used already.',
      clock.now(),
    );
  }
  const trouble = troubleOf(desk, grant.email) ?? demanded(desk, grant, form);
  if (trouble !== null) return trouble;
  const wished = (form.get('scope') ?? '')
    .split(' ')
    .filter((name) => name !== '')
    .map(shortScope);
  const missing = wished.find((name) => name !== '.default' && !grant.scopes.includes(name));
  if (missing !== undefined)
    return failed(400, 'invalid_grant', `The user has not consented to ${missing}.`, clock.now(), {
      suberror: 'consent_required',
    });
  grants.takeRefresh(token, client.id);
  return granted(desk, grant, form);
}

function byApplication(desk: LoginDesk, client: Client, form: URLSearchParams, tenant: string): Answer {
  const { grants, clock, world } = desk;
  if (form.get('scope') !== 'https://graph.microsoft.com/.default') {
    return failed(400, 'invalid_scope', 'The scope must be https://graph.microsoft.com/.default.', clock.now());
  }
  const isKnown = [...world.mailboxes.values()].some(({ tenantId }) => tenantId === tenant);
  if (!isKnown)
    return failed(
      400,
      'unauthorized_client',
      `The application was not found in the directory '${tenant}'.`,
      clock.now(),
    );
  const trouble = troubleOf(desk, null);
  if (trouble !== null) return trouble;
  const grant: Grant = { email: null, clientId: client.id, scopes: grants.appRoles, tenantId: tenant };
  const token = grants.newAccess(grant, capable(form));
  const life = { expires_in: grants.accessSeconds, ext_expires_in: grants.accessSeconds };
  return asJson(200, { token_type: 'Bearer', ...life, access_token: token });
}

function granted(desk: LoginDesk, given: Grant, form: URLSearchParams): Answer {
  const { grants } = desk;
  const grant = { email: given.email, clientId: given.clientId, scopes: given.scopes, tenantId: given.tenantId };
  const access = grants.newAccess(grant, capable(form));
  const isLasting = grant.scopes.includes('offline_access');
  // Microsoft never names offline_access in its answer, and writes the others with the address of the resource.
  const scope = grant.scopes
    .filter((name) => name !== 'offline_access')
    .map((name) => `https://graph.microsoft.com/${name}`)
    .join(' ');
  const life = { expires_in: grants.accessSeconds, ext_expires_in: grants.accessSeconds };
  const more = isLasting ? { refresh_token: grants.newRefresh(grant) } : {};
  return asJson(200, { token_type: 'Bearer', scope, ...life, access_token: access, ...more });
}

/** Whether the client declared the capability `cp1`, or answers a challenge. */
function capable(form: URLSearchParams): boolean {
  const claims = parseJson(form.get('claims') ?? '');
  const declared = objectAt(objectAt(isObject(claims) ? claims : undefined, 'access_token'), 'xms_cc');
  return listAt(declared, 'values').includes('cp1') || form.has('claims');
}

function demanded({ grants, clock }: LoginDesk, grant: Grant, form: URLSearchParams): Answer | null {
  const demand = grant.email === null ? undefined : grants.demands.get(grant.email);
  if (demand === undefined) return null;
  if (demand.isInteractive) {
    const words = 'Due to a configuration change made by your administrator, you must sign in again.';
    return failed(400, 'interaction_required', words, clock.now(), { suberror: 'basic_action', claims: demand.claims });
  }
  if (form.get('claims')?.includes('nbf') === true) grants.demands.delete(grant.email!);
  return null;
}

function troubleOf({ troubles, clock }: LoginDesk, email: string | null): Answer | null {
  const at = troubles.findIndex((trouble) => trouble.email === null || trouble.email === email);
  const trouble = troubles[at];
  if (trouble === undefined) return null;
  if (trouble.left !== null) {
    trouble.left -= 1;
    if (trouble.left === 0) troubles.splice(at, 1);
  }
  const status = trouble.error === 'temporarily_unavailable' ? 503 : 400;
  return failed(status, trouble.error, 'As it was ordered.', clock.now());
}
