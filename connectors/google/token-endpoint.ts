/** Google's token endpoint (RFC 6749, RFC 7523): what is sent there and what its refusals mean. */
import { createSign } from 'node:crypto';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import { postForm, type TokenAnswer } from '../token-post.ts';
import { type GoogleConfig, neededScopes } from './config.ts';
import type { AccessToken, Secret } from './secret.ts';

export interface Granted {
  readonly access: AccessToken;
  /** Null: the old one stays good. */
  readonly refreshToken: string | null;
  /** Separated by spaces; null when the answer does not say. */
  readonly scope: string | null;
}

const asking = { answerLimit: 65_536, unreachable: 'Google could not be reached for a token.' };
const assertionSeconds = 3600;
/** The audience of an assertion is Google's address, whatever stands in for it. */
const googleTokenUrl = 'https://oauth2.googleapis.com/token';

/** @throws Fault `consent`, `invalid` (this gateway's own client is wrong), `throttled`, `transient` */
export async function askForToken(
  config: GoogleConfig,
  form: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<Granted> {
  const answer = await postForm(`${config.tokenUrl}/token`, form, asking);
  if (answer.status !== 200) throw refusalOf(answer, clock);
  const { access_token: value, expires_in: seconds, refresh_token: refresh, scope } = answer.json;
  if (typeof value !== 'string' || value === '') throw new Fault('transient', 'Google gave no token.');
  const life = typeof seconds === 'number' && seconds > 0 ? seconds : 3600;
  return {
    access: { value, endsAt: (clock.now() + life * 1000) as Instant },
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : null,
    scope: typeof scope === 'string' ? scope : null,
  };
}

/** A fresh access token for an account. */
export function renew(config: GoogleConfig, secret: Secret, clock: Clock): Promise<Granted> {
  if (secret.kind === 'service') {
    const assertion = assertionFor(secret, clock);
    return askForToken(config, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }, clock);
  }
  const form = { grant_type: 'refresh_token', refresh_token: secret.refreshToken, ...clientForm(config) };
  return askForToken(config, form, clock);
}

/** @throws Fault `invalid` when the gateway has no client */
export function clientForm(config: GoogleConfig): { client_id: string; client_secret: string } {
  if (config.client === null) {
    throw new Fault(
      'invalid',
      'This gateway has no client id of Google: set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
    );
  }
  return { client_id: config.client.id, client_secret: config.client.secret };
}

/** Gives a grant back. One that is gone already is fine. */
export async function revokeToken(config: GoogleConfig, token: string): Promise<void> {
  const { status } = await postForm(`${config.tokenUrl}/revoke`, { token }, asking);
  if (status >= 500 || status === 429) throw new Fault('transient', 'Google did not take the authorisation back now.');
}

/** A signed statement that this service account acts for its subject (RFC 7523 section 3). */
function assertionFor(secret: Extract<Secret, { kind: 'service' }>, clock: Clock): string {
  const { account, subject } = secret;
  const issued = Math.floor(clock.now() / 1000);
  const head = { alg: 'RS256', typ: 'JWT', ...(account.keyId !== null && { kid: account.keyId }) };
  const claims = {
    iss: account.email,
    sub: subject,
    scope: neededScopes.join(' '),
    aud: googleTokenUrl,
    iat: issued,
    exp: issued + assertionSeconds,
  };
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  try {
    return `${text}.${createSign('RSA-SHA256').update(text).sign(account.privateKey, 'base64url')}`;
  } catch (error) {
    throw new Fault('consent', 'The private key of the service account cannot be used.', { cause: error });
  }
}

/** Words that tell a person what to do; Google's own stand behind them where they are short. */
const sentences: Readonly<Record<string, readonly [kind: 'consent' | 'invalid', sentence: string]>> = {
  invalid_grant: [
    'consent',
    'Google says that this account must be authorised again: the access was revoked or has expired',
  ],
  unauthorized_client: [
    'consent',
    'Google does not let this client act for the account; for a service account an administrator of the domain has to allow its client id and scopes (domain-wide delegation)',
  ],
  invalid_client: ['invalid', 'Google does not know the client id of this gateway, or its secret is wrong'],
  redirect_uri_mismatch: ['invalid', 'The redirect address is not among those of the client id in the Google console'],
  invalid_scope: ['consent', 'Google refuses the scopes that were asked for'],
  access_denied: ['consent', 'The access was denied'],
  org_internal: ['consent', 'This client id is for accounts of another organisation only'],
  admin_policy_enforced: ['consent', 'An administrator of the domain has blocked this client'],
};

function refusalOf({ status, json, retryAfter }: TokenAnswer, clock: Clock): Fault {
  const context = { status };
  const error = typeof json.error === 'string' ? json.error : '';
  if (status === 429 || error === 'rate_limit_exceeded') {
    const seconds = Number(retryAfter ?? '60');
    const waitMs = (seconds > 0 && seconds <= 86_400 ? seconds : 60) * 1000;
    const retryAt = (clock.now() + waitMs) as Instant;
    return new Fault('throttled', 'Google gives no more tokens for the moment.', { retryAt, context });
  }
  const [kind, sentence] = sentences[error] ?? [];
  const said = typeof json.error_description === 'string' ? json.error_description.replace(/\s+/g, ' ').trim() : '';
  const detail = said !== '' && said.length <= 160 ? ` (${said.replace(/\.$/, '')})` : '';
  if (kind !== undefined) return new Fault(kind, `${sentence}${detail}.`, { context });
  if (status >= 500 || status === 408)
    return new Fault('transient', `Google's token endpoint fails (status ${status}).`, { context });
  return new Fault('invalid', `Google refuses to give a token: ${error || `status ${status}`}${detail}.`, { context });
}
