/** `/v1/policy`: what counts for all calendars of a tenant that say nothing else themselves. */
import { showRules } from '../../mappings/crm-calendars.ts';
import { changedRules } from '../domain/rules.ts';
import type { TenantRules } from '../domain/tenant.ts';
import type { AppParts } from './parts.ts';
import { answer, type Route, route } from './route.ts';
import { spreadRules, tenantRules } from './rules.ts';
import { noParams, noQuery } from './schemas.ts';
import { tenantRulesIn, tenantRulesOut } from './schemas-calendars.ts';
import { etag, savedAfterChange } from './versions.ts';

const tag = 'Calendars';

export const policyRoutes = (parts: AppParts): readonly Route[] => [getPolicy(parts), changePolicy(parts)];

const getPolicy = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/policy',
    name: 'getPolicy',
    summary: 'Read the rules of the tenant: who wins a conflict, what blocks time',
    tag,
    scope: 'read',
    params: noParams,
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The rules', schema: tenantRulesOut } },
    async handle({ caller }) {
      const { own, rules } = await tenantRules(parts.store, caller.tenantId);
      return answer(200, tenantRulesOut, showRules(own, rules), etag(own));
    },
  });

const changePolicy = (parts: AppParts): Route =>
  route({
    method: 'patch',
    path: '/v1/policy',
    name: 'changePolicy',
    summary: 'Change the rules of the tenant',
    details:
      'Every rule by itself: a value sets it, null takes it back to the default. A calendar that has a rule of its own keeps it. Existing events are judged anew: what blocks and what does not follows without a change at the provider; open conflicts stay open.',
    tag,
    scope: 'admin',
    takesIfMatch: true,
    params: noParams,
    query: noQuery,
    body: tenantRulesIn,
    answers: { 200: { description: 'The rules afterwards', schema: tenantRulesOut } },
    async handle({ body, caller, ifVersion }) {
      const { tenantId } = caller;
      const saved = await savedAfterChange<TenantRules>({
        what: 'tenant',
        ifVersion,
        load: () => parts.store.tenants.rules(tenantId),
        next: ({ version, appliedVersion, own }) => ({
          version: version + 1,
          appliedVersion,
          own: changedRules(own, body),
        }),
        save: (next) => parts.store.tenants.saveRules(tenantId, next),
      });
      await spreadRules(parts, tenantId);
      const { own, rules } = await tenantRules(parts.store, tenantId);
      return answer(200, tenantRulesOut, showRules(own, rules), etag(saved.version > own.version ? saved : own));
    },
  });
