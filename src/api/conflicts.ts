/** Conflicts: what nobody may decide silently. */
import { z } from 'zod';
import { showConflict } from '../../mappings/crm-things.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { idIn, idParam, noParams, noQuery, pageOf, paging } from './schemas.ts';
import { conflictOut } from './schemas-things.ts';

export function conflictRoutes(parts: AppParts): readonly Route[] {
  return [listConflicts(parts), getConflict(parts)];
}

const listConflicts = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/conflicts',
    name: 'listConflicts',
    summary: 'List conflicts, newest first',
    tag: 'Conflicts',
    scope: 'read',
    params: noParams,
    query: z.strictObject({
      ...paging,
      state: z.enum(['open', 'resolved']).nullable().default(null),
      eventId: idIn('event').nullable().default(null),
    }),
    body: null,
    answers: { 200: { description: 'Conflicts', schema: pageOf(conflictOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.conflicts.list(caller.tenantId, query);
      return answer(200, pageOf(conflictOut), { data: page.data.map(showConflict), next: page.next });
    },
  });

const getConflict = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/conflicts/{id}',
    name: 'getConflict',
    summary: 'Read a conflict',
    tag: 'Conflicts',
    scope: 'read',
    params: idParam('conflict'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The conflict', schema: conflictOut } },
    async handle({ params, caller }) {
      const conflict = await parts.store.conflicts.get(caller.tenantId, params.id);
      if (conflict === null) throw notFound('conflict');
      return answer(200, conflictOut, showConflict(conflict));
    },
  });
