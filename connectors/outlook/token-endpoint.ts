/** Microsoft's token endpoint (RFC 6749): what is sent there and what its refusals mean. */
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import { postForm, type TokenAnswer } from '../token-post.ts';
import { appScope, askedScopes, type OutlookConfig } from './config.ts';
import type { AccessToken, Secret } from './secret.ts';

export interface Granted {
  readonly access: AccessToken;
  /** The one to use from now on; null: the old one stays good. */
  readonly refreshToken: string | null;
  /** Separated by spaces; null when the answer does not say. */
  readonly scope: string | null;
}

const asking = { answerLimit: 131_072, unreachable: 'Microsoft could not be reached for a token.' };

/** @throws Fault `consent`, `invalid` (this gateway's own registration is wrong), `throttled`, `transient` */
export async function askForToken(
  config: OutlookConfig,
  tenant: string,
  form: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<Granted> {
  const answer = await postForm(`${config.loginUrl}/${tenant}/oauth2/v2.0/token`, form, asking);
  if (answer.status !== 200) throw refusalOf(answer, clock);
  const { access_token: value, expires_in: seconds, refresh_token: refresh, scope } = answer.json;
  if (typeof value !== 'string' || value === '') throw new Fault('transient', 'Microsoft gave no token.');
  const life = Number(seconds) > 0 ? Number(seconds) : 3600;
  return {
    access: { value, endsAt: Math.round(clock.now() + life * 1000) as Instant },
    refreshToken: typeof refresh === 'string' && refresh !== '' ? refresh : null,
    scope: typeof scope === 'string' ? scope : null,
  };
}

/** A fresh access token for an account. `claims`: what Graph demanded of it, as JSON; null: nothing. */
export function renew(config: OutlookConfig, secret: Secret, clock: Clock, claims: string | null): Promise<Granted> {
  const common = { ...clientForm(config), ...(claims !== null && { claims }) };
  if (secret.kind === 'app') {
    const form = { grant_type: 'client_credentials', scope: appScope, ...common };
    return askForToken(config, secret.tenantId, form, clock);
  }
  const { refreshToken } = secret;
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, scope: askedScopes.join(' '), ...common };
  return askForToken(config, config.tenant, form, clock);
}

/** @throws Fault `invalid` when the gateway has no client */
export function clientForm(config: OutlookConfig): { client_id: string; client_secret: string } {
  if (config.client === null) {
    const wanted = 'set MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET';
    throw new Fault('invalid', `This gateway has no app registration at Microsoft: ${wanted}.`);
  }
  return { client_id: config.client.id, client_secret: config.client.secret };
}

/** Words that tell a person what to do; Microsoft's own stand behind them where they are short. */
const sentences: Readonly<Record<string, readonly [kind: 'consent' | 'invalid', sentence: string]>> = {
  invalid_grant: [
    'consent',
    'Microsoft says that this account must be authorised again: the access was revoked or has expired',
  ],
  interaction_required: [
    'consent',
    'Microsoft wants its user to sign in again before this account may be used (a rule of the organisation)',
  ],
  consent_required: ['consent', 'The account, or an administrator of its organisation, has not consented yet'],
  login_required: ['consent', 'Microsoft wants its user to sign in again before this account may be used'],
  access_denied: ['consent', 'The access was denied'],
  unauthorized_client: [
    'consent',
    'Microsoft does not let this app act for the account: an administrator of the tenant has to consent to it',
  ],
  invalid_client: [
    'invalid',
    'Microsoft does not know the client id of this gateway, or its secret is wrong or expired',
  ],
  invalid_scope: ['consent', 'Microsoft refuses the permissions that were asked for'],
};

/** What passes by itself; an account is never given up for it. */
const passing: readonly string[] = ['temporarily_unavailable', 'server_error', 'request_timeout'];

const dayMs = 86_400_000;

function refusalOf({ status, json, retryAfter }: TokenAnswer, clock: Clock): Fault {
  const context = { status };
  const error = typeof json.error === 'string' ? json.error : '';
  const waitMs = waitOf(retryAfter, clock);
  if (status === 429) {
    const retryAt = (clock.now() + (waitMs ?? 60_000)) as Instant;
    return new Fault('throttled', 'Microsoft gives no more tokens for the moment.', { retryAt, context });
  }
  if (status >= 500 || status === 408 || passing.includes(error)) {
    const retryAt = waitMs === null ? null : ((clock.now() + waitMs) as Instant);
    return new Fault('transient', `Microsoft's token endpoint fails (status ${status}).`, { retryAt, context });
  }
  const [kind, sentence] = sentences[error] ?? [];
  const detail = detailOf(json.error_description);
  if (kind !== undefined) return new Fault(kind, `${sentence}${detail}.`, { context });
  return new Fault('invalid', `Microsoft refuses to give a token: ${error || `status ${status}`}${detail}.`, {
    context,
  });
}

/** The first line: behind it come trace ids and times. */
function detailOf(description: unknown): string {
  const [line = ''] = typeof description === 'string' ? description.split(/[\r\n]| Trace ID:/) : [];
  const said = line.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return said !== '' && said.length <= 200 ? ` (${said})` : '';
}

function waitOf(retryAfter: string | null, clock: Clock): number | null {
  if (retryAfter === null) return null;
  const ms = /^\d+$/.test(retryAfter.trim()) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - clock.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), dayMs);
}
