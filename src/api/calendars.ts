/** Calendars: attached to resources, synced, changed, detached. */
import { z } from 'zod';
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarId, TenantId } from '../domain/ids.ts';
import { approveChange } from './approve-route.ts';
import { attach, withSettings } from './attach.ts';
import { viewCalendar, viewCalendars } from './calendar-view.ts';
import type { AppParts } from './parts.ts';
import { previewCalendar } from './preview.ts';
import { notFound, Refusal } from './problems.ts';
import { relist } from './relist.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { alignCalendar, followNow, tenantRules } from './rules.ts';
import { flag, idIn, idParam, noParams, noQuery, pageOf, paging } from './schemas.ts';
import { calendarChange, calendarIn, calendarOut, syncOut } from './schemas-calendars.ts';
import { etag, savedAfterChange } from './versions.ts';
import { visitNow, waitSeconds } from './visit-report.ts';

const tag = 'Calendars';

async function load(parts: AppParts, tenantId: TenantId, id: CalendarId): Promise<Calendar> {
  const calendar = await parts.store.calendars.get(tenantId, id);
  if (calendar === null) throw notFound('calendar');
  return calendar;
}

export function calendarRoutes(parts: AppParts): readonly Route[] {
  return [
    // Before the addresses with an id: `preview` is none.
    previewCalendar(parts),
    attachCalendar(parts),
    listCalendars(parts),
    getCalendar(parts),
    changeCalendar(parts),
    detachCalendar(parts),
    syncCalendar(parts),
    approveChange(parts),
  ];
}

const attachCalendar = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/calendars',
    name: 'attachCalendar',
    summary: 'Attach a calendar of an account to a resource',
    details: 'Answers at once; the first sync runs behind and shows in `sync`.',
    tag,
    scope: 'admin',
    idempotent: true,
    params: noParams,
    query: noQuery,
    body: calendarIn,
    problems: [
      'not_found',
      'already_attached',
      'rule_violation',
      'provider_refused',
      'provider_failed',
      'provider_unavailable',
    ],
    answers: { 201: { description: 'The calendar, not read yet', schema: calendarOut } },
    async handle({ body, caller }) {
      const calendar = await attach(parts, caller.tenantId, body);
      return answer(201, calendarOut, await viewCalendar(parts.store, parts.clock, calendar), {
        Location: `/v1/calendars/${calendar.id}`,
        ...etag(calendar),
      });
    },
  });

const listCalendars = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/calendars',
    name: 'listCalendars',
    summary: 'List attached calendars with their sync state',
    tag,
    scope: 'read',
    params: noParams,
    query: z.strictObject({ ...paging, connectionId: idIn('connection').nullable().default(null) }),
    body: null,
    answers: { 200: { description: 'Calendars, oldest first', schema: pageOf(calendarOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.calendars.list(caller.tenantId, query);
      const data = await viewCalendars(parts.store, parts.clock, page.data);
      return answer(200, pageOf(calendarOut), { data, next: page.next });
    },
  });

const getCalendar = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/calendars/{id}',
    name: 'getCalendar',
    summary: 'Read a calendar with its sync state',
    tag,
    scope: 'read',
    params: idParam('calendar'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The calendar', schema: calendarOut } },
    async handle({ params, caller }) {
      const calendar = await load(parts, caller.tenantId, params.id);
      return answer(200, calendarOut, await viewCalendar(parts.store, parts.clock, calendar), etag(calendar));
    },
  });

const changeCalendar = (parts: AppParts): Route =>
  route({
    method: 'patch',
    path: '/v1/calendars/{id}',
    name: 'changeCalendar',
    summary: 'Change what a calendar shows, blocks and decides',
    tag,
    scope: 'admin',
    takesIfMatch: true,
    params: idParam('calendar'),
    query: noQuery,
    body: calendarChange,
    problems: ['rule_violation'],
    answers: { 200: { description: 'The calendar afterwards', schema: calendarOut } },
    async handle({ params, body, caller, ifVersion }) {
      const { rules } = await tenantRules(parts.store, caller.tenantId);
      const after = await savedAfterChange({
        what: 'calendar',
        ifVersion,
        load: () => load(parts, caller.tenantId, params.id),
        next(calendar) {
          if (calendar.state === 'active') return withSettings(calendar, body, rules);
          throw new Refusal('rule_violation', 'The calendar is being detached.', { extra: { rule: 'detaching' } });
        },
        save: (calendar) => parts.store.calendars.saveSettings(calendar.id, calendar.version - 1, calendar),
      });
      const calendar = await alignCalendar(parts.store, after);
      await followNow(parts, calendar);
      return answer(200, calendarOut, await viewCalendar(parts.store, parts.clock, calendar), etag(calendar));
    },
  });

const detachCalendar = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/calendars/{id}',
    name: 'detachCalendar',
    summary: 'Detach a calendar',
    details: 'Its external events stop blocking time. With `purge` the copies that we made there are removed first.',
    tag,
    scope: 'admin',
    params: idParam('calendar'),
    query: z.strictObject({ purge: flag }),
    body: null,
    answers: { 204: { description: 'Detached', schema: null } },
    async handle({ params, query, caller }) {
      await parts.detach(await load(parts, caller.tenantId, params.id), { purge: query.purge });
      return noContent;
    },
  });

const syncCalendar = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/calendars/{id}/sync',
    name: 'syncCalendar',
    summary: 'Visit a calendar now',
    tag,
    scope: 'book',
    idempotent: true,
    params: idParam('calendar'),
    query: z.strictObject({
      full: flag.meta({ description: 'Read the whole calendar anew' }),
      wait: waitSeconds,
    }),
    body: null,
    problems: ['busy'],
    answers: {
      200: { description: 'The visit is over; what it did', schema: syncOut },
      202: { description: 'The visit is asked for, or still running', schema: syncOut },
    },
    async handle({ params, query, caller }) {
      const { id } = await load(parts, caller.tenantId, params.id);
      if (query.full) await relist(parts, id);
      return visitNow(parts, id, query.wait);
    },
  });
