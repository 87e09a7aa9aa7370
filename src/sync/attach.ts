/** Ties the events that a resource already has to a calendar that was just attached to it (or that wants more now). */
import type { Calendar } from '../domain/calendar.ts';
import type { Event } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import { isWanted, linkTo, newLink, restored, withLink } from './links.ts';
import type { VisitDeps } from './session.ts';

const perSave = 200;
const mostEvents = 100_000;

/** Ties what the resource has and asks for the visit that writes it. May run twice. */
export async function attachLinks(deps: VisitDeps, calendar: Calendar): Promise<void> {
  await tieEvents(deps, calendar);
  await deps.store.calendars.request([calendar.id], 'write');
  deps.onRequested?.([calendar.id]);
}

/** Adds links to bookings and, by the calendar's mirror setting, to external events inside the window. May run twice. */
export async function tieEvents(deps: VisitDeps, calendar: Calendar): Promise<void> {
  const { events } = deps.store;
  const now = deps.clock.now();
  const { windowPastMs, windowAheadMs } = deps.settings;
  const window = { start: (now - windowPastMs) as Instant, end: (now + windowAheadMs) as Instant };
  const found = await events.inSpan(calendar.tenantId, [calendar.resourceId], window, mostEvents);
  const ids = found.filter((event) => tied(event, calendar) !== null).map((event) => event.id);
  for (let from = 0; from < ids.length; from += perSave) {
    await tieAll(deps, calendar, ids.slice(from, from + perSave));
  }
}

async function tieAll(deps: VisitDeps, calendar: Calendar, ids: readonly EventId[]): Promise<void> {
  const { events } = deps.store;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const current = await events.getMany(calendar.tenantId, ids);
    const next = current.flatMap((event) => tied(event, calendar) ?? []);
    if (next.length === 0) return;
    if ((await events.saveMany(next)).every((isSaved) => isSaved)) return;
  }
  throw new Fault('clash', 'events were changed by others again and again');
}

/** The event with its link, ready to save; null when it needs none or has one. */
function tied(event: Event, calendar: Calendar): Event | null {
  if (!isWanted(event, calendar)) return null;
  const link = linkTo(event, calendar.id);
  if (link !== null && link.state !== 'unlinked') return null;
  const fresh = link === null ? newLink(event.id, calendar.id) : restored(event.id, link);
  return { ...withLink(event, fresh), rev: event.rev + 1 };
}
