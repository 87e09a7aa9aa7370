/** Keeps one account's access token: used until it ends, renewed by one caller for all. */
import type { ConnectorDeps } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { type GoogleConfig, missingScopes } from './config.ts';
import { parseSecret, type Secret } from './secret.ts';
import { type Granted, renew } from './token-endpoint.ts';

/** Renewed that long before its end, so that no request is under way with a token that ends. */
const earlyMs = 120_000;

export interface Tokens {
  /** @throws Fault `consent`, `invalid`, `throttled`, `transient` */
  current(): Promise<string>;
  /** Google refused this token although it should be good; the next one is a fresh one. */
  refuse(value: string): void;
  readonly secret: Secret;
}

export function keepTokens(
  config: GoogleConfig,
  deps: Pick<ConnectorDeps, 'clock' | 'secret' | 'renewSecret'>,
): Tokens {
  let secret = secretOf(deps.secret);
  let refused: string | null = null;
  let running: Promise<string> | null = null;
  const good = (): string | null => usable(secret, refused, deps.clock);

  async function refresh(): Promise<string> {
    // What another process stored meanwhile may be the very token that was refused, or about to end: then once more.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const next = await deps.renewSecret(async (newest) => withToken(config, secretOf(newest), deps.clock));
      secret = secretOf(next);
      const value = good();
      if (value !== null) return value;
    }
    throw new Fault('transient', 'Google gives tokens that end at once.');
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
    refuse(value) {
      refused = value;
    },
    get secret() {
      return secret;
    },
  };
}

function usable({ access }: Secret, refused: string | null, clock: Clock): string | null {
  if (access === null || access.value === refused || access.endsAt - earlyMs <= clock.now()) return null;
  return access.value;
}

/** The secret with a fresh token; a refresh token stays unless a new one came. */
export async function withToken(config: GoogleConfig, secret: Secret, clock: Clock): Promise<Secret> {
  return enriched(secret, await renew(config, secret, clock));
}

/** @throws Fault `consent` when the user granted less than is needed */
export function enriched(secret: Secret, granted: Granted): Secret {
  checkScopes(granted);
  if (secret.kind === 'service') return { ...secret, access: granted.access };
  return { ...secret, access: granted.access, refreshToken: granted.refreshToken ?? secret.refreshToken };
}

function checkScopes({ scope }: Granted): void {
  const missing = scope === null ? [] : missingScopes(scope);
  if (missing.length === 0) return;
  const names = missing.map((name) => name.slice(name.lastIndexOf('/') + 1)).join(' and ');
  throw new Fault(
    'consent',
    `The account did not grant everything that is needed: ${names}. Tick all boxes of the consent page.`,
  );
}

function secretOf(value: unknown): Secret {
  const secret = parseSecret(value);
  if (secret === null) throw new Fault('consent', 'The stored credentials are not complete.');
  return secret;
}
