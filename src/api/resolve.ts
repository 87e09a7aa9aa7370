/** Carries out what somebody chose in a conflict: the choice is written down first, so that no crash can leave it half-done. */
import { sameValue } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { ConflictId, TenantId } from '../domain/ids.ts';
import { bookingIdOf } from '../domain/ids.ts';
import { owing, resolvedLine } from '../domain/news.ts';
import type { Choice, Conflict, Decision } from '../domain/policy.ts';
import { choicesOf } from '../domain/policy.ts';
import { spanOf } from '../domain/series.ts';
import type { Instant } from '../domain/time.ts';
import { dayMs, utcZone } from '../domain/time.ts';
import type { BookOutcome } from '../scheduling/desk.ts';
import { lookAt } from './conflict-look.ts';
import type { AppParts } from './parts.ts';
import { notFound, Refusal } from './problems.ts';
import { refusalOfOutcome } from './refuse.ts';
import { versionMismatch } from './versions.ts';

export type ResolveParts = Pick<AppParts, 'store' | 'desk' | 'clock' | 'log' | 'disputes' | 'alternativesFor'>;

const mostTries = 5;

/**
 * The conflict as it is afterwards. A question that answered itself meanwhile is closed and given back with `choice` null.
 * @throws Refusal `not_found`, `rule_violation`, `version_mismatch`, `slot_taken`; Fault `clash`
 */
export async function resolveConflict(
  parts: ResolveParts,
  tenantId: TenantId,
  id: ConflictId,
  wish: Decision,
  ifVersion: number | null,
): Promise<Conflict> {
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const conflict = await parts.store.conflicts.get(tenantId, id);
    if (conflict === null) throw notFound('conflict');
    if (conflict.state === 'resolved') return asBefore(conflict, wish.choice);
    if (conflict.decision !== null) {
      await carryOut(parts, conflict, conflict.decision).catch(unlessRefused);
      continue;
    }
    if (!choicesOf(conflict).includes(wish.choice)) throw notAllowed(conflict, wish.choice);
    if (ifVersion !== null && ifVersion !== conflict.version) throw versionMismatch(conflict.version);
    const current = await lookAt(parts, conflict);
    if (current === 'over') {
      const closed = await close(parts, conflict, null);
      if (closed !== null) return closed;
      continue;
    }
    // What the caller read is not what would be decided any more.
    if (ifVersion !== null && current.version !== conflict.version) {
      await parts.store.conflicts.save(current);
      throw versionMismatch(current.version);
    }
    const decided: Conflict = { ...current, version: conflict.version + 1, decision: wish };
    if (await parts.store.conflicts.save(decided)) return carryOut(parts, decided, wish);
  }
  throw new Fault('clash', 'the conflict is being changed by others');
}

/** The same choice again is the same wish; another one comes too late. */
function asBefore(conflict: Conflict, choice: Choice): Conflict {
  if (conflict.choice === choice || conflict.choice === null) return conflict;
  throw new Refusal('rule_violation', `The conflict was resolved before: ${conflict.choice} was chosen.`, {
    extra: { rule: 'already-resolved', choice: conflict.choice },
  });
}

function notAllowed(conflict: Conflict, choice: Choice): Refusal {
  const allowed = choicesOf(conflict);
  const sentence = `"${choice}" makes no sense for a conflict of the kind ${conflict.kind}; choose ${allowed.join(', ')}.`;
  return new Refusal('rule_violation', sentence, { extra: { rule: 'choice', allowed } });
}

function unlessRefused(error: unknown): null {
  if (error instanceof Refusal) return null;
  throw error;
}

/** May be repeated from the start: every step finds what an earlier run has done. */
export async function carryOut(parts: ResolveParts, conflict: Conflict, decision: Decision): Promise<Conflict> {
  const { store } = parts;
  if (conflict.kind === 'overlap') {
    const outcome = await askDesk(parts, conflict, decision);
    if (outcome !== null && outcome.kind !== 'booked' && outcome.kind !== 'existing') {
      // A booking that is not there any more has given way already; everything else leaves the question open.
      if (outcome.kind !== 'not-found' || outcome.what !== 'booking') {
        await store.conflicts.save({ ...conflict, version: conflict.version + 1, decision: null });
        throw refusalOfOutcome(outcome);
      }
    }
  } else if (decision.choice === 'ours' || decision.choice === 'theirs') {
    await parts.disputes.settle(conflict, decision.choice);
  }
  const closed = await close(parts, conflict, decision.choice);
  if (closed !== null) return closed;
  const current = await store.conflicts.get(conflict.tenantId, conflict.id);
  if (current?.state === 'resolved') return current;
  throw new Fault('clash', 'the conflict is being changed by others');
}

