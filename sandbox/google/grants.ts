/** Who allowed what to whom: clients, codes, tokens, service accounts. No HTTP here. */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { SandboxClock } from '../kit/clock.ts';

export interface Client {
  readonly id: string;
  readonly secret: string;
  /** Null: any address. */
  readonly redirectUris: readonly string[] | null;
}
export interface Access {
  readonly account: string;
  readonly scopes: readonly string[];
  readonly endsAt: number;
  /** The refresh token that it belongs to, if any. */
  readonly family: string | null;
}
export interface Refresh {
  readonly account: string;
  readonly scopes: readonly string[];
  readonly clientId: string;
}
export interface Code extends Refresh {
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly method: string | null;
  readonly offline: boolean;
  readonly endsAt: number;
}
export interface ServiceAccount {
  readonly email: string;
  readonly clientId: string;
  readonly keyId: string;
  readonly publicKey: string;
  /** Scopes that the domain's admin delegated; null: no delegation. */
  readonly delegated: readonly string[] | null;
}

export interface Grants {
  readonly clients: Map<string, Client>;
  readonly codes: Map<string, Code>;
  readonly access: Map<string, Access>;
  readonly refresh: Map<string, Refresh>;
  readonly serviceAccounts: Map<string, ServiceAccount>;
  /** Client and account pairs that consented before: they get no refresh token without `prompt=consent`. */
  readonly consented: Set<string>;
  /** Life of a new access token. */
  accessSeconds: number;
  newAccess(account: string, scopes: readonly string[], family: string | null): string;
  newRefresh(refresh: Refresh): string;
  newCode(code: Omit<Code, 'endsAt'>): string;
  /** The access behind a bearer token while it lives. */
  accessOf(token: string): Access | null;
  /** A token and everything that came from it. @returns whether there was one */
  revoke(token: string): boolean;
  /** All tokens of an account, as when its owner removes the app. */
  revokeAccount(account: string | null): number;
  /** Access tokens only: the next call with one gets 401. */
  expireAccess(account: string | null): number;
  addServiceAccount(
    email: string,
    delegated: readonly string[] | null,
  ): { account: ServiceAccount; privateKey: string };
  reset(clients: readonly Client[]): void;
}

const codeMs = 600_000;

export function createGrants(clock: SandboxClock, firstClients: readonly Client[]): Grants {
  const clients = new Map<string, Client>();
  const codes = new Map<string, Code>();
  const access = new Map<string, Access>();
  const refresh = new Map<string, Refresh>();
  const serviceAccounts = new Map<string, ServiceAccount>();
  const consented = new Set<string>();
  const random = (): string => randomBytes(24).toString('base64url');

  function dropFamily(family: string): void {
    refresh.delete(family);
    for (const [token, { family: own }] of access) if (own === family) access.delete(token);
  }

  const grants: Grants = {
    ...{ clients, codes, access, refresh, serviceAccounts, consented, accessSeconds: 3599 },
    newAccess(account, scopes, family) {
      const token = `ya29.${random()}`;
      access.set(token, { account, scopes, family, endsAt: clock.now() + grants.accessSeconds * 1000 });
      return token;
    },
    newRefresh(made) {
      const token = `1//${random()}`;
      refresh.set(token, made);
      return token;
    },
    newCode(code) {
      const text = `4/${random()}`;
      codes.set(text, { ...code, endsAt: clock.now() + codeMs });
      return text;
    },
    accessOf(token) {
      const found = access.get(token);
      return found === undefined || found.endsAt <= clock.now() ? null : found;
    },
    revoke(token) {
      const family = refresh.has(token) ? token : (access.get(token)?.family ?? null);
      const known = family !== null || access.has(token);
      access.delete(token);
      if (family !== null) dropFamily(family);
      return known;
    },
    revokeAccount(account) {
      const meant = [...refresh].filter(([, { account: own }]) => account === null || own === account);
      for (const [token] of meant) dropFamily(token);
      for (const [token, { account: own }] of access) if (account === null || own === account) access.delete(token);
      for (const key of consented) if (account === null || key.endsWith(` ${account}`)) consented.delete(key);
      return meant.length;
    },
    expireAccess(account) {
      const meant = [...access].filter(([, { account: own }]) => account === null || own === account);
      for (const [token, entry] of meant) access.set(token, { ...entry, endsAt: clock.now() });
      return meant.length;
    },
    addServiceAccount(email, delegated) {
      const pair = generateKeyPairSync('rsa', {
        modulusLength: 2048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      const keyId = createHash('sha1').update(pair.publicKey).digest('hex');
      const clientId = String(10 ** 20 + serviceAccounts.size);
      const account = { email, clientId, keyId, publicKey: pair.publicKey, delegated };
      serviceAccounts.set(email, account);
      return { account, privateKey: pair.privateKey };
    },
    reset(next) {
      for (const map of [clients, codes, access, refresh, serviceAccounts, consented]) map.clear();
      for (const client of next) clients.set(client.id, client);
      grants.accessSeconds = 3599;
    },
  };
  grants.reset(firstClients);
  return grants;
}
