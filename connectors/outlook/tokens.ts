/** Keeps one account's access token: used until it ends, renewed by one caller for all. */
import type { ConnectorDeps } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { missingScopes, type OutlookConfig } from './config.ts';
import { parseSecret, type Secret } from './secret.ts';
import { type Granted, renew } from './token-endpoint.ts';

/** Renewed that long before its end, so that no request is under way with a token that ends. */
const earlyMs = 120_000;

export interface Tokens {
  /** @throws Fault `consent`, `invalid`, `throttled`, `transient` */
  current(): Promise<string>;
  /** Graph refused this token although it should be good; the next one is a fresh one that meets the claims (JSON). */
  refuse(value: string, claims: string | null): void;
}

export function keepTokens(
  config: OutlookConfig,
  deps: Pick<ConnectorDeps, 'clock' | 'secret' | 'renewSecret'>,
): Tokens {
  let secret = secretOf(deps.secret);
  let refused: { readonly value: string; readonly claims: string | null } | null = null;
  let running: Promise<string> | null = null;
  const good = (): string | null => usable(secret, refused?.value ?? null, deps.clock);

  async function refresh(): Promise<string> {
    // What another process stored meanwhile may be the very token that was refused, or about to end: then once more.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const claims = refused?.claims ?? null;
      const next = await deps.renewSecret((newest) => withToken(config, secretOf(newest), deps.clock, claims));
      secret = secretOf(next);
      const value = good();
      if (value === null) continue;
      refused = null;
      return value;
    }
    throw new Fault('transient', 'Microsoft gives tokens that end at once.');
  }
  return {
    async current() {
      const value = good();
      if (value !== null) return value;
      running ??= refresh().finally(() => {
        running = null;
      });
      return running;
    },
    refuse(value, claims) {
      refused = { value, claims };
    },
  };
}

function usable({ access }: Secret, refused: string | null, clock: Clock): string | null {
  if (access === null || access.value === refused || access.endsAt - earlyMs <= clock.now()) return null;
  return access.value;
}

/** The secret with a fresh token; a refresh token stays unless a new one came. */
export async function withToken(
  config: OutlookConfig,
  secret: Secret,
  clock: Clock,
  claims: string | null = null,
): Promise<Secret> {
  return enriched(secret, await renew(config, secret, clock, claims));
}

/** @throws Fault `consent` when less was granted than is needed */
export function enriched(secret: Secret, granted: Granted): Secret {
  if (secret.kind === 'app') return { ...secret, access: granted.access };
  checkScopes(granted);
  return { ...secret, access: granted.access, refreshToken: granted.refreshToken ?? secret.refreshToken };
}

function checkScopes({ scope }: Granted): void {
  const missing = scope === null ? [] : missingScopes(scope);
  if (missing.length === 0) return;
  throw new Fault(
    'consent',
    `The account did not grant everything that is needed: ${missing.join(' and ')} is missing.`,
  );
}

function secretOf(value: unknown): Secret {
  const secret = parseSecret(value);
  if (secret === null) throw new Fault('consent', 'The stored credentials are not complete.');
  return secret;
}
