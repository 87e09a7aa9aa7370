/** Brings what is there in line with changed settings of a calendar: links, the words of copies, and rows. */
import type { Calendar } from '../domain/calendar.ts';
import type { CalendarLink, Event } from '../domain/event.ts';
import { sameValue } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId, ResourceId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import { every } from './every.ts';
import type { AppParts } from './parts.ts';

const perSave = 200;
const mostTries = 5;
const mostOwing = 100_000;

/** May run twice; what a crash leaves undone is done by the same change made again. */
export async function applySettings(parts: AppParts, before: Calendar, after: Calendar): Promise<void> {
  const isShown = before.share !== after.share || before.mirror !== after.mirror || before.role !== after.role;
  if (isShown) {
    const ids = await tiedTo(parts, after);
    for (let from = 0; from < ids.length; from += perSave) await retie(parts, after, ids.slice(from, from + perSave));
    await parts.attachLinks(after);
  }
  if (!sameValue(before.busyRules, after.busyRules)) {
    for (const id of await tiedTo(parts, after)) await parts.desk.rebuild(after.tenantId, id);
  }
  await parts.store.calendars.request([after.id]);
  parts.nudge.nudge(after.id);
}

/** Events with a copy here, or with one still to be made. */
async function tiedTo(parts: AppParts, calendar: Calendar): Promise<readonly EventId[]> {
  const { events } = parts.store;
  const far = (parts.clock.now() + 36_500 * dayMs) as Instant;
  const ids = new Set((await events.owing(calendar.id, far, mostOwing)).map((event) => event.id));
  for await (const row of every((q) => events.linksOf(calendar.id, q))) ids.add(row.eventId);
  return [...ids];
}

async function retie(parts: AppParts, calendar: Calendar, ids: readonly EventId[]): Promise<void> {
  const { store } = parts;
  const calendarsOf = calendarReader(parts);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const next: Event[] = [];
    for (const event of await store.events.getMany(calendar.tenantId, ids)) {
      if (event.deletedAt !== null || event.origin === calendar.id) continue;
      const siblings = (await Promise.all(event.resources.map((id) => calendarsOf(calendar, id)))).flat();
      const tied = parts.linksFor?.(event, siblings) ?? event.links;
      const links = tied.map((link) => (link.calendarId === calendar.id ? reopened(event, link) : link));
      if (!sameValue(links, event.links)) next.push({ ...event, links, rev: event.rev + 1 });
    }
    if (next.length === 0 || (await store.events.saveMany(next)).every((isSaved) => isSaved)) return;
  }
  throw new Fault('clash', 'events were changed by others again and again');
}

function calendarReader(parts: AppParts) {
  const known = new Map<ResourceId, Promise<readonly Calendar[]>>();
  return (of: Calendar, id: ResourceId): Promise<readonly Calendar[]> => {
    const read = known.get(id) ?? parts.store.calendars.ofResource(of.tenantId, id);
    known.set(id, read);
    return read;
  };
}

/** A copy that was settled owes again; the visit compares its words with what may be shown now, and writes only a difference. */
function reopened(event: Event, link: CalendarLink): CalendarLink {
  const isSettled = link.state === 'live' && link.base !== null && link.settledVersion >= event.version;
  return isSettled ? { ...link, settledVersion: event.version - 1 } : link;
}
