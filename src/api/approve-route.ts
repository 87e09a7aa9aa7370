/** `POST /v1/calendars/{id}/approve`: lets a held mass change happen. */
import { z } from 'zod';
import { approveAlarm } from './approve.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { type Route, route } from './route.ts';
import { idParam } from './schemas.ts';
import { approveIn, syncOut } from './schemas-calendars.ts';
import { visitNow, waitSeconds } from './visit-report.ts';

export const approveChange = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/calendars/{id}/approve',
    name: 'approveChange',
    summary: 'Approve the mass change that an alarm holds back',
    details:
      'A read that would remove or move more than 20 events and more than 30 % of the known ones changes nothing until somebody approves what `sync.alarm` shows. The approval is for just that: if less happens by then, fine; if it grew or changed, it is held and shown anew (outcome `alarm`). Another alarm than the one that was read: 412. Nothing held: 422 with `rule: "no-alarm"`.',
    tag: 'Calendars',
    scope: 'book',
    idempotent: true,
    params: idParam('calendar'),
    query: z.strictObject({ wait: waitSeconds }),
    body: approveIn,
    problems: ['rule_violation', 'version_mismatch', 'busy'],
    answers: {
      200: { description: 'The visit is over; what it did', schema: syncOut },
      202: { description: 'Approved; the visit is asked for, or still running', schema: syncOut },
    },
    async handle({ params, query, body, caller }) {
      const calendar = await parts.store.calendars.get(caller.tenantId, params.id);
      if (calendar === null) throw notFound('calendar');
      await approveAlarm(parts, calendar, body.alarmId);
      return visitNow(parts, calendar.id, query.wait);
    },
  });
