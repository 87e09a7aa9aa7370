/** Bookings: made, read, moved and brought to an end. */
import { z } from 'zod';
import type { Event } from '../domain/event.ts';
import { type BookingId, eventIdOf, type TenantId } from '../domain/ids.ts';
import type { BookingAction, BookOutcome } from '../scheduling/desk.ts';
import { wasNeverGranted } from '../scheduling/take.ts';
import { bookingAnswer } from './booking-answer.ts';
import { viewBooking, viewBookings } from './booking-view.ts';
import { changeOf, requestOf } from './booking-wishes.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { refusalOfOutcome } from './refuse.ts';
import { type Answer, answer, type CallContext, type Route, route } from './route.ts';
import { checkOrder, idIn, idParam, instantIn, line, noParams, noQuery, pageOf, paging } from './schemas.ts';
import { bookingChange, bookingIn, bookingOut, bookingStatus, emptyBody, takenOut } from './schemas-bookings.ts';
import { etag } from './versions.ts';

const tag = 'Bookings';
const taken = (codes: string) => ({ description: codes, schema: takenOut });
interface Act {
  readonly action: BookingAction;
  readonly name: string;
  readonly summary: string;
}
const actions: readonly Act[] = [
  { action: 'cancel', name: 'cancelBooking', summary: 'Cancel a booking: its time is free, its copies go' },
  { action: 'start', name: 'startBooking', summary: 'The work begins' },
  { action: 'complete', name: 'completeBooking', summary: 'The work is done' },
  { action: 'no-show', name: 'missBooking', summary: 'The customer was not there' },
];

async function load(parts: AppParts, tenantId: TenantId, id: BookingId): Promise<Event> {
  const event = await parts.store.events.get(tenantId, eventIdOf(id));
  if (event === null || event.booking === null || wasNeverGranted(event)) throw notFound('booking');
  return event;
}

async function settle(parts: AppParts, outcome: BookOutcome, call: CallContext, fresh: 200 | 201): Promise<Answer> {
  if (outcome.kind !== 'booked' && outcome.kind !== 'existing') throw refusalOfOutcome(outcome);
  return bookingAnswer(parts, outcome, call, fresh);
}

export function bookingRoutes(parts: AppParts): readonly Route[] {
  return [
    createBooking(parts),
    listBookings(parts),
    getBooking(parts),
    changeBooking(parts),
    ...actions.map((act) => actOnBooking(parts, act)),
  ];
}

const createBooking = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/bookings',
    name: 'createBooking',
    summary: 'Book a time',
    details:
      'The time is blocked before the answer. The calendar copies are written behind it; `Prefer: wait` waits for them. The same externalRef with the same time and resources gives the existing booking (200). With `maxStaleness` the calendars of the resources are read again right before the time is claimed: a late or lost webhook cannot cause a double booking then.',
    tag,
    scope: 'book',
    idempotent: true,
    findsItself: true,
    takesPreferWait: true,
    params: noParams,
    query: noQuery,
    body: bookingIn,
    problems: ['not_found', 'slot_taken', 'hold_expired', 'external_ref_taken', 'rule_violation', 'calendar_unread'],
    answers: {
      200: { description: 'This booking was made before', schema: bookingOut },
      201: { description: 'Booked', schema: bookingOut },
      409: taken('`slot_taken`, `hold_expired`, `external_ref_taken`, `in_flight`'),
    },
    async handle(call) {
      const request = requestOf(call.body, call.idempotency);
      return settle(parts, await parts.desk.book(call.caller.tenantId, request), call, 201);
    },
  });

const listBookings = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/bookings',
    name: 'listBookings',
    summary: 'List bookings by start',
    tag,
    scope: 'read',
    params: noParams,
    query: z
      .strictObject({
        ...paging,
        from: instantIn.nullable().default(null),
        to: instantIn.nullable().default(null),
        resourceId: idIn('resource').nullable().default(null),
        status: bookingStatus.nullable().default(null),
        externalRef: line(200).nullable().default(null),
      })
      .superRefine(checkOrder),
    body: null,
    answers: { 200: { description: 'Bookings that touch the time from `from` to `to`', schema: pageOf(bookingOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.events.bookings(caller.tenantId, query);
      const data = await viewBookings(
        parts.store,
        caller.tenantId,
        page.data.filter((e) => !wasNeverGranted(e)),
      );
      return answer(200, pageOf(bookingOut), { data, next: page.next });
    },
  });

const getBooking = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/bookings/{id}',
    name: 'getBooking',
    summary: 'Read a booking with the state of its calendar copies',
    tag,
    scope: 'read',
    params: idParam('booking'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The booking', schema: bookingOut } },
    async handle({ params, caller }) {
      const event = await load(parts, caller.tenantId, params.id);
      return answer(200, bookingOut, await viewBooking(parts.store, event), etag(event));
    },
  });

const changeBooking = (parts: AppParts): Route =>
  route({
    method: 'patch',
    path: '/v1/bookings/{id}',
    name: 'changeBooking',
    summary: 'Move, reassign or describe a booking anew',
    details: 'The old time stays blocked until the new one is won.',
    tag,
    scope: 'book',
    takesIfMatch: true,
    takesPreferWait: true,
    params: idParam('booking'),
    query: noQuery,
    body: bookingChange,
    problems: ['slot_taken', 'rule_violation'],
    answers: {
      200: { description: 'The booking afterwards', schema: bookingOut },
      409: taken('`slot_taken`'),
    },
    async handle(call) {
      const { tenantId } = call.caller;
      const { id } = call.params;
      // With only one end of the span given, the other comes from what is stored: nobody may move it in between.
      const isHalf = (call.body.start === undefined) !== (call.body.end === undefined);
      for (let tries = 0; ; tries += 1) {
        const event = await load(parts, tenantId, id);
        const change = changeOf(call.body, await viewBooking(parts.store, event), call.ifVersion);
        const ifVersion = isHalf ? (call.ifVersion ?? event.version) : call.ifVersion;
        const outcome = await parts.desk.change(tenantId, id, { ...change, ifVersion });
        const isOvertaken = outcome.kind === 'version-mismatch' && call.ifVersion === null;
        if (!isOvertaken || tries >= 3) return settle(parts, outcome, call, 200);
      }
    },
  });

const actOnBooking = (parts: AppParts, { action, name, summary }: Act): Route =>
  route({
    method: 'post',
    path: `/v1/bookings/{id}/${action}`,
    name,
    summary,
    tag,
    scope: 'book',
    idempotent: true,
    takesIfMatch: true,
    takesPreferWait: true,
    params: idParam('booking'),
    query: noQuery,
    body: emptyBody,
    problems: ['rule_violation'],
    answers: { 200: { description: 'The booking afterwards', schema: bookingOut } },
    async handle(call) {
      return settle(
        parts,
        await parts.desk.act(call.caller.tenantId, call.params.id, action, call.ifVersion),
        call,
        200,
      );
    },
  });
