/** Tells what a visit changed: journal lines, and requests to the calendars that now owe something. All of it hints. */
import type { Event } from '../domain/event.ts';
import { owes } from '../domain/event.ts';
import type { ConflictId } from '../domain/ids.ts';
import { owing, resolvedLine } from '../domain/news.ts';
import type { Conflict } from '../domain/policy.ts';
import { isWebhookEvent } from '../domain/webhook.ts';
import type { Session } from './session.ts';
import type { Line, Saved } from './story-lines.ts';
import { echoLines, seenLines } from './story-lines.ts';

export async function tell(
  s: Session,
  kept: readonly Saved[],
  o: {
    readonly opened: readonly Conflict[];
    readonly closes: readonly ConflictId[];
    /** Events of which the feed showed nothing but our own write. */
    readonly echoes?: readonly Event[];
  },
): Promise<void> {
  s.counts.conflicts += o.opened.length;
  for (const id of o.closes) await closeConflict(s, id);
  for (const { before, after } of kept) if (before?.version !== after.version) count(s, before, after);
  // The news among them was told when the events were saved.
  const seen = kept.flatMap((saved) => seenLines(s, saved)).filter((line) => !isWebhookEvent(line.kind));
  const lines = [...seen, ...echoLines(s, o.echoes ?? [])];
  const isTold = await append(s, [...lines, ...o.opened.flatMap((conflict) => conflictLines(s, conflict))]);
  for (const conflict of isTold ? o.opened : []) {
    if (conflict.untold !== undefined) await s.deps.store.conflicts.told(conflict);
  }
  await requestOthers(
    s,
    kept.map((draft) => draft.after),
  );
}

/** A line that is lost is a hint that is lost; it must not cost the visit. */
export async function append(s: Session, lines: readonly Line[]): Promise<boolean> {
  if (lines.length === 0) return true;
  try {
    await s.deps.store.journal.append(lines);
    return true;
  } catch (error) {
    s.deps.log.debug('journal lines were lost', { calendarId: s.calendar.id, reason: String(error) });
    return false;
  }
}

/** Calendars that owe something now; a lost request is found by the debt sweep. */
async function requestOthers(s: Session, events: readonly Event[]): Promise<void> {
  const owing = events.flatMap((event) => event.links.filter((link) => owes(event, link)).map((l) => l.calendarId));
  const ids = [...new Set(owing)].filter((id) => id !== s.calendar.id);
  if (ids.length === 0) return;
  await s.deps.store.calendars.request(ids, 'write');
  s.deps.onRequested?.(ids);
}

/** The question answered itself: the deleted copy is back. */
async function closeConflict(s: Session, id: ConflictId): Promise<void> {
  const { store, clock } = s.deps;
  const found = await store.conflicts.get(s.calendar.tenantId, id);
  if (found === null || found.state === 'resolved') return;
  const resolvedAt = clock.now();
  const resolved: Conflict = {
    ...{ ...found, version: found.version + 1, state: 'resolved', choice: 'ours', resolvedAt },
    ...owing(found, { at: resolvedAt, text: 'The deleted copy was brought back.' }),
  };
  if (!(await store.conflicts.save(resolved))) return;
  if (await append(s, conflictLines(s, resolved))) await store.conflicts.told(resolved);
}

/** The sentence of an edit quotes both values, which may be private where the event is not a booking. */
export const plainSentence = ({ isBooking, kind, sentence }: Conflict): string =>
  isBooking || kind === 'overlap' ? sentence : 'Both sides changed one event.';

function conflictLines(s: Session, conflict: Conflict): Line[] {
  const calendarId = s.calendar.id;
  const over = (conflict.untold ?? []).map((news) => ({ ...resolvedLine(conflict, news), calendarId }));
  if (conflict.state !== 'open') return over;
  const opened: Line = {
    tenantId: conflict.tenantId,
    kind: 'conflict.opened',
    eventId: conflict.eventId,
    calendarId,
    resourceIds: conflict.resourceId === null ? [] : [conflict.resourceId],
    version: null,
    details: { conflictId: conflict.id, conflict: conflict.kind, unit: conflict.unit },
    text: plainSentence(conflict),
  };
  return [...over, opened];
}

function count(s: Session, before: Event | null, after: Event): void {
  if (before === null) s.counts.created += after.deletedAt === null ? 1 : 0;
  else if (after.deletedAt !== null && before.deletedAt === null) s.counts.removed += 1;
  else s.counts.changed += 1;
}
