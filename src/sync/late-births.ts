/** Takes back events that a visitor inserted after its lease had passed on and that are not there any more. */
import type { Event } from '../domain/event.ts';
import { buried } from './bury.ts';
import { LeaseLost } from './lease.ts';
import { linkTo } from './links.ts';
import type { Ground } from './plan.ts';
import { readSingly } from './read-singly.ts';
import type { Draft } from './save.ts';
import { saveDrafts } from './save.ts';
import type { Session } from './session.ts';

/**
 * A link carries a fence that stops late writers, but an event that is being born has no link yet. So whoever gave birth
 * asks afterwards whether the lease was still held. If not, a later visit may have seen that the copy is gone without
 * finding anything to remove; each copy is read singly, and what is gone is buried again.
 * @throws LeaseLost when the lease has passed on
 */
export async function checkBirths(
  s: Session,
  g: Ground,
  drafts: readonly Draft[],
  saved: readonly (Event | null)[],
): Promise<void> {
  const born = saved.filter((event, i) => event !== null && drafts[i]?.before === null && event.deletedAt === null);
  if (born.length === 0 || (await s.lease.isHeld())) return;
  for (const event of born) if (event !== null) await buryIfGone(s, g, event);
  throw new LeaseLost();
}

async function buryIfGone(s: Session, g: Ground, born: Event): Promise<void> {
  const remoteId = linkTo(born, s.calendar.id)?.remoteId;
  if (!remoteId || (await readSingly(s, remoteId)).kind !== 'remove') return;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const before = await s.deps.store.events.get(born.tenantId, born.id);
    const link = before === null ? null : linkTo(before, s.calendar.id);
    // A later visit has taken the event over and knows better.
    if (before === null || before.deletedAt !== null || link === null || link.fence !== g.fence) return;
    const { saved } = await saveDrafts(s, [{ before, after: buried(g, before, link), conflicts: [] }]);
    if (saved[0] !== null) return;
  }
}
