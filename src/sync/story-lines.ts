/** Words the steps of a visit for the story of an event: what was seen, what was decided and why, what was written. */
import type { CalendarLink, Event, MergeUnit } from '../domain/event.ts';
import { diffUnits, instanceKeyOf, sameUnit, sameValue } from '../domain/event.ts';
import type { Conflict } from '../domain/policy.ts';
import type { JournalDetails, JournalKind, JournalLine } from '../domain/tenant.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';
import { isWebhookEvent } from '../domain/webhook.ts';
import { linkTo, refusals } from './links.ts';
import type { Answer } from './receipt.ts';
import type { Session } from './session.ts';

export type Line = Omit<JournalLine, 'id' | 'at'>;
type Teller = Pick<Session, 'calendar' | 'isFirst' | 'deps'>;

/** A saved plan: the event before and after, and what was put on record with it. */
export interface Saved {
  readonly before: Event | null;
  readonly after: Event;
  readonly conflicts: readonly Conflict[];
}

const echoMs = 24 * 3_600_000;
const touchMs = 10 * 60_000;

/** What became of a change that was read. A first reading is told by its count, not by thousands of lines. */
export function seenLines(s: Teller, saved: Saved): Line[] {
  const { before, after } = saved;
  if (s.isFirst && before === null) return [];
  if (before !== null && before.version === after.version) return stillLines(s, before, saved);
  const kind = raisedKind(before, after);
  if (kind === null && before === null) return [];
  const units = before === null ? [] : judgedUnits(s, before, saved);
  const text =
    kind === null
      ? `Edited in the calendar "${s.calendar.name}": ${wordsOf(units)}.`
      : `${texts[kind] ?? 'Changed'} in the calendar "${s.calendar.name}".`;
  const details = units.length === 0 ? undefined : { verdict: 'merge', units };
  return [lineOf(s, after, kind ?? 'copy.seen', text, details)];
}

/** Of those lines what the world is told; they are saved with the event, so that no crash can lose them. */
export const newsLines = (s: Teller, saved: Saved): Line[] =>
  seenLines(s, saved).filter((line) => isWebhookEvent(line.kind));

const texts: Readonly<Partial<Record<JournalKind, string>>> = {
  'calendar.blocked': 'Time was blocked',
  'calendar.freed': 'Time was freed',
  'booking.moved': 'The booking was moved',
  'booking.changed': 'The booking was changed',
  'booking.cancelled': 'The booking was cancelled',
};

function raisedKind(before: Event | null, after: Event): JournalKind | null {
  const isGone = after.deletedAt !== null;
  if (before === null && isGone) return null;
  if (after.booking !== null) {
    if (isGone) return 'booking.cancelled';
    const isMoved = before !== null && !sameUnit('when', before.fields, after.fields);
    return isMoved ? 'booking.moved' : 'booking.changed';
  }
  if (isGone) return 'calendar.freed';
  return before === null || !sameUnit('when', before.fields, after.fields) || before.deletedAt !== null
    ? 'calendar.blocked'
    : null;
}

/** The event means what it meant; what was learnt is in its link. */
function stillLines(s: Teller, before: Event, saved: Saved): Line[] {
  const [was, is] = [linkTo(before, s.calendar.id), linkTo(saved.after, s.calendar.id)];
  if (was === null || is === null) return [];
  const name = `the calendar "${s.calendar.name}"`;
  const line = (text: string, details: JournalDetails) => [lineOf(s, saved.after, 'copy.seen', text, details)];
  if (was.sent !== null && is.sent === null && is.settledVersion > was.settledVersion) {
    const text = `Found in ${name} as it was written; the answer to that write had been lost.`;
    return [lineOf(s, saved.after, 'copy.written', text, { verdict: 'landed', remoteId: is.remoteId })];
  }
  if (is.refusal === refusals.copyGone) return line(`Its copy was deleted in ${name}; a person must choose.`, gone);
  if (is.generation > was.generation) return line(`Its copy was gone from ${name}; it is written again.`, gone);
  if (is.state === 'unlinked' && was.state !== 'unlinked') return line(`It has left ${name}.`, gone);
  if (was.remoteId === null && is.remoteId !== null) {
    return line(`Its copy was found in ${name}.`, { verdict: 'landed', remoteId: is.remoteId });
  }
  const units = judgedUnits(s, before, saved);
  if (units.length > 0) return line(`Edited in ${name}: ${wordsOf(units)}.`, { verdict: 'merge', units });
  return isTouch(s, was, is) ? [echoLine(s, saved.after, 'touch')] : [];
}

