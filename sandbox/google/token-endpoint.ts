/** `/token`, `/revoke` and the account's profile: OAuth 2.0 as Google's token server speaks it. */
import { createHash, timingSafeEqual, verify } from 'node:crypto';
import type { SandboxClock } from '../kit/clock.ts';
import type { Answer, Ask } from '../kit/http.ts';
import { asJson } from '../kit/http.ts';
import type { JsonObject } from '../kit/json.ts';
import { compact, isObject, parseJson, textAt } from '../kit/json.ts';
import type { Client, Grants, ServiceAccount } from './grants.ts';
import type { World } from './world.ts';

const googleTokenUrl = 'https://oauth2.googleapis.com/token';
const prefix = 'https://www.googleapis.com/auth/';
/** `calendar.events` for `https://www.googleapis.com/auth/calendar.events`; anything else stays as it is. */
export const shortScope = (scope: string): string => (scope.startsWith(prefix) ? scope.slice(prefix.length) : scope);

export interface TokenDesk {
  readonly world: World;
  readonly grants: Grants;
  readonly clock: SandboxClock;
  readonly origin: string;
  violated(what: string): void;
}

const failed = (status: number, error: string, description: string): Answer =>
  asJson(status, { error, error_description: description });
const dead = (): Answer => failed(400, 'invalid_grant', 'Token has been expired or revoked.');

