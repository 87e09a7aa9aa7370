/** Brings what is there in line with changed settings of a calendar: links, the words of copies, and rows. */
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import { always } from './absence.ts';
import { tieEvents } from './attach.ts';
import { sessionBeside } from './disputes.ts';
import { LeaseLost } from './lease.ts';
import { linksFor, linkTo } from './links.ts';
import { rewriteRows } from './save.ts';
import type { Session, VisitDeps } from './session.ts';
import { groundOf } from './session.ts';
import { tell } from './tell.ts';
import { isOrigin } from './view.ts';

const perSave = 200;
const mostTries = 5;
const mostOwing = 100_000;

/**
 * The part of a visit that makes it certain: no other visit of the calendar runs meanwhile, so nothing is planned by the
 * old settings any more, and only here is it written down as done. A crash before that does it again.
 */
export async function followSettings(s: Session): Promise<void> {
  const { calendar, deps, lease } = s;
  const hasForgotten = await follow(s, true);
  await lease.ensure();
  if (hasForgotten) {
    if (!(await deps.store.calendars.saveCursor(calendar.id, lease.fence, null))) throw new LeaseLost();
    s.isToList = true;
  }
  if (!(await deps.store.calendars.markApplied(calendar.id, lease.fence, calendar.version))) throw new LeaseLost();
}

/** The same beside visits, at once, so that nobody waits for the next one to see the effect. May run twice. */
export async function followAtOnce(deps: VisitDeps, calendar: Calendar): Promise<void> {
  await follow(sessionBeside(deps, calendar), false);
}

/** True: words of this calendar's events were forgotten so that the next listing reads them again. */
async function follow(s: Session, isVisit: boolean): Promise<boolean> {
  await groundOf(s);
  const ids = await tiedTo(s);
  let hasForgotten = false;
  for (let from = 0; from < ids.length; from += perSave) {
    if (isVisit) await s.lease.ensure();
    const chunk = ids.slice(from, from + perSave);
    if (await retie(s, chunk, isVisit)) hasForgotten = true;
    const events = await s.deps.store.events.getMany(s.calendar.tenantId, chunk);
    const opened = await rewriteRows(
      s,
      events.filter((event) => isOrigin(event, s.calendar) && event.booking === null),
    );
    await tell(s, [], { opened, closes: [] });
  }
  await tieEvents(s.deps, s.calendar);
  return hasForgotten;
}

/** Events with a copy here, or with one still to be made. */
async function tiedTo({ deps, calendar }: Session): Promise<readonly EventId[]> {
  const { events } = deps.store;
  const ids = new Set((await events.owing(calendar.id, always.end, mostOwing)).map((event) => event.id));
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof events.linksOf>> = await events.linksOf(calendar.id, { limit: 1000, after });
    for (const row of page.data) ids.add(row.eventId);
    after = page.next;
  } while (after !== null);
  return [...ids];
}

async function retie(s: Session, ids: readonly EventId[], isVisit: boolean): Promise<boolean> {
  const { deps, calendar } = s;
  const { store } = deps;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const events = await store.events.getMany(calendar.tenantId, ids);
    const resources = [...new Set(events.flatMap((event) => event.resources))];
    const calendars = await store.calendars.ofResources(calendar.tenantId, resources);
    let hasForgotten = false;
    const next = events.flatMap((event): Event[] => {
      if (event.deletedAt !== null) return [];
      const forgetful = isVisit && lacksWords(event, calendar);
      if (forgetful) hasForgotten = true;
      const links = isOrigin(event, calendar)
        ? event.links.map((link) => (forgetful && link.calendarId === calendar.id ? { ...link, stamp: null } : link))
        : reopenedLinks(event, calendars, calendar);
      return sameValue(links, event.links) ? [] : [{ ...event, links, rev: event.rev + 1 }];
    });
    if (next.length === 0 || (await store.events.saveMany(next)).every((isSaved) => isSaved)) return hasForgotten;
  }
  throw new Fault('clash', 'events were changed by others again and again');
}

const reopenedLinks = (event: Event, calendars: readonly Calendar[], calendar: Calendar): readonly CalendarLink[] =>
  linksFor(
    event,
    calendars.filter((c) => event.resources.includes(c.resourceId)),
  ).map((link) => (link.calendarId === calendar.id ? reopened(event, link) : link));

/** A copy that was settled owes again; the visit compares its words with what may be shown now, and writes only a difference. */
function reopened(event: Event, link: CalendarLink): CalendarLink {
  const isSettled = link.state === 'live' && link.base !== null && link.settledVersion >= event.version;
  return isSettled ? { ...link, settledVersion: event.version - 1 } : link;
}

/** An event of a calendar that shared time only: its words were never stored. One that has none is read once for nothing. */
function lacksWords(event: Event, calendar: Calendar): boolean {
  if (calendar.share !== 'full' || !isOrigin(event, calendar) || event.fields.privacy === 'private') return false;
  const remote = linkTo(event, calendar.id)?.base?.remote;
  return remote !== undefined && remote.title === '' && remote.description === '' && remote.location === '';
}
