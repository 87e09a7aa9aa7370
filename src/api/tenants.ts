/** Tenants and their keys. */
import { showKey, showTenant } from '../../mappings/crm-things.ts';
import { newId, type TenantId } from '../domain/ids.ts';
import type { ApiKey, Scope } from '../domain/tenant.ts';
import { type Authenticator, hashOfKey, newApiKey } from './auth.ts';
import type { AppParts } from './parts.ts';
import { invalidField, notFound, Refusal } from './problems.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery, pagedQuery, pageOf } from './schemas.ts';
import { keyIn, keyMade, keyOut, tenantIn, tenantMade, tenantOut } from './schemas-things.ts';

/** What the first key of a new tenant may do: everything inside it, nothing about other tenants. */
const firstKeyScopes: readonly Scope[] = ['read', 'book', 'admin'];

interface KeyWish {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: ApiKey['expiresAt'];
}
async function makeKey(
  { store, clock }: AppParts,
  wish: KeyWish,
): Promise<{ readonly record: ApiKey; readonly key: string }> {
  const key = newApiKey();
  const record = { id: newId('key'), ...wish, hash: hashOfKey(key), createdAt: clock.now(), revokedAt: null };
  await store.tenants.insertKey(record);
  return { record, key };
}

export function tenantRoutes(parts: AppParts, auth: Authenticator): readonly Route[] {
  return [createTenant(parts), listTenants(parts), createKey(parts), listKeys(parts), revokeKey(parts, auth)];
}

const createTenant = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/tenants',
    name: 'createTenant',
    summary: 'Make a tenant and its first key',
    tag: 'Tenants and keys',
    scope: 'operator',
    idempotent: true,
    secretAnswer: true,
    params: noParams,
    query: noQuery,
    body: tenantIn,
    answers: { 201: { description: 'The tenant and its first key, shown once', schema: tenantMade } },
    async handle({ body }) {
      const tenant = { id: newId('tenant'), name: body.name, createdAt: parts.clock.now() };
      if ((await parts.store.tenants.insert(tenant)) === 'duplicate') throw new Refusal('busy', 'Try again.');
      const { key } = await makeKey(parts, {
        tenantId: tenant.id,
        name: 'first',
        scopes: firstKeyScopes,
        expiresAt: null,
      });
      return answer(201, tenantMade, { ...showTenant(tenant), key });
    },
  });

const listTenants = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/tenants',
    name: 'listTenants',
    summary: 'List tenants',
    tag: 'Tenants and keys',
    scope: 'operator',
    params: noParams,
    query: pagedQuery,
    body: null,
    answers: { 200: { description: 'Tenants, oldest first', schema: pageOf(tenantOut) } },
    async handle({ query }) {
      const page = await parts.store.tenants.list(query);
      return answer(200, pageOf(tenantOut), { data: page.data.map(showTenant), next: page.next });
    },
  });

const createKey = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/keys',
    name: 'createKey',
    summary: 'Make a key of this tenant',
    details: 'A key may hand out only the scopes `read`, `book` and `admin`, and `operator` if it has it itself.',
    tag: 'Tenants and keys',
    scope: 'admin',
    idempotent: true,
    secretAnswer: true,
    params: noParams,
    query: noQuery,
    body: keyIn,
    answers: { 201: { description: 'The key, shown once', schema: keyMade } },
    async handle({ body, caller }) {
      if (body.expiresAt !== null && body.expiresAt <= parts.clock.now()) {
        throw invalidField('expiresAt', 'must be in the future');
      }
      if (body.scopes.includes('operator') && !caller.scopes.includes('operator')) {
        throw new Refusal('forbidden', 'Only a key with the scope operator may hand it out.', {
          extra: { scope: 'operator' },
        });
      }
      const { record, key } = await makeKey(parts, { tenantId: caller.tenantId, ...body });
      return answer(201, keyMade, { ...showKey(record), key });
    },
  });

const listKeys = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/keys',
    name: 'listKeys',
    summary: 'List the keys of this tenant',
    tag: 'Tenants and keys',
    scope: 'admin',
    params: noParams,
    query: pagedQuery,
    body: null,
    answers: { 200: { description: 'Keys without their secrets', schema: pageOf(keyOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.tenants.keys(caller.tenantId, query);
      return answer(200, pageOf(keyOut), { data: page.data.map(showKey), next: page.next });
    },
  });

const revokeKey = (parts: AppParts, auth: Authenticator): Route =>
  route({
    method: 'delete',
    path: '/v1/keys/{id}',
    name: 'revokeKey',
    summary: 'Revoke a key',
    details: 'At once in the process that answers, within 5 seconds in all others.',
    tag: 'Tenants and keys',
    scope: 'admin',
    params: idParam('key'),
    query: noQuery,
    body: null,
    answers: { 204: { description: 'Revoked', schema: null } },
    async handle({ params, caller }) {
      const isRevoked = await parts.store.tenants.revokeKey(caller.tenantId, params.id, parts.clock.now());
      auth.forget(params.id);
      if (!isRevoked) throw notFound('key that is still valid');
      return noContent;
    },
  });