/** Null: both stand, nothing is to be done. */
async function askDesk(parts: ResolveParts, conflict: Conflict, decision: Decision): Promise<BookOutcome | null> {
  const { desk } = parts;
  const { tenantId, eventId, other } = conflict;
  switch (decision.choice) {
    case 'both':
      return null;
    case 'theirs':
      return desk.act(tenantId, bookingIdOf(eventId), 'cancel', null);
    case 'ours':
      return other === null ? null : desk.act(tenantId, bookingIdOf(other.eventId), 'cancel', null);
    case 'move':
      return move(parts, conflict, decision);
  }
}

/** Through the desk like any other move: the same rules, and the old time stays blocked until the new one is won. */
async function move(parts: ResolveParts, conflict: Conflict, { start, resourceIds }: Decision): Promise<BookOutcome> {
  const { tenantId, eventId } = conflict;
  const event = await parts.store.events.get(tenantId, eventId);
  if (event === null) return { kind: 'not-found', what: 'booking' };
  const [first] = await parts.store.resources.getMany(tenantId, event.resources.slice(0, 1));
  const own = spanOf(event.fields, first?.zone ?? utcZone);
  const span = start === null ? null : { start, end: (start + own.end - own.start) as Instant };
  const change = { span, timeZone: null, resourceIds, context: {}, ifVersion: null };
  return parts.desk.change(tenantId, bookingIdOf(eventId), change);
}

const endings: Readonly<Record<Choice, string>> = {
  ours: 'our side stands',
  theirs: 'their side stands',
  both: 'both stand',
  move: 'the booking was moved',
};

/** Null: somebody changed the record meanwhile. `choice` null: nothing was left to decide. */
export async function close(
  parts: Pick<ResolveParts, 'store' | 'clock' | 'log'>,
  conflict: Conflict,
  choice: Choice | null,
): Promise<Conflict | null> {
  const { store, clock, log } = parts;
  const resolvedAt = clock.now();
  const text = choice === null ? 'Nothing was left to decide.' : `Somebody chose: ${endings[choice]}.`;
  const closed: Conflict = {
    ...conflict,
    ...{ version: conflict.version + 1, state: 'resolved', decision: null, resolvedAt, choice },
    ...owing(conflict, { at: resolvedAt, text }),
  };
  if (!(await store.conflicts.save(closed))) return null;
  try {
    await store.journal.append((closed.untold ?? []).map((news) => resolvedLine(closed, news)));
    await store.conflicts.told(closed);
  } catch (error) {
    log.debug('what became of a conflict is told by the sweep', { conflictId: conflict.id, reason: String(error) });
  }
  return closed;
}

const perPage = 100;

/**
 * The sweep over open conflicts: finishes what a crash left decided but undone, closes what answered itself, and brings
 * values and alternatives up to date. Returns how many records changed. Safe to run twice.
 */
export async function reviewConflicts(parts: ResolveParts): Promise<number> {
  let changed = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof parts.store.conflicts.allOpen>> = await parts.store.conflicts.allOpen({
      limit: perPage,
      after,
    });
    for (const conflict of page.data) {
      try {
        if (await review(parts, conflict)) changed += 1;
      } catch (error) {
        // One question that cannot be looked at must not keep the others from it.
        parts.log.error('a conflict could not be reviewed', { conflictId: conflict.id, reason: String(error) });
      }
    }
    after = page.next;
  } while (after !== null);
  return changed;
}

async function review(parts: ResolveParts, conflict: Conflict): Promise<boolean> {
  await tellIfUntold(parts, conflict);
  if (conflict.decision !== null) {
    await carryOut(parts, conflict, conflict.decision).catch(unlessRefused);
    return true;
  }
  const current = await lookAt(parts, conflict);
  if (current === 'over') return (await close(parts, conflict, null)) !== null;
  return !sameValue(current, conflict) && parts.store.conflicts.save(current);
}

const settledForMs = 10_000;
const toldWithinMs = 7 * dayMs;
const mostLines = 200;

/** A process may have died between opening the record and telling it; what is told twice is one message. */
async function tellIfUntold({ store, clock }: ResolveParts, conflict: Conflict): Promise<void> {
  const { id, tenantId, eventId, calendarId, resourceId, kind, unit, openedAt } = conflict;
  const age = clock.now() - openedAt;
  if (age < settledForMs || age > toldWithinMs) return;
  const lines = await store.journal.ofEvent(tenantId, eventId, mostLines);
  const isTold = lines.some((line) => line.kind === 'conflict.opened' && line.details?.conflictId === id);
  if (isTold) return;
  const text = conflict.isBooking || kind === 'overlap' ? conflict.sentence : 'Both sides changed one event.';
  const resourceIds = resourceId === null ? [] : [resourceId];
  const details = { conflictId: id, conflict: kind, unit };
  const known = { tenantId, eventId, calendarId, resourceIds, version: null, text, details };
  await store.journal.append([{ ...known, kind: 'conflict.opened' }]);
}