const gone: JournalDetails = { verdict: 'removed' };

/** A server that stamps its copies anew at every look would fill the journal: told only close behind a write of ours. */
function isTouch(s: Teller, was: CalendarLink, is: CalendarLink): boolean {
  return is.stamp !== was.stamp && sameValue(was.base, is.base) && isWithin(s, is.writtenAt, touchMs);
}

const isWithin = (s: Teller, at: Instant | null, ms: number): boolean => at !== null && s.deps.clock.now() - at < ms;

/** Our own write came back. Told while it can still be meant; a feed may name a copy again for ever. */
export function echoLines(s: Teller, events: readonly Event[]): Line[] {
  return events
    .filter((event) => isWithin(s, linkTo(event, s.calendar.id)?.writtenAt ?? null, echoMs))
    .map((event) => echoLine(s, event, 'echo'));
}

const echoLine = (s: Teller, event: Event, verdict: 'echo' | 'touch'): Line =>
  lineOf(s, event, 'copy.echoed', `Seen in the calendar "${s.calendar.name}" as we wrote it; nothing to do.`, {
    verdict,
  });

/** Units that were edited there, and whose side stands: `theirs`, `ours`, `ask` (a person decides) or `kept`. */
function judgedUnits(s: Teller, before: Event, { after, conflicts }: Saved) {
  const [was, is] = [linkTo(before, s.calendar.id)?.base, linkTo(after, s.calendar.id)?.base];
  const taken = diffUnits(before.fields, after.fields);
  const seen = was && is ? diffUnits(was.remote, is.remote) : [];
  return [...new Set([...taken, ...seen])].map((unit) => ({ unit, verdict: verdictOf(unit, taken, conflicts) }));
}

function verdictOf(unit: MergeUnit, taken: readonly MergeUnit[], conflicts: readonly Conflict[]): string {
  const conflict = conflicts.find((c) => c.unit === unit);
  if (conflict?.state === 'open') return 'ask';
  if (taken.includes(unit)) return 'theirs';
  return conflict === undefined ? 'kept' : 'ours';
}

const unitWords: Readonly<Record<string, string>> = {
  when: 'time',
  what: 'title or notes',
  where: 'place',
  busy: 'free or busy',
  status: 'status',
  privacy: 'privacy',
};
const outcomes: Readonly<Record<string, string>> = {
  theirs: 'taken over',
  ours: 'ours stands',
  ask: 'a person must choose',
  kept: 'left as it is',
};

function wordsOf(units: readonly { readonly unit: MergeUnit; readonly verdict: string }[]): string {
  const word = (unit: MergeUnit) => (instanceKeyOf(unit) === null ? (unitWords[unit] ?? unit) : 'one occurrence');
  const parts = units.map(({ unit, verdict }) => `${word(unit)} (${outcomes[verdict] ?? verdict})`);
  return [...new Set(parts)].join(', ');
}

/** What came of a write. `before` is the event as it was announced. */
export function answerLines(s: Teller, before: Event, answer: Answer): Line[] {
  const link = linkTo(before, s.calendar.id);
  const name = `the calendar "${s.calendar.name}"`;
  const line = (kind: JournalKind, text: string, details: JournalDetails) => [lineOf(s, before, kind, text, details)];
  switch (answer.kind) {
    case 'put': {
      const write = link?.remoteId == null ? 'create' : 'update';
      return line('copy.written', `Written to ${name}.`, { write, remoteId: answer.remote.remoteId });
    }
    case 'removed':
      return line('copy.written', `Removed from ${name}.`, { write: 'remove', remoteId: link?.remoteId ?? null });
    case 'refused':
      return line('copy.refused', `Refused by ${name}.`, { why: answer.why });
    case 'burnt':
      return line('copy.failed', `Its id is used up in ${name}; another one is taken.`, { verdict: 'burnt' });
    case 'failed': {
      const { retryAt } = answer;
      const text = `Not written to ${name} yet; tried again from ${formatInstant(retryAt)} on.`;
      return line('copy.failed', text, { failures: (link?.failures ?? 0) + 1, retryAt: formatInstant(retryAt) });
    }
    case 'settled':
      return [];
  }
}

export function lineOf(s: Teller, event: Event, kind: JournalKind, text: string, details?: JournalDetails): Line {
  const { tenantId, id: eventId, resources: resourceIds, version } = event;
  const line = { tenantId, kind, eventId, calendarId: s.calendar.id, resourceIds, version, text };
  return details === undefined ? line : { ...line, details };
}
