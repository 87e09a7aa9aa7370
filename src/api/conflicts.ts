/** Conflicts: what nobody may decide silently, and how somebody decides it. */
import { z } from 'zod';
import { showConflict } from '../../mappings/crm-things.ts';
import { lookAt } from './conflict-look.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { resolveConflict } from './resolve.ts';
import { answer, type Route, route } from './route.ts';
import { idIn, idParam, instantIn, noParams, noQuery, pageOf, paging, resourceIds } from './schemas.ts';
import { takenOut } from './schemas-bookings.ts';
import { conflictChoice, conflictOut } from './schemas-things.ts';
import { etag } from './versions.ts';

const tag = 'Conflicts';

export function conflictRoutes(parts: AppParts): readonly Route[] {
  return [listConflicts(parts), getConflict(parts), decideConflict(parts)];
}

const listConflicts = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/conflicts',
    name: 'listConflicts',
    summary: 'List conflicts, newest first',
    tag,
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
    summary: 'Read a conflict, its alternatives looked up anew',
    tag,
    scope: 'read',
    params: idParam('conflict'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The conflict', schema: conflictOut } },
    async handle({ params, caller }) {
      const conflict = await parts.store.conflicts.get(caller.tenantId, params.id);
      if (conflict === null) throw notFound('conflict');
      const current = conflict.state === 'open' ? await lookAt(parts, conflict) : conflict;
      const { alternatives } = current === 'over' ? conflict : current;
      return answer(200, conflictOut, showConflict({ ...conflict, alternatives }), etag(conflict));
    },
  });

const isMove = (body: { choice: string }): boolean => body.choice === 'move';
const resolveIn = z
  .strictObject({
    choice: conflictChoice,
    start: instantIn.optional().meta({ description: 'With `move`: the new start; the booking keeps its length' }),
    resourceIds: resourceIds.optional().meta({ description: 'With `move`: who does it instead' }),
  })
  .refine((body) => isMove(body) || (body.start === undefined && body.resourceIds === undefined), {
    path: ['start'],
    error: 'start and resourceIds go with the choice move only',
  })
  .refine((body) => !isMove(body) || body.start !== undefined || body.resourceIds !== undefined, {
    path: ['start'],
    error: 'move needs a start or resourceIds, for instance from the alternatives',
  })
  .meta({ id: 'Resolution' });

const meaning = `What a choice means, by the kind of the conflict:

- \`edit\` (both sides changed one thing): \`ours\` is written over theirs in the calendar; \`theirs\` is taken over, here and in all other calendars.
- \`removed\` (the copy of a booking was deleted): \`ours\` writes the copy again; \`theirs\` cancels the booking. A booking that took place is not cancelled any more; it then only stays without a copy there.
- \`remove-versus-edit\` (one side deleted what the other changed): \`ours\` lets stand what was done here, \`theirs\` what was done in the calendar; the deleted copies are made again, or the others go too.
- \`overlap\` (a booking and another event want one time): \`move\` moves the booking to \`start\` or to \`resourceIds\` by the rules of any move (409 \`slot_taken\` with alternatives leaves the conflict open); \`both\` accepts the double time knowingly; \`theirs\` cancels the booking of the conflict; \`ours\` cancels the other booking and is not offered against somebody's own appointment.
- \`loop\` (a calendar answers each write of ours by another change): \`ours\` is written once more, \`theirs\` is taken over; either way writing goes on and the count begins anew.

Other choices get 422 \`rule_violation\` with \`rule: "choice"\` and the \`allowed\` ones. The same choice again gives the same answer; another one gets 422 with \`rule: "already-resolved"\`. A conflict that answered itself meanwhile is closed and comes back with \`choice: null\`. With \`If-Match\` a choice counts only for the values that were read: if they changed, 412.`;

const decideConflict = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/conflicts/{id}/resolve',
    name: 'resolveConflict',
    summary: 'Decide a conflict',
    details: meaning,
    tag,
    scope: 'book',
    idempotent: true,
    takesIfMatch: true,
    params: idParam('conflict'),
    query: noQuery,
    body: resolveIn,
    problems: ['slot_taken', 'rule_violation', 'not_found'],
    answers: {
      200: { description: 'The conflict, resolved', schema: conflictOut },
      409: { description: '`slot_taken` of a move; the conflict stays open', schema: takenOut },
    },
    async handle({ params, body, caller, ifVersion }) {
      const wish = { choice: body.choice, start: body.start ?? null, resourceIds: body.resourceIds ?? null };
      const resolved = await resolveConflict(parts, caller.tenantId, params.id, wish, ifVersion);
      return answer(200, conflictOut, showConflict(resolved), etag(resolved));
    },
  });
