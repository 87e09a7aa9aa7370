/** Makes the first tenant and its first key, so that a fresh installation can be talked to. */
import { defaultTenantId, derivedId } from '../domain/ids.ts';
import type { Clock } from '../domain/ports.ts';
import type { Scope } from '../domain/tenant.ts';
import type { Store } from '../store/store.ts';
import { hashOfKey, newApiKey } from './auth.ts';

export const allScopes: readonly Scope[] = ['read', 'book', 'admin', 'operator'];

/**
 * Makes tenant `default` when there is none, and a key with all scopes: the given one when it is not known yet (a new
 * BOOTSTRAP_API_KEY also opens an installation whose keys were lost), else a fresh one when no key exists at all.
 * @returns the fresh key, to be shown once, or null when none was generated
 */
export async function bootstrapKeys(
  store: Store,
  o: { readonly bootstrapKey: string | null; readonly clock: Clock },
): Promise<string | null> {
  const createdAt = o.clock.now();
  if ((await store.tenants.get(defaultTenantId)) === null) {
    await store.tenants.insert({ id: defaultTenantId, name: 'default', createdAt });
  }
  if (o.bootstrapKey === null && (await store.tenants.countKeys()) > 0) return null;
  const key = o.bootstrapKey ?? newApiKey();
  const hash = hashOfKey(key);
  if ((await store.tenants.keyByHash(hash)) !== null) return null;
  await store.tenants.insertKey({
    // From the hash: two processes that start at once with the same key make the same record.
    id: derivedId('key', hash),
    tenantId: defaultTenantId,
    name: 'bootstrap',
    scopes: allScopes,
    hash,
    createdAt,
    expiresAt: null,
    revokedAt: null,
  });
  return o.bootstrapKey === null ? key : null;
}
