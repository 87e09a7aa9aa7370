/** The answers of a push: saved in bulk, or taken up by reading the copy where they alone do not settle it. */
import { Fault } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import { absorbOne } from './absorb-page.ts';
import { LeaseLost } from './lease.ts';
import { linkTo } from './links.ts';
import { inParallel } from './parallel.ts';
import type { Ground } from './plan.ts';
import type { Answered, Results } from './push-write.ts';
import { later } from './push-write.ts';
import { readSingly } from './read-singly.ts';
import { withAnswer } from './receipt.ts';
import type { Session } from './session.ts';
import { groundOf } from './session.ts';
import { answerLines } from './story-lines.ts';
import { append } from './tell.ts';

/** How often an event may be changed under an answer before the visit gives up. */
const mostTries = 8;

/** Saves the answers in bulk; an event that moved on meanwhile gets its answer singly, as it is by then. */
export async function enter(s: Session, g: Ground, answered: readonly Answered[]): Promise<void> {
  const now = { ...g, now: s.deps.clock.now() };
  const planned = answered.flatMap((item) => {
    const next = withAnswer(now, item.event, item.sent, item.answer);
    return next === null ? [] : [{ item, next: { ...next, rev: next.rev + 1 } }];
  });
  if (planned.length === 0) return;
  const isSaved = await s.deps.store.events.saveLinks(planned.map((p) => p.next));
  const misses = planned.filter((_, i) => !isSaved[i]);
  for (const { item } of misses) await enterSingly(s, now, item);
  s.counts.pushed += planned.filter(({ item }) => item.answer.kind === 'put' || item.answer.kind === 'removed').length;
  await append(
    s,
    planned.flatMap(({ item }) => answerLines(s, item.event, item.answer)),
  );
}

async function enterSingly(s: Session, g: Ground, { event, sent, answer }: Answered): Promise<void> {
  const { events } = s.deps.store;
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    const current = await events.get(event.tenantId, event.id);
    const link = current === null ? null : linkTo(current, s.calendar.id);
    if (current === null || link === null) return;
    if (link.fence > g.fence) throw new LeaseLost();
    // Settled was judged from an older state; the next reading of debts judges anew.
    if (answer.kind === 'settled') return;
    const next = withAnswer(g, current, sent, answer);
    if (next === null || (await events.save({ ...next, rev: next.rev + 1 }))) return;
  }
  throw new Fault('clash', 'an event was changed by others again and again', { context: { eventId: event.id } });
}

/** Copies that turned out to be other than we knew: absorbed as they are now, then tried again by the next wave. */
export async function followUp(s: Session, results: Results, tries: Map<EventId, number>): Promise<void> {
  const { parallel } = s.connector.capabilities;
  for (const { receipt } of results.exists) {
    await absorbOne(s, { change: { kind: 'upsert', remote: receipt.remote }, isVerified: true }, 'delta');
  }
  await inParallel(results.gone, parallel, async ({ event }) => {
    const remoteId = linkTo(event, s.calendar.id)?.remoteId;
    if (remoteId) await absorbOne(s, { change: { kind: 'remove', remoteId }, isVerified: true }, 'delta');
  });
  await inParallel(results.toRead, parallel, async (job) => {
    const link = linkTo(job.event, s.calendar.id);
    if (!link?.remoteId) return;
    await absorbOne(s, { change: await readSingly(s, link.remoteId), isVerified: true }, 'delta');
    if ((tries.get(job.event.id) ?? 0) <= s.deps.settings.staleRounds) return;
    const g = await groundOf(s);
    await enterSingly(s, g, { event: job.event, sent: null, answer: later(s, link) });
  });
}
