/** The story of a booking or event: every step from the journal. */
import { showStory } from '../../mappings/crm-journal.ts';
import { type EventId, eventIdOf, type TenantId } from '../domain/ids.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { type Answer, answer, type Route, route } from './route.ts';
import { idParam, noQuery } from './schemas.ts';
import { storyOut } from './schemas-things.ts';

const mostSteps = 1_000;

export function storyRoutes({ store }: AppParts): readonly Route[] {
  async function tell(tenantId: TenantId, id: EventId, what: 'booking' | 'event'): Promise<Answer> {
    const event = await store.events.get(tenantId, id);
    if (event === null || (what === 'booking' && event.booking === null)) throw notFound(what);
    const lines = await store.journal.ofEvent(tenantId, id, mostSteps);
    return answer(200, storyOut, { data: showStory(event, lines) });
  }
  const answers = { 200: { description: 'The steps, oldest first', schema: storyOut } };
  return [
    route({
      method: 'get',
      path: '/v1/bookings/{id}/story',
      name: 'tellBooking',
      summary: 'What happened to a booking, and why',
      tag: 'Stories',
      scope: 'read',
      params: idParam('booking'),
      query: noQuery,
      body: null,
      answers,
      handle: ({ params, caller }) => tell(caller.tenantId, eventIdOf(params.id), 'booking'),
    }),
    route({
      method: 'get',
      path: '/v1/events/{id}/story',
      name: 'tellEvent',
      summary: 'What happened to any event, also one from a calendar',
      tag: 'Stories',
      scope: 'read',
      params: idParam('event'),
      query: noQuery,
      body: null,
      answers,
      handle: ({ params, caller }) => tell(caller.tenantId, params.id, 'event'),
    }),
  ];
}
