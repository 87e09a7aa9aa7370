/** Tells who asks: keys are looked up by their SHA-256 and remembered for a few seconds. */
import { createHash, randomBytes } from 'node:crypto';
import type { KeyId } from '../domain/ids.ts';
import type { Clock } from '../domain/ports.ts';
import type { ApiKey } from '../domain/tenant.ts';
import type { Store } from '../store/store.ts';
import type { Caller } from './route.ts';

/** A revocation by another process takes effect within this time. */
const rememberedMs = 5_000;
const mostRemembered = 1_000;

export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex');
/** A fresh key: 256 random bits behind a prefix that secret scanners can look for. */
export const newApiKey = (): string => `ilk_${randomBytes(32).toString('base64url')}`;

export interface Authenticator {
  /** Null: no key of ours, or one that is revoked or past its end. @throws Fault `unavailable` */
  authenticate(key: string): Promise<Caller | null>;
  /** Forgets a key at once, after this process revoked it. */
  forget(id: KeyId): void;
  /** Whether a caller's key still counts; asked again and again by open streams. @throws Fault `unavailable` */
  stillCounts(caller: Caller): Promise<boolean>;
}

export function makeAuthenticator(store: Store, clock: Clock): Authenticator {
  // A Map keeps its insertion order: the first entry is the one remembered longest.
  const remembered = new Map<string, { readonly key: ApiKey; readonly until: number }>();

  let forgotten = 0;
  /** Requests that come together when a key is due again share one look. */
  const looks = new Map<string, Promise<ApiKey | null>>();
  function lookUp(hash: string): Promise<ApiKey | null> {
    const running = looks.get(hash);
    if (running !== undefined) return running;
    const look = store.tenants.keyByHash(hash).finally(() => looks.get(hash) === look && looks.delete(hash));
    looks.set(hash, look);
    return look;
  }

  async function find(hash: string): Promise<ApiKey | null> {
    const known = remembered.get(hash);
    if (known !== undefined && known.until > clock.monotonic()) return known.key;
    remembered.delete(hash);
    const before = forgotten;
    const key = await lookUp(hash);
    // Unknown keys are not remembered: a flood of guesses must not push out the real ones.
    if (key === null) return null;
    // What began before a key was forgotten may not know yet that it is revoked.
    if (before !== forgotten) return key;
    if (remembered.size >= mostRemembered) {
      const oldest = remembered.keys().next();
      if (!oldest.done) remembered.delete(oldest.value);
    }
    remembered.set(hash, { key, until: clock.monotonic() + rememberedMs });
    return key;
  }

  async function check(hash: string): Promise<Caller | null> {
    const key = await find(hash);
    if (key === null || key.revokedAt !== null) return null;
    if (key.expiresAt !== null && key.expiresAt <= clock.now()) return null;
    return { tenantId: key.tenantId, keyId: key.id, keyHash: hash, scopes: key.scopes };
  }

  return {
    authenticate: (text) => check(hashOfKey(text)),
    stillCounts: async (caller) => (await check(caller.keyHash)) !== null,
    forget(id) {
      forgotten += 1;
      looks.clear();
      for (const [hash, { key }] of remembered) if (key.id === id) remembered.delete(hash);
    },
  };
}
