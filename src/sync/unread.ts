/** Decides when a visit may write before it reads: only what its calendar's own rules call current is left unread. */

import { isProven } from '../domain/push.ts';
import type { Instant } from '../domain/time.ts';
import { minuteMs } from '../domain/time.ts';
import type { Session } from './session.ts';
import { hasWindowMoved } from './window.ts';

/**
 * What was written without reading is read this much later at the latest, by the hint that our own write calls forth or
 * without one: a hint that was lost on the way costs a minute and not a poll.
 */
const readAfterWriteMs = minuteMs;

/**
 * Nobody asked to read, no hint and no poll is due, hints are known to arrive, nothing is wrong and nothing has to be
 * followed. Then reading first would tell nothing new, and a write that meets something new is refused by the provider:
 * each names what it was planned from.
 */
export function mayWriteUnread(s: Session): boolean {
  const { aim, calendar, connector, deps } = s;
  const { guard } = connector.capabilities;
  const isAskedToRead = aim === 'read' || calendar.readDueAt <= deps.store.now();
  const isKnown = !s.isFirst && calendar.cursor !== null && !hasWindowMoved(s);
  const isSettled = calendar.state === 'active' && calendar.appliedVersion >= calendar.version;
  const isWell = s.alarm === null && calendar.health.failures === 0;
  const isGuarded = guard.update === 'enforced' && guard.remove === 'enforced';
  return !isAskedToRead && isKnown && isSettled && isWell && isGuarded && isProven(s.channels, deps.clock.now());
}

/** When the feed has to be read again, after a visit whose last reading would let it rest until `restsUntil`. */
export function nextReadAt(s: Session, restsUntil: Instant): Instant {
  if (!s.hasWrittenUnread) return restsUntil;
  return Math.min(restsUntil, s.deps.clock.now() + readAfterWriteMs) as Instant;
}
