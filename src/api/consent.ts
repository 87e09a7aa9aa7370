/** The way through a provider's consent page and back: a single-use address, PKCE (RFC 7636), a state that is ours. */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { ConsentDesk } from '../domain/connector.ts';
import type { TenantId } from '../domain/ids.ts';
import { formatInstant, type Instant } from '../domain/time.ts';
import type { PendingConsent } from '../store/store.ts';
import type { AppParts } from './parts.ts';
import { invalidField, notFound, Refusal } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { noQuery } from './schemas.ts';

const tag = 'Connections';
export const consentMs = 10 * 60_000;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
export const randomText = (): string => randomBytes(32).toString('base64url');
export const callbackUri = (parts: AppParts, provider: string): string =>
  `${parts.config.publicUrl}/oauth/${provider}/callback`;

const providerParam = z.strictObject({ provider: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/) });
const returnTo = z.string().max(2_000).optional().meta({
  description: 'Where the browser goes afterwards: an address of PUBLIC_URL or of RETURN_TO_ORIGINS',
});
const consentOut = z
  .object({ url: z.string(), expiresAt: z.string() })
  .meta({ id: 'ConsentAddress', description: 'Open it once, in the browser of the person who owns the calendar' });

export function consentRoutes(parts: AppParts): readonly Route[] {
  return [startConsent(parts), redirectToConsent(parts)];
}

const startConsent = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/connect/{provider}',
    name: 'startConsent',
    summary: 'Get an address at which somebody gives access to a calendar account',
    details:
      'The address works once, for ten minutes. It leads to the consent page of the provider; afterwards the account is a connection, or a connection that needed consent is well again.',
    tag,
    scope: 'admin',
    idempotent: true,
    secretAnswer: true,
    params: providerParam,
    query: noQuery,
    body: z.strictObject({ returnTo }),
    problems: ['rule_violation'],
    answers: { 201: { description: 'The address', schema: consentOut } },
    async handle({ params, body, caller }) {
      consentDesk(parts, params.provider);
      const pending = await begin(parts, caller.tenantId, params.provider, body.returnTo);
      const ticket = parts.secrets.seal({ open: pending.id });
      return answer(201, consentOut, {
        url: `${parts.config.publicUrl}/connect/${ticket}`,
        expiresAt: formatInstant(pending.expiresAt),
      });
    },
  });

const redirectToConsent = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/connect/{provider}',
    name: 'redirectToConsent',
    summary: 'Go to the consent page of a provider',
    tag,
    scope: 'admin',
    params: providerParam,
    query: z.strictObject({ returnTo }),
    body: null,
    problems: ['rule_violation'],
    answers: { 302: { description: 'The consent page of the provider', schema: null } },
    async handle({ params, query, caller }) {
      const desk = consentDesk(parts, params.provider);
      const pending = await begin(parts, caller.tenantId, params.provider, query.returnTo);
      return { status: 302, body: null, headers: { Location: consentAddress(parts, desk, pending) } };
    },
  });

/** @throws Refusal: no such provider, no browser flow, or no client id */
export function consentDesk(parts: AppParts, provider: string): ConsentDesk {
  const desk = parts.connectors.get(provider)?.consent;
  if (desk === undefined) throw notFound('provider with a consent page');
  if (desk === null) {
    const sentence = `The client id and secret of ${provider} are not set; see the settings in the README.`;
    throw new Refusal('rule_violation', sentence, { extra: { rule: 'not_configured' } });
  }
  return desk;
}

/** The provider's consent page for this attempt; its `state` tells us later which attempt came back. */
export function consentAddress(parts: AppParts, desk: ConsentDesk, pending: PendingConsent): string {
  return desk.address({
    redirectUri: callbackUri(parts, pending.provider),
    state: parts.secrets.seal({ state: pending.id }),
    challenge: sha256(String(parts.secrets.open(pending.verifier))),
  });
}

async function begin(
  parts: AppParts,
  tenantId: TenantId,
  provider: string,
  wanted: string | undefined,
): Promise<PendingConsent> {
  const pending: PendingConsent = {
    id: randomText(),
    tenantId,
    provider,
    verifier: parts.secrets.seal(randomText()),
    returnTo: wanted === undefined ? null : allowedReturn(parts, wanted),
    browserHash: null,
    isOpened: false,
    expiresAt: (parts.store.now() + consentMs) as Instant,
  };
  await parts.store.consents.insert(pending);
  return pending;
}

/** An open redirect would lend our name to anybody's page. */
function allowedReturn(parts: AppParts, wanted: string): string {
  const { publicUrl, returnToOrigins } = parts.config;
  const url = URL.canParse(wanted, publicUrl) ? new URL(wanted, publicUrl) : null;
  const allowed = [new URL(publicUrl).origin, ...returnToOrigins];
  if (url === null || !allowed.includes(url.origin) || url.username !== '' || url.password !== '') {
    throw invalidField('returnTo', `must be an address of ${allowed.join(' or ')}`);
  }
  return url.href;
}
