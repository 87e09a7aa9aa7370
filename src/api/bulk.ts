/** Bulk intake: many bookings in one request, each answered for itself. */
import type { z } from 'zod';
import type { BookingView } from '../../mappings/crm.ts';
import { viewBooking } from './booking-view.ts';
import { requestOf } from './booking-wishes.ts';
import { fingerprint } from './idempotency.ts';
import type { AppParts } from './parts.ts';
import { problemDocument, Refusal, refusalOf } from './problems.ts';
import { refusalOfOutcome } from './refuse.ts';
import { answer, type CallContext, type Route, route } from './route.ts';
import { noParams, noQuery } from './schemas.ts';
import { bulkIn, bulkOut } from './schemas-bookings.ts';

type Item = z.output<typeof bulkIn>['bookings'][number];
type Entry = z.input<typeof bulkOut>['data'][number];

/** Items under way at once. */
const width = 16;

export const bulkRoutes = (parts: AppParts): readonly Route[] => [
  route({
    method: 'post',
    path: '/v1/bookings/bulk',
    name: 'createBookings',
    summary: 'Book up to 500 times in one request',
    details:
      'Each item is answered for itself, as `POST /v1/bookings` would have answered it; one that is refused stops no other. Items that name the same resource are booked in their order. An item with a `key` is booked once, whenever and with whatever others it is sent again; without one, the `Idempotency-Key` of the request counts.',
    tag: 'Bookings',
    scope: 'book',
    idempotent: true,
    params: noParams,
    query: noQuery,
    body: bulkIn,
    answers: { 200: { description: 'What became of each, in their order', schema: bulkOut } },
    async handle(call) {
      const { bookings } = call.body;
      const data = await inOrder(bookings, (item, index) => bookOne(parts, call, item, index));
      const booked = data.filter((entry) => entry.booking !== undefined).length;
      return answer(200, bulkOut, { booked, refused: data.length - booked, data });
    },
  }),
];

/** Runs items side by side, but those that want the same resource one after the other; an open choice waits for all before. */
async function inOrder<T>(items: readonly Item[], run: (item: Item, index: number) => Promise<T>): Promise<T[]> {
  const last = new Map<string, Promise<unknown>>();
  const done: Promise<T>[] = [];
  let barrier: Promise<unknown> = Promise.resolve();
  for (const [index, item] of items.entries()) {
    const ids = item.resourceIds;
    const before =
      ids === null ? Promise.all(done) : Promise.all([barrier, done[index - width], ...ids.map((id) => last.get(id))]);
    const mine = before.then(() => run(item, index));
    done.push(mine);
    if (ids === null) barrier = mine;
    else for (const id of ids) last.set(id, mine);
  }
  return Promise.all(done);
}

async function bookOne(parts: AppParts, call: CallContext, item: Item, index: number): Promise<Entry> {
  try {
    const { status, booking } = await book(parts, call, item, index);
    return { index, status, booking };
  } catch (error) {
    const refusal = refusalOf(error, parts.clock);
    if (refusal.code === 'internal_error') {
      const reason = error instanceof Error ? error.stack : String(error);
      parts.log.error('an item of a bulk request failed', { requestId: call.requestId, index, reason });
    }
    const { publicUrl } = parts.config;
    const { status, body } = problemDocument(refusal, { publicUrl, requestId: call.requestId });
    return { index, status, problem: body as NonNullable<Entry['problem']> };
  }
}

async function book(
  parts: AppParts,
  call: CallContext,
  { key, ...item }: Item,
  index: number,
): Promise<{ readonly status: number; readonly booking: BookingView }> {
  const own = key === null ? null : `bulk|${key}`;
  const mark = fingerprint('item', '', item);
  const request = requestOf(item, own ?? (call.idempotency === null ? null : `${call.idempotency}|${index}`));
  const outcome = await parts.desk.book(call.caller.tenantId, {
    ...request,
    ...(own === null ? {} : { fingerprint: mark }),
  });
  if (outcome.kind !== 'booked' && outcome.kind !== 'existing') throw refusalOfOutcome(outcome);
  const kept = outcome.event.booking?.acceptKey;
  if (outcome.kind === 'existing' && own !== null && kept !== undefined && kept !== mark) {
    throw new Refusal('idempotency_mismatch', 'This key was used before for another booking.');
  }
  const booking = await viewBooking(parts.store, outcome.event);
  return { status: outcome.kind === 'booked' ? 201 : 200, booking };
}
