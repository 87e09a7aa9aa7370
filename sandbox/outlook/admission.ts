/** Who asks, and for whose mailbox: tokens, challenges, permissions. */
import type { Ask } from '../kit/http.ts';
import type { Operation } from './contract.ts';
import type { Access, Grants } from './grants.ts';
import type { Mailbox } from './model.ts';
import { accessDenied, Refusal } from './refusal.ts';
import type { World } from './world.ts';

interface Deps {
  readonly grants: Grants;
  readonly world: World;
}

/** @throws Refusal 401 without a living token, or with a challenge; 403 when its permissions do not reach */
export function admitted(
  { grants, world }: Deps,
  ask: Ask,
  operation: Operation,
  inPath: Readonly<Record<string, string>>,
): { readonly access: Access; readonly mailbox: Mailbox } {
  const token = /^Bearer (.+)$/i.exec(ask.headers.authorization ?? '')?.[1] ?? null;
  const access = token === null ? null : grants.accessOf(token);
  if (token === null) throw unauthorised('Access token is empty.');
  if (access === null) throw unauthorised('Lifetime validation failed, the token is expired.');
  const mailbox = mailboxOf({ grants, world }, access, inPath);
  const demand = grants.demands.get(mailbox.email);
  if (demand !== undefined && access.serial <= demand.serial && (access.canAnswer || demand.isForAll)) {
    const claims = Buffer.from(demand.claims).toString('base64');
    const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${claims}"`;
    const words =
      'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp.';
    throw new Refusal(401, 'InvalidAuthenticationToken', words, { headers: { 'www-authenticate': challenge } });
  }
  if (!reaches(access.scopes, operation.id)) throw accessDenied();
  return { access, mailbox };
}

const unauthorised = (words: string): Refusal =>
  new Refusal(401, 'InvalidAuthenticationToken', words, { headers: { 'www-authenticate': 'Bearer realm=""' } });

function mailboxOf({ grants, world }: Deps, access: Access, inPath: Readonly<Record<string, string>>): Mailbox {
  const wished = inPath.mailbox ?? 'me';
  const own = access.email === null ? undefined : world.mailboxes.get(access.email.toLowerCase());
  if (access.email !== null) {
    const isOwn = wished === 'me' || wished.toLowerCase() === access.email.toLowerCase() || wished === own?.userId;
    if (own === undefined) throw new Refusal(404, 'MailboxNotEnabledForRESTAPI', 'The mailbox is inactive or gone.');
    if (!isOwn) throw accessDenied();
    return own;
  }
  if (wished === 'me' && inPath.mailbox !== undefined) {
    throw new Refusal(400, 'BadRequest', '/me request is only valid with delegated authentication flow.', {
      violation: 'an application has no /me',
    });
  }
  // Subscriptions of an application belong to nobody's mailbox; the simulator takes the first of the tenant.
  const tenant = [...world.mailboxes.values()].filter(({ tenantId }) => tenantId === access.tenantId);
  const found =
    inPath.mailbox === undefined
      ? tenant[0]
      : tenant.find(({ email, userId }) => email.toLowerCase() === wished.toLowerCase() || userId === wished);
  if (found === undefined) throw new Refusal(404, 'ErrorInvalidUser', `The requested user '${wished}' is invalid.`);
  const { appMailboxes } = grants;
  if (inPath.mailbox !== undefined && appMailboxes !== null && !appMailboxes.includes(found.email))
    throw accessDenied();
  return found;
}

function reaches(scopes: readonly string[], operation: string): boolean {
  if (operation === 'me.get')
    return scopes.some((scope) => scope.startsWith('User.Read') || scope.startsWith('Calendars.'));
  if (operation.startsWith('mailboxSettings')) return scopes.some((scope) => scope.startsWith('MailboxSettings.'));
  return scopes.some((scope) => scope.startsWith('Calendars.Read'));
}
