/** What callers of REST do in a history, at the real booking desk. */
import type { Event } from '../../src/domain/event.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { spanOf } from '../../src/domain/series.ts';
import type { Instant } from '../../src/domain/time.ts';
import { makeDesk } from '../../src/scheduling/book.ts';
import type { BookingDesk } from '../../src/scheduling/desk.ts';
import type { Store } from '../../src/store/store.ts';
import { linksFor } from '../../src/sync/links.ts';
import type { FakeClock } from './clock.ts';
import { aChange, aRequest, wording } from './desk.ts';
import { failAt } from './fail-at.ts';
import type { Play } from './history.ts';
import type { RestCrash, RestStep, Step } from './history-steps.ts';
import { home, slot, windowAheadMs, windowPastMs } from './history-times.ts';
import { pass } from './history-visits.ts';
import { tenant } from './stage.ts';

export const holdMs = 120_000;

export const deskOf = (store: Store, clock: FakeClock): BookingDesk =>
  makeDesk({
    ...{ store, clock, log: silentLog, nudge: { nudge: () => {} }, linksFor, describe: wording },
    settings: { holdMs, windowPastMs, windowAheadMs, searchMs: 3_600_000, searchStepMs: 1_800_000 },
  });

const acts: ReadonlySet<string> = new Set([
  'book',
  'cancel',
  'hold',
  'take hold',
  'release',
  'rest edit',
  'rest crash',
]);
export const isRest = (step: Step): step is RestStep | RestCrash => acts.has(step.do);

export async function byRest(play: Play, step: RestStep | RestCrash): Promise<void> {
  if (step.do !== 'rest crash') return act(play, play.desk, step);
  const crash = failAt(play.store, step.call, step.when);
  const texts = play.ledger.count();
  await act(play, deskOf(crash.store, play.stage.clock), step.rest).catch((error: unknown) => {
    if (!crash.hasCrashed()) throw error;
  });
  // Whether it came about nobody knows; what it wrote may be there or not.
  if (crash.hasCrashed()) play.ledger.excuse(textsSince(play, texts));
  await pass(play, holdMs + 10_000, step.call % 2 === 0);
}

const textsSince = (play: Play, count: number): string[] =>
  Array.from({ length: play.ledger.count() - count }, (_, i) => `t${count + i + 1}`);

/** One thing that a caller asks for; a refusal is an answer too, and leaves nothing behind. */
export async function act(play: Play, desk: BookingDesk, step: RestStep): Promise<void> {
  const { changes, ledger, stage, setup, holds } = play;
  const span = spanOf(slot(setup.season, step.pick * 3 + ledger.count()) as Parameters<typeof spanOf>[0], home);
  const resourceIds = [stage.resource.id];
  // A move that is won and then lost again goes back, which is one change more.
  changes.rest += 2;
  switch (step.do) {
    case 'book':
    case 'take hold': {
      const title = ledger.write('rest', '');
      const holdId = step.do === 'book' ? null : (holds.at(-1) ?? null);
      const held = holdId === null ? null : await play.store.holds.get(tenant, holdId);
      const request = { resourceIds, span: held?.span ?? span, holdId, title, idempotencyKey: title };
      const outcome = await desk.book(tenant, aRequest({ ...request, timeZone: home }));
      if (outcome.kind !== 'booked') ledger.excuse([title]);
      return;
    }
    case 'hold': {
      const outcome = await desk.hold(tenant, { span, resourceIds, expiresInMs: step.pick * 30_000, note: null });
      if (outcome.kind === 'held') holds.push(outcome.hold.id);
      return;
    }
    case 'release': {
      const id = holds.pop();
      if (id !== undefined) await desk.release(tenant, id);
      return;
    }
    case 'cancel':
    case 'rest edit':
      return change(play, desk, step, span);
  }
}

async function change(
  play: Play,
  desk: BookingDesk,
  step: RestStep,
  span: { readonly start: Instant; readonly end: Instant },
): Promise<void> {
  const { ledger } = play;
  const bookings = (await play.stage.events()).filter((event) => event.booking !== null);
  const event = bookings[step.pick % Math.max(1, bookings.length)];
  const id = event?.booking?.id;
  if (event === undefined || id === undefined) return;
  if (step.do !== 'rest edit') {
    await desk.act(tenant, id, 'cancel', null);
    return;
  }
  const text = step.unit === 'when' ? '' : ledger.write('rest', overOf(event, step.unit));
  const context = step.unit === 'what' ? { title: text } : { location: { address: text, lat: null, lng: null } };
  const wish = step.unit === 'when' ? { span, timeZone: home } : { context };
  const outcome = await desk.change(tenant, id, aChange(wish));
  if (outcome.kind !== 'booked') ledger.excuse([text]);
}

const overOf = (event: Event, unit: 'what' | 'where'): string =>
  unit === 'what' ? event.fields.title : event.fields.location;