export function answerToken(desk: TokenDesk, ask: Ask): Answer {
  const form = new URLSearchParams(ask.body);
  const isForm = (ask.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  if (ask.method !== 'POST' || !isForm) {
    desk.violated('the token endpoint takes POST with a form');
    return failed(400, 'invalid_request', 'Bad Request');
  }
  const type = form.get('grant_type');
  if (type === 'urn:ietf:params:oauth:grant-type:jwt-bearer') return byAssertion(desk, form.get('assertion') ?? '');
  const client = clientOf(desk.grants, form, ask);
  if (client === null) return failed(401, 'invalid_client', 'The OAuth client was not found.');
  if (type === 'authorization_code') return byCode(desk, client, form);
  if (type === 'refresh_token') return byRefresh(desk, client, form.get('refresh_token') ?? '');
  desk.violated(`grant_type ${type} is not known`);
  return failed(400, 'unsupported_grant_type', `Invalid grant_type: ${type}`);
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

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function byCode({ grants, clock, violated }: TokenDesk, client: Client, form: URLSearchParams): Answer {
  const text = form.get('code') ?? '';
  const code = grants.codes.get(text);
  grants.codes.delete(text);
  if (code === undefined || code.clientId !== client.id || code.endsAt <= clock.now()) {
    return failed(400, 'invalid_grant', 'Malformed auth code.');
  }
  if (code.redirectUri !== form.get('redirect_uri')) {
    violated('redirect_uri of the exchange is not that of the consent');
    return failed(400, 'redirect_uri_mismatch', 'Bad Request');
  }
  const verifier = form.get('code_verifier');
  if (!provesChallenge(code.challenge, code.method, verifier)) {
    violated('code_verifier does not fit to the code_challenge');
    return failed(400, 'invalid_grant', verifier === null ? 'Missing code verifier.' : 'Invalid code verifier.');
  }
  const refresh = code.offline
    ? grants.newRefresh({ account: code.account, scopes: code.scopes, clientId: client.id })
    : null;
  return granted(grants, code.account, code.scopes, refresh, { refresh_token: refresh ?? undefined });
}

function provesChallenge(challenge: string | null, method: string | null, verifier: string | null): boolean {
  if (challenge === null) return verifier === null;
  if (verifier === null) return false;
  return same(challenge, method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url'));
}

function byRefresh({ grants }: TokenDesk, client: Client, token: string): Answer {
  const refresh = grants.refresh.get(token);
  if (refresh === undefined || refresh.clientId !== client.id) return dead();
  return granted(grants, refresh.account, refresh.scopes, token);
}

function granted(
  grants: Grants,
  account: string,
  scopes: readonly string[],
  family: string | null,
  more: JsonObject = {},
): Answer {
  const scope = scopes.map((name) => (/^(openid|email|profile)$/.test(name) ? name : `${prefix}${name}`)).join(' ');
  const answer = { access_token: grants.newAccess(account, scopes, family), expires_in: grants.accessSeconds };
  return asJson(200, compact({ ...answer, ...more, scope, token_type: 'Bearer' }), { 'cache-control': 'no-store' });
}

/** RFC 7523 as service accounts use it; `sub` acts for a user when the domain has delegated the scopes. */
function byAssertion(desk: TokenDesk, assertion: string): Answer {
  const { grants, world, clock, origin, violated } = desk;
  const [head, claims, signature] = assertion.split('.');
  const header = decode(head);
  const claim = decode(claims);
  const service = grants.serviceAccounts.get(textAt(claim, 'iss') ?? '');
  if (service === undefined) return failed(400, 'invalid_grant', 'Invalid grant: account not found');
  const isSigned = textAt(header, 'alg') === 'RS256' && signed(service, `${head}.${claims}`, signature ?? '');
  if (!isSigned) return failed(400, 'invalid_grant', 'Invalid JWT Signature.');
  const fault = claimFault(claim, clock.now() / 1000, [googleTokenUrl, `${origin}/token`]);
  if (fault !== null) {
    violated(fault);
    return failed(400, 'invalid_grant', fault);
  }
  const scopes = (textAt(claim, 'scope') ?? '')
    .split(' ')
    .filter((scope) => scope !== '')
    .map(shortScope);
  if (scopes.length === 0) return failed(400, 'invalid_scope', 'Empty or missing scope not allowed.');
  const subject = textAt(claim, 'sub');
  if (subject === undefined || subject === service.email) return granted(grants, service.email, scopes, null);
  if (service.delegated === null || !scopes.every((scope) => service.delegated!.includes(scope))) {
    const why =
      'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.';
    return failed(401, 'unauthorized_client', why);
  }
  if (!world.accounts.has(subject)) return failed(400, 'invalid_grant', 'Invalid email or User ID');
  return granted(grants, subject, scopes, null);
}

function decode(part: string | undefined): JsonObject | undefined {
  const value = parseJson(Buffer.from(part ?? '', 'base64url').toString('utf8'));
  return isObject(value) ? value : undefined;
}

function signed(service: ServiceAccount, text: string, signature: string): boolean {
  return verify('RSA-SHA256', Buffer.from(text), service.publicKey, Buffer.from(signature, 'base64url'));
}

function claimFault(claim: JsonObject | undefined, now: number, audiences: readonly string[]): string | null {
  const { iat, exp, aud } = claim ?? {};
  if (typeof iat !== 'number' || typeof exp !== 'number') return 'Invalid JWT: iat and exp are required.';
  // Five minutes of slack for clocks, as everybody gives.
  const isTimely = iat <= now + 300 && exp > now - 300 && exp - iat <= 3600;
  if (!isTimely) return 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.';
  return typeof aud === 'string' && audiences.includes(aud) ? null : 'Invalid JWT: Failed audience check.';
}

/** A body or a query parameter `token`; unknown ones are refused like Google does. */
export function answerRevoke({ grants }: TokenDesk, ask: Ask): Answer {
  const token = ask.url.searchParams.get('token') ?? new URLSearchParams(ask.body).get('token') ?? '';
  if (ask.method !== 'POST') return failed(405, 'invalid_request', 'POST only');
  return grants.revoke(token) ? asJson(200, {}) : failed(400, 'invalid_token', 'Token expired or revoked');
}

export function answerUserInfo({ grants, world }: TokenDesk, ask: Ask): Answer {
  const access = grants.accessOf(/^Bearer (.+)$/i.exec(ask.headers.authorization ?? '')?.[1] ?? '');
  if (access === null) return failed(401, 'invalid_request', 'Invalid Credentials');
  const account = world.accounts.get(access.account);
  const sub = createHash('sha256').update(access.account).digest('hex').slice(0, 21);
  const mayTell = access.scopes.some((scope) => scope === 'email' || scope === 'userinfo.email');
  return asJson(200, { sub, ...(mayTell ? { email: account?.email, email_verified: true } : {}) });
}
