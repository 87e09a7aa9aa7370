/** Who allowed what to whom: clients, codes, access tokens, refresh tokens that are used once. No HTTP here. */
import { randomBytes } from 'node:crypto';
import type { SandboxClock } from '../kit/clock.ts';

export interface Client {
  readonly id: string;
  readonly secret: string;
  /** Null: any address. */
  readonly redirectUris: readonly string[] | null;
}
export interface Grant {
  /** Null: the application itself. */
  readonly email: string | null;
  readonly clientId: string;
  /** Short names: `Calendars.ReadWrite`. */
  readonly scopes: readonly string[];
  /** The tenant of an application's token; null for people. */
  readonly tenantId: string | null;
}
export interface Access extends Grant {
  readonly endsAt: number;
  /** Which token it was: a challenge is for those before it. */
  readonly serial: number;
  /** Declared that it can answer a claims challenge. */
  readonly canAnswer: boolean;
}
export interface Code extends Grant {
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly method: string | null;
  readonly endsAt: number;
}
/** What Graph demands of one mailbox's tokens before it answers them again. */
export interface Demand {
  readonly claims: string;
  /** Tokens up to this one do not meet it. */
  readonly serial: number;
  /** Only its user can meet it. */
  readonly isInteractive: boolean;
  /** Sent to clients as well that never said they could answer. */
  readonly isForAll: boolean;
}

export interface Grants {
  readonly clients: Map<string, Client>;
  readonly demands: Map<string, Demand>;
  accessSeconds: number;
  /** `once`: a refresh token that was used is refused afterwards; `lenient`: it goes on, as Microsoft's mostly do. */
  rotation: 'once' | 'lenient';
  /** Mailboxes that applications reach; null: all of the tenant. */
  appMailboxes: readonly string[] | null;
  appRoles: readonly string[];
  newAccess(grant: Grant, canAnswer: boolean): string;
  newRefresh(grant: Grant): string;
  newCode(code: Omit<Code, 'endsAt'>): string;
  /** Null for one that is unknown, old, or of another client. */
  takeCode(text: string, clientId: string): Code | null;
  accessOf(token: string): Access | null;
  /** What a refresh token stands for; it is used up by this where tokens rotate. */
  takeRefresh(token: string, clientId: string): Grant | null;
  demand(email: string, o: { readonly isInteractive: boolean; readonly isForAll: boolean }): Demand;
  /** All tokens of a mailbox, as when its owner removes the app. @returns refresh tokens that died */
  revoke(email: string | null): number;
  expireAccess(email: string | null): number;
  reset(clients: readonly Client[]): void;
}

const codeMs = 600_000;
const usualRoles = ['Calendars.ReadWrite', 'MailboxSettings.Read'];

export function createGrants(clock: SandboxClock, first: readonly Client[]): Grants {
  const clients = new Map<string, Client>();
  const demands = new Map<string, Demand>();
  const access = new Map<string, Access>();
  const refresh = new Map<string, Grant>();
  const codes = new Map<string, Code>();
  let serial = 0;
  const random = (size: number): string => randomBytes(size).toString('base64url');
  const isMeant = (own: string | null, email: string | null): boolean => email === null || own === email;

  const grants: Grants = {
    ...{ clients, demands, accessSeconds: 3599, rotation: 'once', appMailboxes: null, appRoles: usualRoles },
    newAccess(grant, canAnswer) {
      serial += 1;
      const token = `EwB4A8l6${random(48)}`;
      access.set(token, { ...grant, canAnswer, serial, endsAt: clock.now() + grants.accessSeconds * 1000 });
      return token;
    },
    newRefresh(grant) {
      const token = `0.AX${random(60)}`;
      refresh.set(token, grant);
      return token;
    },
    newCode(code) {
      const text = `M.C5${random(30)}`;
      codes.set(text, { ...code, endsAt: clock.now() + codeMs });
      return text;
    },
    takeCode(text, clientId) {
      const code = codes.get(text);
      codes.delete(text);
      return code === undefined || code.clientId !== clientId || code.endsAt <= clock.now() ? null : code;
    },
    accessOf(token) {
      const found = access.get(token);
      return found === undefined || found.endsAt <= clock.now() ? null : found;
    },
    takeRefresh(token, clientId) {
      const grant = refresh.get(token);
      if (grant === undefined || grant.clientId !== clientId) return null;
      if (grants.rotation === 'once') refresh.delete(token);
      return grant;
    },
    demand(email, o) {
      const value = String(Math.floor(clock.now() / 1000));
      const claims = JSON.stringify({ access_token: { nbf: { essential: true, value } } });
      const made: Demand = { claims, serial, ...o };
      demands.set(email, made);
      return made;
    },
    revoke(email) {
      for (const [token, { email: own }] of access) if (isMeant(own, email)) access.delete(token);
      const dead = [...refresh].filter(([, { email: own }]) => isMeant(own, email));
      for (const [token] of dead) refresh.delete(token);
      return dead.length;
    },
    expireAccess(email) {
      const meant = [...access].filter(([, { email: own }]) => isMeant(own, email));
      for (const [token, entry] of meant) access.set(token, { ...entry, endsAt: clock.now() });
      return meant.length;
    },
    reset(next) {
      for (const map of [clients, demands, access, refresh, codes]) map.clear();
      for (const client of next) clients.set(client.id, client);
      Object.assign(grants, { accessSeconds: 3599, rotation: 'once', appMailboxes: null, appRoles: usualRoles });
    },
  };
  grants.reset(first);
  return grants;
}

/** `Calendars.ReadWrite` for `https://graph.microsoft.com/Calendars.ReadWrite`. */
export const shortScope = (scope: string): string => scope.slice(scope.lastIndexOf('/') + 1);
