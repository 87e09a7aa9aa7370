/** `POST /v1/calendars/preview`: what attaching a calendar or changing its settings would do. */
import { z } from 'zod';
import type { Preview, PreviewList } from '../domain/preview.ts';
import { formatInstant } from '../domain/time.ts';
import { prepare, withSettings } from './attach.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { withAccount } from './provider.ts';
import { answer, type Route, route } from './route.ts';
import { tenantRules } from './rules.ts';
import { noParams, noQuery } from './schemas.ts';
import { calendarIn, changePreviewIn, previewOut } from './schemas-calendars.ts';

export const previewCalendar = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/calendars/preview',
    name: 'previewCalendar',
    summary: 'Look ahead: what attaching a calendar, or changing its settings, would do',
    details:
      'With the body of attaching: reads the calendar at the provider and says what it would block and what would be written into it. With `calendarId` and settings as in PATCH: says what of the known events would block or be free, which copies would be written, worded anew or taken out. From now on to the end of the window. Nothing is written, here or there.',
    tag: 'Calendars',
    scope: 'admin',
    params: noParams,
    query: noQuery,
    body: z.union([changePreviewIn, calendarIn]),
    problems: [
      'not_found',
      'already_attached',
      'rule_violation',
      'provider_refused',
      'provider_failed',
      'provider_unavailable',
    ],
    answers: { 200: { description: 'What would happen', schema: previewOut } },
    async handle({ body, caller }) {
      if ('calendarId' in body) {
        const { calendarId, ...change } = body;
        const before = await parts.store.calendars.get(caller.tenantId, calendarId);
        if (before === null) throw notFound('calendar');
        const { rules } = await tenantRules(parts.store, caller.tenantId);
        return show(await parts.previews.ofChange(before, withSettings(before, change, rules)));
      }
      const { calendar, connection } = await prepare(parts, caller.tenantId, body);
      return show(await withAccount(parts, connection, (account) => parts.previews.ofAttaching(calendar, account)));
    },
  });

const show = (preview: Preview) =>
  answer(200, previewOut, {
    sentence: sentenceOf(preview),
    looked: preview.looked,
    blocked: showList(preview.blocked),
    freed: showList(preview.freed),
    overlapping: showList(preview.overlapping),
    created: showList(preview.created),
    changed: showList(preview.changed),
    deleted: showList(preview.deleted),
    unreadable: preview.unreadable,
  });

const showList = ({ count, first }: PreviewList) => ({
  count,
  first: first.map(({ title, start, end }) => ({ title, start: formatInstant(start), end: formatInstant(end) })),
});

/** "14 events would block time, 2 of them on a booking; 3 copies would be written." */
function sentenceOf(p: Preview): string {
  const events = (n: number) => `${n} event${n === 1 ? '' : 's'}`;
  const copies = (n: number) => `${n} ${n === 1 ? 'copy' : 'copies'}`;
  const on = p.overlapping.count > 0 ? `, ${p.overlapping.count} of them on a booking` : '';
  const parts = [
    ...(p.blocked.count > 0 ? [`${events(p.blocked.count)} would block time${on}`] : []),
    ...(p.freed.count > 0 ? [`${events(p.freed.count)} would no longer block time`] : []),
    ...(p.created.count > 0 ? [`${copies(p.created.count)} would be written`] : []),
    ...(p.changed.count > 0 ? [`${copies(p.changed.count)} would be worded anew`] : []),
    ...(p.deleted.count > 0 ? [`${copies(p.deleted.count)} would be taken out`] : []),
    ...(p.unreadable > 0 ? [`${events(p.unreadable)} cannot be read`] : []),
  ];
  return parts.length === 0 ? 'Nothing would change.' : `${parts.join('; ')}.`;
}
