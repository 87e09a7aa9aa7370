/** Unties a calendar: its own events leave with it, our copies stay there or are taken back first. */
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import { always } from './absence.ts';
import { buried } from './bury.ts';
import { closeLeftChannels } from './channels.ts';
import { closedAccount } from './closed-account.ts';
import { LeaseLost } from './lease.ts';
import { isBelievedGone, leaving, linkTo } from './links.ts';
import type { Ground } from './plan.ts';
import { withOwn } from './plan.ts';
import { saveDrafts } from './save.ts';
import type { Session, VisitDeps } from './session.ts';
import { groundOf, makeSession } from './session.ts';
import { tell } from './tell.ts';
import { isOrigin } from './view.ts';

const perPage = 200;
const mostEvents = 100_000;

/** Marks every copy that we made here for removal; the push of the same visit removes them. May run twice. */
export const withdrawCopies = (s: Session): Promise<void> => eachLinked(s, withdrawn);

function withdrawn(g: Ground, event: Event, link: CalendarLink): Event | null {
  if (isOrigin(event, g.calendar) || event.deletedAt !== null || isBelievedGone(event, link)) return null;
  const next = leaving(event, link);
  return next === link ? null : withOwn(g, event, next);
}

/** The last step: when nothing is owed here any more, its own events end with it and the calendar is deleted. */
export async function finishDetaching(s: Session): Promise<boolean> {
  const { store } = s.deps;
  if ((await store.events.countOwing(s.calendar.id)) > 0) return false;
  await untie(s);
  await s.lease.ensure();
  await store.calendars.delete(s.calendar.tenantId, s.calendar.id);
  return true;
}

/** Unlinks everything; events that were born here become tombstones, their rows are freed and their mirrors removed. */
export const untie = (s: Session): Promise<void> => eachLinked(s, untied);

function untied(g: Ground, event: Event, link: CalendarLink): Event | null {
  if (link.state === 'unlinked') return null;
  const unlinked: CalendarLink = { ...link, state: 'unlinked', sent: null, disputed: [], refusal: null };
  if (!isOrigin(event, g.calendar) || event.deletedAt !== null) return withOwn(g, event, unlinked);
  return withOwn(g, buried(g, event, link), unlinked);
}

/**
 * Runs a change over all events with a link here. Listed are the copies that stand; creates that are still owed and links
 * that stopped are found by their debt and by the resource.
 */
async function eachLinked(
  s: Session,
  change: (g: Ground, event: Event, link: CalendarLink) => Event | null,
): Promise<void> {
  const { events } = s.deps.store;
  const { tenantId, id, resourceId } = s.calendar;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof events.linksOf>> = await events.linksOf(id, { limit: perPage, after });
    await changeEach(s, [...new Set(page.data.map((row) => row.eventId))], change);
    after = page.next;
  } while (after !== null);
  const others = [
    ...(await events.owing(id, always.end, mostEvents)),
    ...(await events.inSpan(tenantId, [resourceId], always, mostEvents)),
  ].filter((event) => linkTo(event, id) !== null);
  const ids = [...new Set(others.map((event) => event.id))];
  for (let from = 0; from < ids.length; from += perPage) await changeEach(s, ids.slice(from, from + perPage), change);
}

async function changeEach(
  s: Session,
  ids: readonly EventId[],
  change: (g: Ground, event: Event, link: CalendarLink) => Event | null,
): Promise<void> {
  for (let attempt = 0; ids.length > 0; attempt += 1) {
    await s.lease.ensure();
    const missed = await changeAll(s, await s.deps.store.events.getMany(s.calendar.tenantId, ids), change);
    if (missed === 0) return;
    if (attempt >= 5) throw new Fault('clash', 'events were changed by others again and again');
  }
}

async function changeAll(
  s: Session,
  found: readonly Event[],
  change: (g: Ground, event: Event, link: CalendarLink) => Event | null,
): Promise<number> {
  const g = await groundOf(s);
  const drafts = found.flatMap((before) => {
    const link = linkTo(before, s.calendar.id);
    if (link !== null && link.fence > g.fence) throw new LeaseLost();
    const after = link === null ? null : change(g, before, link);
    return after === null ? [] : [{ before, after, conflicts: [] }];
  });
  const { saved, opened } = await saveDrafts(s, drafts);
  const kept = drafts.filter((_, i) => saved[i] !== null);
  await tell(s, kept, { opened, closes: [] });
  return drafts.length - kept.length;
}

/**
 * Without `purge` the calendar is untied at once and deleted; nothing is asked of the provider. With it the calendar turns
 * to `detaching`, and visits take our copies back before they delete it. May run twice.
 * @throws Fault `clash` when a visit holds the calendar too long
 */
export async function detachCalendar(
  deps: VisitDeps,
  calendar: Calendar,
  o: { readonly purge: boolean },
): Promise<void> {
  const { calendars } = deps.store;
  if (o.purge) {
    await markDetaching(deps, calendar);
    await calendars.request([calendar.id]);
    deps.onRequested?.([calendar.id]);
    return;
  }
  const askedAt = deps.clock.monotonic();
  const claimed = await claimPatiently(deps, calendar, 'detach');
  const connector = deps.registry.get(calendar.provider);
  if (connector === undefined) throw new Fault('invalid', `no connector speaks to "${calendar.provider}"`);
  const rest = { askedAt, isStopping: () => false };
  await untie(makeSession({ deps, calendar: claimed, connector, open: closedAccount, ...rest }));
  await closeLeftChannels(deps, claimed).catch((error: unknown) => {
    deps.log.info('push channels were not closed; they end by themselves', { reason: String(error) });
  });
  await calendars.delete(calendar.tenantId, calendar.id);
}

async function markDetaching(deps: VisitDeps, calendar: Calendar): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const current = await deps.store.calendars.get(calendar.tenantId, calendar.id);
    if (current === null || current.state === 'detaching') return;
    if (await deps.store.calendars.saveSettings(current.id, current.version, { ...current, state: 'detaching' }))
      return;
  }
  throw new Fault('clash', 'the calendar was changed by others again and again');
}

const patienceMs = 250;
const patience = 60;

/** The lease, waited for while a visit holds it. `work` tells whoever wants it from others of this process. */
export async function claimPatiently(deps: VisitDeps, calendar: Calendar, work: string): Promise<Calendar> {
  const owner = `${deps.settings.owner}:${work}:${calendar.id}`;
  for (let attempt = 0; attempt < patience; attempt += 1) {
    const claimed = await deps.store.calendars.claim(calendar.id, owner, deps.settings.leaseMs);
    if (claimed !== null) return claimed;
    await deps.clock.sleep(patienceMs);
  }
  throw new Fault('clash', 'the calendar is being visited; try again shortly');
}
