/** The audit list: everything that the journal still tells about a tenant, newest first. */
import { z } from 'zod';
import { showAudit } from '../../mappings/crm-journal.ts';
import type { AppParts } from './parts.ts';
import { answer, type Route, route } from './route.ts';
import { checkOrder, idIn, instantIn, noParams, pageOf, paging } from './schemas.ts';
import { auditLine, journalKind } from './schemas-things.ts';

const auditQuery = z
  .strictObject({
    ...paging,
    kind: journalKind.nullable().default(null),
    eventId: idIn('event').nullable().default(null),
    calendarId: idIn('calendar').nullable().default(null),
    from: instantIn.nullable().default(null).meta({ description: 'Included' }),
    to: instantIn.nullable().default(null).meta({ description: 'Not included' }),
  })
  .superRefine(checkOrder);

export function auditRoutes(parts: AppParts): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/audit',
      name: 'listAudit',
      summary: 'List what happened, newest first',
      details:
        'Append-only: a line is written once, never changed, and ends by age (30 days). Lines are hints of what was done; events and bookings themselves are the truth.',
      tag: 'Stories',
      scope: 'admin',
      params: noParams,
      query: auditQuery,
      body: null,
      answers: { 200: { description: 'Lines', schema: pageOf(auditLine) } },
      async handle({ query, caller }) {
        const page = await parts.store.journal.list(caller.tenantId, query);
        return answer(200, pageOf(auditLine), { data: page.data.map(showAudit), next: page.next });
      },
    }),
  ];
}
