/** Shows what a calendar copy of a booking would say, with templates that need not be saved. */
import { copyFormOf } from '../../mappings/job-template.ts';
import type { Calendar } from '../domain/calendar.ts';
import { eventIdOf } from '../domain/ids.ts';
import { describeBooking, jobCard } from '../domain/job-words.ts';
import { changedRules, layered, noRules } from '../domain/rules.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { tenantRules } from './rules.ts';
import { idParam, noQuery } from './schemas.ts';
import { copyPreviewIn, copyPreviewOut } from './schemas-templates.ts';

/** What the copy is called where only its time is shown. */
const timeOnly = { title: 'Busy', description: '', location: '' };

export const copyPreviewRoutes = ({ store }: AppParts): readonly Route[] => [
  route({
    method: 'post',
    path: '/v1/bookings/{id}/copy-preview',
    name: 'previewCopy',
    summary: 'See a booking as a calendar would show it',
    details: 'With the templates in force, or with others that are only tried. Nothing is written.',
    tag: 'Calendars',
    scope: 'read',
    params: idParam('booking'),
    query: noQuery,
    body: copyPreviewIn,
    answers: { 200: { description: 'The words of the copy', schema: copyPreviewOut } },
    async handle({ params, body, caller: { tenantId } }) {
      const event = await store.events.get(tenantId, eventIdOf(params.id));
      if (event === null || event.booking === null) throw notFound('booking');
      const calendar: Calendar | null =
        body.calendarId === null ? null : await store.calendars.get(tenantId, body.calendarId);
      if (body.calendarId !== null && calendar === null) throw notFound('calendar');
      const own = changedRules(calendar?.ownRules ?? noRules, { copies: body.copies });
      const { copies } = layered((await tenantRules(store, tenantId)).rules, own);
      const form = copyFormOf(calendar?.provider ?? body.provider ?? '', copies);
      const isTimeOnly = calendar?.share === 'busy';
      const card = form === null ? describeBooking(event.booking) : jobCard(event.booking, form);
      return answer(200, copyPreviewOut, {
        ...(isTimeOnly ? timeOnly : card),
        isHtml: !isTimeOnly && form !== null && form.isHtml,
        isTimeOnly,
      });
    },
  }),
];
