/** Turns the desk's refusing outcomes into problems. */
import { showSlot } from '../../mappings/crm-things.ts';
import type { Slot } from '../domain/resource.ts';
import type { BookOutcome, HoldOutcome, Obstacle, TooManyHolds } from '../scheduling/desk.ts';
import { showFreshness } from './freshness.ts';
import { notFound, Refusal } from './problems.ts';
import { showSpan } from './schemas.ts';
import { versionMismatch } from './versions.ts';

type Refusing = Exclude<BookOutcome | HoldOutcome, { kind: 'booked' | 'existing' | 'held' }>;

export function refusalOfOutcome(outcome: Refusing): Refusal {
  switch (outcome.kind) {
    case 'slot-taken':
      return new Refusal('slot_taken', 'The time is taken.', {
        extra: {
          conflicts: outcome.conflicts.map(showObstacle),
          alternatives: showSlots(outcome.alternatives),
          freshness: showFreshness(outcome.freshness),
        },
      });
    case 'hold-expired':
      return new Refusal('hold_expired', 'The hold has ended and its time may be taken.', {
        extra: { alternatives: showSlots(outcome.alternatives) },
      });
    case 'external-ref-taken':
      return new Refusal('external_ref_taken', 'This externalRef names a booking with another time or resource.', {
        extra: { bookingId: outcome.event.booking?.id ?? null },
      });
    case 'version-mismatch':
      return versionMismatch(outcome.event.version);
    case 'not-found':
      return notFound(outcome.what);
    case 'too-many-holds':
      return tooManyHolds(outcome);
    case 'calendars-unread':
      return new Refusal('calendar_unread', 'A calendar of these resources could not be read in time.', {
        headers: { 'Retry-After': '10' },
        extra: { freshness: showFreshness(outcome.freshness) },
      });
    case 'rule-violation':
      return new Refusal('rule_violation', outcome.sentence, { extra: { rule: outcome.rule } });
  }
}

const showSlots = (slots: readonly Slot[]) => slots.map((slot) => showSlot(slot, null));
const showObstacle = (o: Obstacle) => ({ resourceId: o.resourceId, ...showSpan(o), kind: o.kind });

export const tooManyHolds = ({ of, waitMs }: TooManyHolds): Refusal =>
  new Refusal(
    'too_many_holds',
    of === 'caller'
      ? 'This API key holds as much time as it may: book, release, or let some of it end.'
      : 'As much of this day is held as may be held at once.',
    { headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) }, extra: { of } },
  );
