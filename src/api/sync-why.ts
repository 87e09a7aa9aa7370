/** Says in plain sentences why a calendar is stale, degraded or stopped, and what waits for whom. */
import type { Calendar, Connection } from '../domain/calendar.ts';
import type { Instant } from '../domain/time.ts';
import { formatInstant } from '../domain/time.ts';

/** What is known beside the two documents. */
export interface WhyFacts {
  readonly now: Instant;
  readonly pending: number;
  readonly conflicts: number;
  /** When the oldest of the changes that wait was made; null where nobody looked. */
  readonly oldestPendingAt: Instant | null;
}

/** A due calendar is visited within seconds; after this long nobody seems to work. */
const neglectedMs = 10 * 60_000;

/** Most telling first; empty when all is well. */
export function whyOf(calendar: Calendar, connection: Connection | null, facts: WhyFacts): string[] {
  return [
    ...ofAccount(calendar, connection, facts.now),
    ...ofVisits(calendar, connection, facts.now),
    ...ofWork(calendar, facts),
  ];
}

function ofAccount(calendar: Calendar, connection: Connection | null, now: Instant): string[] {
  if (connection === null) return ['The account that it belongs to was removed.'];
  const since =
    calendar.lastSyncedAt === null ? '' : ` Nothing was read since ${formatInstant(calendar.lastSyncedAt)}.`;
  const reason = connection.lastFault === null ? '' : ` ${sentence(connection.lastFault)}`;
  switch (connection.state) {
    case 'needs_consent':
      return [`The account ${connection.account} needs consent.${reason}${since}`];
    case 'revoked':
      return [`The account ${connection.account} was disconnected.${since}`];
    case 'paused':
      return [`The account ${connection.account} is paused.${since}`];
    case 'ok':
      return connection.pausedUntil !== null && connection.pausedUntil > now
        ? [`The provider asked us to wait until ${formatInstant(connection.pausedUntil)}.${reason}`]
        : [];
  }
}

function ofVisits(calendar: Calendar, connection: Connection | null, now: Instant): string[] {
  const { health, lastSyncedAt, dueAt, lease } = calendar;
  const why: string[] = [];
  if (calendar.state === 'detaching') why.push('It is being detached; our copies are taken back first.');
  if (health.alarm !== null)
    why.push(`Held since ${formatInstant(health.alarm.at)}: ${sentence(health.alarm.sentence)}`);
  const isVisited = connection?.state === 'ok' && (connection.pausedUntil ?? 0) <= now;
  if (health.failures > 0 && isVisited) {
    const times = health.failures === 1 ? 'The last visit' : `${health.failures} visits in a row`;
    why.push(`${times} failed: ${sentence(health.lastFault ?? 'no reason is known')} Next try ${at(dueAt, now)}.`);
  }
  if (isVisited && dueAt < now - neglectedMs && lease.until < now) {
    why.push(`It has been due since ${formatInstant(dueAt)}, and nobody has visited it: are the sweeps running?`);
  } else if (lastSyncedAt === null && health.failures === 0 && health.alarm === null && isVisited) {
    why.push(lease.until > now ? 'It is being read for the first time.' : 'Not visited yet.');
  }
  return why;
}

function ofWork({ health }: Calendar, { pending, conflicts, oldestPendingAt }: WhyFacts): string[] {
  const why: string[] = [];
  if (pending > 0) {
    const oldest = oldestPendingAt === null ? '' : `, the oldest since ${formatInstant(oldestPendingAt)}`;
    why.push(`${count(pending, 'change waits', 'changes wait')} to be written${oldest}.`);
  }
  if (conflicts > 0) why.push(`${count(conflicts, 'conflict waits', 'conflicts wait')} for an answer.`);
  const unread = health.quarantined.length;
  if (unread > 0)
    why.push(`${count(unread, 'event', 'events')} could not be read and ${unread === 1 ? 'is' : 'are'} set aside.`);
  return why;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
const at = (due: Instant, now: Instant): string => (due <= now ? 'now' : `at ${formatInstant(due)}`);

/** Faults begin small and end without a stop. */
function sentence(text: string): string {
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
