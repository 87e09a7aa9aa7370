/** Turns the desk's refusing outcomes into problems. */
import { showSlot } from '../../mappings/crm-things.ts';
import type { BookOutcome, HoldOutcome, Obstacle } from '../scheduling/desk.ts';
import { notFound, Refusal } from './problems.ts';
import { showSpan } from './schemas.ts';
import { versionMismatch } from './versions.ts';

type Refusing = Exclude<BookOutcome | HoldOutcome, { kind: 'booked' | 'existing' | 'held' }>;

export function refusalOfOutcome(outcome: Refusing): Refusal {
  switch (outcome.kind) {
    case 'slot-taken':
      return new Refusal('slot_taken', 'The time is taken.', {
        extra: { conflicts: outcome.conflicts.map(showObstacle), alternatives: outcome.alternatives.map(showSlot) },
      });
    case 'hold-expired':
      return new Refusal('hold_expired', 'The hold has ended and its time may be taken.', {
        extra: { alternatives: outcome.alternatives.map(showSlot) },
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
      return new Refusal(
        'too_many_holds',
        outcome.of === 'caller'
          ? 'This API key holds as much time as it may; book, release or let some of it end.'
          : 'As much of this day is held as may be held at once.',
        {
          headers: { 'Retry-After': String(Math.max(1, Math.ceil(outcome.waitMs / 1000))) },
          extra: { of: outcome.of },
        },
      );
    case 'rule-violation':
      return new Refusal('rule_violation', outcome.sentence, { extra: { rule: outcome.rule } });
  }
}

const showObstacle = (o: Obstacle) => ({ resourceId: o.resourceId, ...showSpan(o), kind: o.kind });
