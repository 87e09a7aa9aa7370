/** Notices over REST: what a tenant wishes, who wants none, what was told about a booking and what would be. */
import { z } from 'zod';
import type { Event } from '../domain/event.ts';
import { type BookingId, eventIdOf, type TenantId } from '../domain/ids.ts';
import type { Notice, NoticeSettings } from '../domain/notice.ts';
import { plainAddress } from '../domain/notice.ts';
import { formatDuration, formatInstant } from '../domain/time.ts';
import { bookedSpan } from '../notify/notice-plan.ts';
import { groundsOf, messageOf } from '../notify/notices.ts';
import { given } from './given.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { email, idParam, noParams, noQuery, pagedQuery, pageOf } from './schemas.ts';
import {
  noticePreviewIn,
  noticePreviewOut,
  noticeSettingsIn,
  noticeSettingsOut,
  noticesOut,
  optOutIn,
  optOutOut,
} from './schemas-notices.ts';
import { etag, savedAfterChange } from './versions.ts';

const tag = 'Notices';

export const noticeRoutes = (parts: AppParts): readonly Route[] => [
  getSettings(parts),
  changeSettings(parts),
  addOptOut(parts),
  listOptOuts(parts),
  endOptOut(parts),
  listNotices(parts),
  previewNotice(parts),
];

const showSettings = (s: NoticeSettings, parts: AppParts): z.input<typeof noticeSettingsOut> => ({
  ...{ version: s.version, customers: s.customers, technicians: s.technicians, businessName: s.businessName },
  quietHours: s.quietHours,
  reminderLeads: s.reminderLeadsMs.map(formatDuration),
  hasTransport: parts.hasNoticeTransport === true,
});

const getSettings = (parts: AppParts): Route =>
  route({
    ...{ method: 'get', path: '/v1/notices/settings', name: 'getNoticeSettings', tag, scope: 'read' },
    summary: 'Read who is told what, and when not',
    ...{ params: noParams, query: noQuery, body: null },
    answers: { 200: { description: 'The settings', schema: noticeSettingsOut } },
    async handle({ caller }) {
      const settings = await parts.store.notices.settings(caller.tenantId);
      return answer(200, noticeSettingsOut, showSettings(settings, parts), etag(settings));
    },
  });

const changeSettings = (parts: AppParts): Route =>
  route({
    ...{ method: 'patch', path: '/v1/notices/settings', name: 'changeNoticeSettings', tag, scope: 'admin' },
    summary: 'Change who is told what, and when not',
    details: 'Nobody is told anything until this says so. Switched on, it also confirms the bookings that are there.',
    takesIfMatch: true,
    ...{ params: noParams, query: noQuery, body: noticeSettingsIn },
    answers: { 200: { description: 'The settings afterwards', schema: noticeSettingsOut } },
    async handle({ body, caller: { tenantId }, ifVersion }) {
      const { reminderLeads, ...rest } = body;
      const leads = reminderLeads === undefined ? {} : { reminderLeadsMs: [...new Set(reminderLeads)] };
      const saved = await savedAfterChange<NoticeSettings>({
        ...{ what: 'tenant', ifVersion },
        load: () => parts.store.notices.settings(tenantId),
        next: (before) => ({ ...before, ...given(rest), ...leads, version: before.version + 1 }),
        save: (next) => parts.store.notices.saveSettings(tenantId, next),
      });
      return answer(200, noticeSettingsOut, showSettings(saved, parts), etag(saved));
    },
  });

const addOptOut = ({ store, clock }: AppParts): Route =>
  route({
    ...{ method: 'post', path: '/v1/notices/opt-outs', name: 'addOptOut', tag, scope: 'book', idempotent: true },
    summary: 'Send nothing to an address any more',
    ...{ params: noParams, query: noQuery, body: optOutIn },
    answers: { 201: { description: 'From now on it gets nothing', schema: optOutOut } },
    async handle({ body, caller }) {
      const optOut = { address: plainAddress(body.address), at: clock.now() };
      await store.notices.optOut(caller.tenantId, optOut);
      return answer(201, optOutOut, { ...optOut, at: formatInstant(optOut.at) });
    },
  });

