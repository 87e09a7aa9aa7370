/** The credentials of one account as they are sealed into the database, with the access token that they last gave. */
import type { Instant } from '../../src/domain/time.ts';

export interface AccessToken {
  readonly value: string;
  /** Stored, so that neither a restart nor a refused request has to ask for another one. */
  readonly endsAt: Instant;
}
export interface ServiceAccount {
  readonly email: string;
  /** PEM. */
  readonly privateKey: string;
  readonly keyId: string | null;
}
export type Secret =
  | { readonly kind: 'consent'; readonly refreshToken: string; readonly access: AccessToken | null }
  | {
      readonly kind: 'service';
      readonly account: ServiceAccount;
      /** The user of the Workspace domain for whom the account acts. */
      readonly subject: string;
      readonly access: AccessToken | null;
    };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isUsable = (value: unknown, most = 8192): value is string =>
  typeof value === 'string' && value !== '' && value.length <= most && !value.includes('\u0000');

/** Null for anything that is no secret of ours. */
export function parseSecret(value: unknown): Secret | null {
  if (!isRecord(value)) return null;
  const access = parseAccess(value.access);
  if (value.kind === 'consent' && isUsable(value.refreshToken)) {
    return { kind: 'consent', refreshToken: value.refreshToken, access };
  }
  const { account } = value;
  if (value.kind !== 'service' || !isUsable(value.subject) || !isRecord(account)) return null;
  const { email, privateKey, keyId } = account;
  if (!isUsable(email) || !isUsable(privateKey)) return null;
  const known = { email, privateKey, keyId: isUsable(keyId) ? keyId : null };
  return { kind: 'service', account: known, subject: value.subject, access };
}

function parseAccess(value: unknown): AccessToken | null {
  if (!isRecord(value) || !isUsable(value.value) || typeof value.endsAt !== 'number') return null;
  return { value: value.value, endsAt: value.endsAt as Instant };
}

/** The body of `POST /v1/connections` for this provider, or the sentence that says what is wrong with it. */
export function parseConnectInput(input: unknown): Secret | string {
  const wanted = 'Give either refreshToken, or serviceAccount (the key file as JSON) and subject.';
  if (!isRecord(input)) return wanted;
  const { refreshToken, serviceAccount, subject } = input;
  if ((refreshToken === undefined) === (serviceAccount === undefined)) return wanted;
  if (refreshToken !== undefined) {
    if (!isUsable(refreshToken) || /\s/.test(refreshToken)) return 'refreshToken must be the text that Google gave.';
    return { kind: 'consent', refreshToken, access: null };
  }
  const key = parseKeyFile(serviceAccount);
  if (key === null) return 'serviceAccount must be a key file of Google with client_email and private_key.';
  if (!isUsable(subject, 320) || !/^[^\s@]+@[^\s@]+$/.test(subject)) {
    return 'subject must be the e-mail address of the user for whom the service account acts.';
  }
  return { kind: 'service', account: key, subject, access: null };
}

function parseKeyFile(value: unknown): ServiceAccount | null {
  const file = typeof value === 'string' ? parseJson(value) : value;
  if (!isRecord(file)) return null;
  const { client_email: email, private_key: privateKey, private_key_id: keyId } = file;
  if (!isUsable(email, 320) || !isUsable(privateKey) || !privateKey.includes('PRIVATE KEY')) return null;
  return { email, privateKey, keyId: isUsable(keyId, 200) ? keyId : null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
