/** Looks ahead: what attaching a calendar or changing its settings would do. Reads the provider and the database, writes neither. */
import type { Calendar } from '../domain/calendar.ts';
import type { OpenConnection, RemoteEvent } from '../domain/connector.ts';
import type { Event } from '../domain/event.ts';
import { diffUnits } from '../domain/event.ts';
import { Fault } from '../domain/fault.ts';
import type { EventId } from '../domain/ids.ts';
import type { Previews } from '../domain/preview.ts';
import { spanOf } from '../domain/series.ts';
import { overlaps } from '../domain/span.ts';
import type { Span } from '../domain/time.ts';
import { busySpans } from '../scheduling/sheet.ts';
import { externalEvent } from './births.ts';
import { isLeaving, isWanted, linkTo } from './links.ts';
import type { Ground } from './plan.ts';
import { type Tally, tally } from './preview-tally.ts';
import type { VisitDeps } from './session.ts';
import { isOrigin, isTimeOnly, view } from './view.ts';

const mostEvents = 100_000;
const mostPages = 10_000;

export function makePreviews(deps: VisitDeps): Previews {
  return {
    async ofAttaching(calendar, account) {
      const scene = await sceneOf(deps, calendar);
      const adopted = new Set<EventId>();
      await eachRemote(scene, account, adopted);
      for (const event of scene.events) {
        if (isWanted(event, calendar) && !adopted.has(event.id)) scene.counts.created.add(itemOf(scene, event));
      }
      return scene.counts.preview();
    },

    async ofChange(before, after) {
      const scene = await sceneOf(deps, after);
      for (const event of scene.events) compare(scene, event, before, after);
      return scene.counts.preview();
    },
  };
}

interface Scene {
  readonly deps: VisitDeps;
  readonly calendar: Calendar;
  /** What the resource has from now on. */
  readonly events: readonly Event[];
  readonly bookings: readonly Span[];
  readonly window: Span;
  readonly ground: Ground;
  readonly counts: Tally;
}

async function sceneOf(deps: VisitDeps, calendar: Calendar): Promise<Scene> {
  const { store, clock, settings, registry } = deps;
  const connector = registry.get(calendar.provider);
  if (connector === undefined) throw new Fault('invalid', `no connector speaks to "${calendar.provider}"`);
  const now = clock.now();
  const window = { start: now, end: now + settings.windowAheadMs } as Span;
  const events = await store.events.inSpan(calendar.tenantId, [calendar.resourceId], window, mostEvents);
  const siblings = await store.calendars.ofResource(calendar.tenantId, calendar.resourceId);
  const booked = events.filter((event) => event.booking !== null);
  const bookings = booked.flatMap((event) => busySpans(event, { window, rules: null }, calendar.zone));
  const ground: Ground = {
    ...{ calendar, capabilities: connector.capabilities, fence: 0, now, isAwaitingOwn: false },
    siblings: [...siblings.filter((c) => c.id !== calendar.id), calendar],
    project: (fields) => connector.project(fields, calendar.zone),
  };
  return { deps, calendar, events, bookings, window, ground, counts: tally() };
}

/** The first listing as the visit would read it; our own copies of an earlier time are recognised, not doubled. */
async function eachRemote(scene: Scene, account: OpenConnection, adopted: Set<EventId>): Promise<void> {
  const { calendar, window, counts } = scene;
  const { remoteId, name, zone, role } = calendar;
  const remote = { remoteId, name, zone, canWrite: role !== 'read' };
  let pages = 0;
  for await (const page of account.pull({ calendar: remote, from: null, window, known: async () => new Map() })) {
    pages += 1;
    if (pages > mostPages) throw new Fault('transient', 'the feed does not end');
    for (const change of page.changes) {
      if (change.kind === 'unreadable') counts.unreadable += 1;
      if (change.kind === 'upsert') lookAtRemote(scene, change.remote, adopted);
    }
  }
}

function lookAtRemote(scene: Scene, remote: RemoteEvent, adopted: Set<EventId>): void {
  const own = scene.events.find((event) => event.id === remote.mark?.eventId);
  if (own !== undefined && !adopted.has(own.id) && isWanted(own, scene.calendar)) {
    adopted.add(own.id);
    return;
  }
  if (scene.calendar.role === 'write') return;
  const event = externalEvent(scene.ground, 'evt_preview' as EventId, { ...remote, mark: null });
  if (!touchesWindow(scene, event)) return;
  scene.counts.looked += 1;
  const spans = busySpans(event, { window: scene.window, rules: scene.calendar.busyRules }, scene.calendar.zone);
  const ahead = spans.filter((span) => overlaps(span, scene.window));
  if (ahead.length > 0) blocks(scene, event, ahead);
}

const touchesWindow = ({ window, calendar }: Scene, event: Event): boolean =>
  event.fields.series !== null || overlaps(spanOf(event.fields, calendar.zone), window);

function blocks(scene: Scene, event: Event, spans: readonly Span[]): void {
  const item = { ...itemOf(scene, event), start: spans[0]!.start, end: spans[0]!.end };
  scene.counts.blocked.add(item);
  if (spans.some((span) => scene.bookings.some((booked) => overlaps(span, booked)))) {
    scene.counts.overlapping.add(item);
  }
}

function compare(scene: Scene, event: Event, before: Calendar, after: Calendar): void {
  scene.counts.looked += 1;
  if (isOrigin(event, after)) {
    const ahead = (calendar: Calendar) =>
      busySpans(event, { window: scene.window, rules: calendar.busyRules }, calendar.zone).filter((span) =>
        overlaps(span, scene.window),
      );
    if (event.booking !== null) return;
    const [was, is] = [ahead(before), ahead(after)];
    if (was.length === 0 && is.length > 0) blocks(scene, event, is);
    if (was.length > 0 && is.length === 0) scene.counts.freed.add(itemOf(scene, event));
    return;
  }
  const link = linkTo(event, after.id);
  const hasCopy = link !== null && link.state !== 'unlinked' && !isLeaving(event, link);
  const item = itemOf(scene, event);
  if (!hasCopy && isWanted(event, after)) scene.counts.created.add(item);
  else if (hasCopy && !isWanted(event, after)) {
    // Nothing is written to a calendar that is only read: what stands there stays.
    if (after.role !== 'read') scene.counts.deleted.add(item);
  } else if (hasCopy && diffUnits(view(event, before), view(event, after)).length > 0) scene.counts.changed.add(item);
}

function itemOf({ calendar }: Scene, event: Event) {
  const isHidden = isTimeOnly(event, calendar) || event.fields.privacy === 'private';
  return { title: isHidden ? null : event.fields.title, ...spanOf(event.fields, calendar.zone) };
}
