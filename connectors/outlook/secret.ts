/** The credentials of one account as they are sealed into the database, with the access token that they last gave. */
import type { Instant } from '../../src/domain/time.ts';

export interface AccessToken {
  readonly value: string;
  /** Stored, so that neither a restart nor a refused request has to ask for another one. */
  readonly endsAt: Instant;
}
export type Secret =
  | { readonly kind: 'consent'; readonly refreshToken: string; readonly access: AccessToken | null }
  | {
      /** The gateway's own permission for one mailbox of a tenant. */
      readonly kind: 'app';
      readonly tenantId: string;
      readonly mailbox: string;
      readonly access: AccessToken | null;
    };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isUsable = (value: unknown, most = 16_384): value is string =>
  typeof value === 'string' && value !== '' && value.length <= most && !value.includes('\u0000');

/** Ends up in an address, so that it is held to the form of a directory id or domain. */
const isTenant = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/.test(value);

/** For every tenant there is, and for none in particular. */
const nobodys: readonly string[] = ['common', 'organizations', 'consumers'];

/** Null for anything that is no secret of ours. */
export function parseSecret(value: unknown): Secret | null {
  if (!isRecord(value)) return null;
  const access = parseAccess(value.access);
  if (value.kind === 'consent' && isUsable(value.refreshToken)) {
    return { kind: 'consent', refreshToken: value.refreshToken, access };
  }
  const { tenantId, mailbox } = value;
  if (value.kind !== 'app' || !isTenant(tenantId) || !isUsable(mailbox, 320)) return null;
  return { kind: 'app', tenantId, mailbox, access };
}

function parseAccess(value: unknown): AccessToken | null {
  if (!isRecord(value) || !isUsable(value.value) || typeof value.endsAt !== 'number') return null;
  return { value: value.value, endsAt: value.endsAt as Instant };
}

/** The body of `POST /v1/connections` for this provider, or the sentence that says what is wrong with it. */
export function parseConnectInput(input: unknown): Secret | string {
  const wanted = 'Give either refreshToken, or tenantId and mailbox.';
  if (!isRecord(input)) return wanted;
  const { refreshToken, tenantId, mailbox } = input;
  if ((refreshToken === undefined) === (tenantId === undefined && mailbox === undefined)) return wanted;
  if (refreshToken !== undefined) {
    if (!isUsable(refreshToken) || /\s/.test(refreshToken)) return 'refreshToken must be the text that Microsoft gave.';
    return { kind: 'consent', refreshToken, access: null };
  }
  if (!isTenant(tenantId) || nobodys.includes(tenantId)) {
    return 'tenantId must be the directory id of the tenant, or one of its domains.';
  }
  if (!isUsable(mailbox, 320) || !/^[^\s@/?#%]+@[^\s@/?#%]+$/.test(mailbox)) {
    return 'mailbox must be the e-mail address of the mailbox.';
  }
  return { kind: 'app', tenantId, mailbox, access: null };
}