const listOptOuts = ({ store }: AppParts): Route =>
  route({
    ...{ method: 'get', path: '/v1/notices/opt-outs', name: 'listOptOuts', tag, scope: 'read' },
    summary: 'List the addresses that get nothing',
    ...{ params: noParams, query: pagedQuery, body: null },
    answers: { 200: { description: 'Addresses, oldest first', schema: pageOf(optOutOut) } },
    async handle({ query, caller }) {
      const { data, next } = await store.notices.optOuts(caller.tenantId, query);
      const shown = data.map(({ address, at }) => ({ address, at: formatInstant(at) }));
      return answer(200, pageOf(optOutOut), { data: shown, next });
    },
  });

const endOptOut = ({ store }: AppParts): Route =>
  route({
    ...{ method: 'delete', path: '/v1/notices/opt-outs', name: 'endOptOut', tag, scope: 'book' },
    summary: 'Send to an address again',
    ...{ params: noParams, query: z.strictObject({ address: email }), body: null },
    problems: ['not_found'],
    answers: { 204: { description: 'It gets messages again', schema: null } },
    async handle({ query, caller }) {
      if (!(await store.notices.optIn(caller.tenantId, plainAddress(query.address)))) throw notFound('opt-out');
      return noContent;
    },
  });

async function bookingEvent({ store }: AppParts, tenantId: TenantId, id: BookingId): Promise<Event> {
  const event = await store.events.get(tenantId, eventIdOf(id));
  if (event === null || event.booking === null) throw notFound('booking');
  return event;
}

const shownState: Readonly<Record<Notice['state'], 'unsent' | 'sending' | 'sent' | 'dropped' | 'refused'>> = {
  ...{ due: 'unsent', claimed: 'sending', sent: 'sent', dropped: 'dropped', refused: 'refused' },
};

const listNotices = (parts: AppParts): Route =>
  route({
    ...{ method: 'get', path: '/v1/bookings/{id}/notices', name: 'listNotices', tag, scope: 'read' },
    summary: 'What was told to whom about a booking',
    details: 'Texts are composed anew from the booking as it is; times and places are those that were told.',
    ...{ params: idParam('booking'), query: noQuery, body: null },
    answers: { 200: { description: 'Notices, oldest first', schema: noticesOut } },
    async handle({ params, caller: { tenantId } }) {
      const event = await bookingEvent(parts, tenantId, params.id);
      const [g] = await groundsOf(parts, tenantId, [event]);
      const data = (g?.known ?? []).flatMap((notice) => {
        const message = messageOf(notice, g!);
        const { id, kind, audience, address, why } = notice;
        const sentAt = notice.sentAt === null ? null : formatInstant(notice.sentAt);
        const shown = { id, kind, audience, address, why, state: shownState[notice.state], sentAt };
        return message === null ? [] : [{ ...shown, dueAt: formatInstant(notice.dueAt), ...message }];
      });
      return answer(200, noticesOut, { data });
    },
  });

const previewNotice = (parts: AppParts): Route =>
  route({
    ...{ method: 'post', path: '/v1/bookings/{id}/notices/preview', name: 'previewNotice', tag, scope: 'read' },
    summary: 'See what a message about a booking would say',
    ...{ params: idParam('booking'), query: noQuery, body: noticePreviewIn },
    answers: { 200: { description: 'The message; nothing was sent', schema: noticePreviewOut } },
    async handle({ params, body, caller: { tenantId } }) {
      const event = await bookingEvent(parts, tenantId, params.id);
      const [g] = await groundsOf(parts, tenantId, [event]);
      const fact = { ...bookedSpan(event, g!.resources), place: event.booking?.location?.address ?? null };
      const message = messageOf({ kind: body.kind, audience: body.audience, fact }, g!);
      if (message === null) throw notFound('booking');
      return answer(200, noticePreviewOut, message);
    },
  });
