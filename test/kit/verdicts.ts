/** What must hold when all is quiet: copies, rows, debts and edits, whatever happened before. */
import { expect } from 'chai';
import type { Item } from '../../connectors/memory/world.ts';
import { holdsStamp, touches } from '../../connectors/memory/world.ts';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { Event, EventFields } from '../../src/domain/event.ts';
import { sameUnit, unitsOf } from '../../src/domain/event.ts';
import type { CalendarId, RemoteId } from '../../src/domain/ids.ts';
import { linkKey } from '../../src/domain/ids.ts';
import { extentOf } from '../../src/domain/series.ts';
import type { Instant } from '../../src/domain/time.ts';
import { inbound, isCarried, isTimeOnly, view } from '../../src/sync/view.ts';
import type { Play, Seat } from './history.ts';
import { home, windowNow } from './history-times.ts';
import { hint, sweep } from './history-visits.ts';
import { settleAll, tenant } from './stage.ts';

/** Visits until nothing is owed, and once more; then the sweep of day sheets. Returns how many writes it took. */
export async function quiet(play: Play): Promise<number> {
  const { stage, calendars, store } = play;
  stage.clock.advance(130_000);
  const before = writesOf(play);
  // Where the network is well again, what nobody had told of is told now; visits do no more than what is due.
  for (const seat of calendars) await hint(play, seat);
  const visit = (id: CalendarId) => play.visit(calendars.find((c) => c.id === id)!, 'due');
  await settleAll(store, stage.clock, calendars, (seat) => visit(seat.id));
  await sweep(play);
  return writesOf(play) - before;
}

const writesOf = (play: Play): number => play.calendars.reduce((sum, { server }) => sum + server.calls.write, 0);

export const calendarOf = async (play: Play, seat: Seat): Promise<Calendar> =>
  (await play.store.calendars.get(tenant, seat.id))!;

/** Every live copy says what its calendar may see of the event, in the provider's words (invariant 1). */
export async function copiesConverge(play: Play): Promise<void> {
  const { stage } = play;
  const events = await stage.events();
  for (const seat of play.calendars) {
    const calendar = await calendarOf(play, seat);
    for (const event of events) {
      const link = event.links.find((l) => l.calendarId === calendar.id);
      if (link === undefined || link.state !== 'live') continue;
      const item = link.remoteId === null ? undefined : seat.server.items.get(link.remoteId);
      if (item !== undefined && !isListed(play, seat, item)) continue;
      expect(item?.isGone, `${event.id} in ${calendar.id} has a live copy`).to.equal(false);
      const { capabilities } = seat.connector;
      const seen = view(event, calendar);
      const projected = inbound(seat.connector.project(seen, calendar.zone), calendar, event);
      const wanted = { ...projected, response: seen.response };
      const there = inbound(item!.fields, calendar, event);
      const isHidden = hidesWords(event, calendar);
      const [ours, theirs] = isHidden ? [bare(wanted), bare(there)] : [wanted, there];
      for (const unit of unitsOf(ours, theirs)) {
        const isFree = !link.disputed.includes(unit) && isCarried(unit, event, calendar, capabilities);
        if (!isFree || (unit === 'privacy' && isHidden)) continue;
        const says = `${unit} of ${event.id} in ${calendar.id}: ${show(wanted)} / ${show(there)}`;
        expect(sameUnit(unit, settled(seat, ours), settled(seat, theirs)), says).to.equal(true);
      }
    }
  }
}

/** A server whose moods nobody knows beforehand has the last word on descriptions. */
function settled(seat: Seat, fields: EventFields): EventFields {
  return seat.setup.isMoody === true ? { ...fields, description: '' } : fields;
}

/** Whether the feed of this calendar tells of a copy at all: a listing does only inside its window. */
const isListed = (play: Play, seat: Seat, item: Item): boolean =>
  seat.connector.capabilities.feed !== 'listing' || isInWindow(play, seat, item);

function isInWindow(play: Play, { server }: Seat, item: Item): boolean {
  const { start, end } = extentOf(item.fields, server.zone ?? home);
  return touches({ start, end: end ?? (Number.MAX_SAFE_INTEGER as Instant) }, windowNow(play.stage.clock.now()));
}

/** What somebody writes on a copy that shows time only stays there, unread. */
const hidesWords = (event: Event, calendar: Calendar): boolean =>
  event.origin !== calendar.id && isTimeOnly(event, calendar);

function bare(fields: EventFields): EventFields {
  const none = { title: '', description: '', location: '', privacy: 'default' as const };
  const instances = Object.entries(fields.instances).map(([key, i]) => [
    key,
    i === 'cancelled' ? i : { ...i, ...none },
  ]);
  return { ...fields, ...none, instances: Object.fromEntries(instances) };
}

const show = (f: EventFields): string =>
  JSON.stringify([f.title, f.description, f.location, f.busy, f.start, f.end, f.series, f.instances]);

/** Each event of a calendar that we read is known once, and each event has at most one copy of ours (invariant 5). */
export async function copiesAreOne(play: Play): Promise<void> {
  const events = await play.stage.events();
  for (const seat of play.calendars) {
    const calendar = await calendarOf(play, seat);
    const links = events.flatMap((event) =>
      event.links.filter((l) => l.calendarId === calendar.id && l.remoteId !== null),
    );
    const ids = links.map((link) => link.remoteId);
    expect(new Set(ids).size, 'no two events share a copy').to.equal(ids.length);
    if (calendar.role === 'write') continue;
    const there = seat.owner.events();
    const listed = there.filter((item) => isInWindow(play, seat, item)).map((item) => item.remoteId);
    const unknown = listed.filter((id) => !ids.includes(id));
    const refused = await refusedRemovals(play, seat, unknown);
    expect(unknown, `every event of ${calendar.id} is known`).to.deep.equal(refused);
    const standing = links.filter((link) => link.state === 'live' && !isOutside(play, seat, link.remoteId));
    const places = there.map((item) => item.remoteId);
    expect(places, `every known event of ${calendar.id} is there`).to.include.members(standing.map((l) => l.remoteId));
  }
  const perEvent = play.calendars.flatMap(({ owner }) =>
    owner.events().flatMap((item) => (item.createId === null ? [] : [item.createId])),
  );
  expect(new Set(perEvent).size, 'one copy for each create').to.equal(perEvent.length);
}

/** Copies of events that are over, whose removal the provider refused: they stand there until a person takes them away. */
async function refusedRemovals(play: Play, seat: Seat, ids: readonly RemoteId[]): Promise<readonly RemoteId[]> {
  const refused: RemoteId[] = [];
  for (const id of ids) {
    const [event] = await play.store.events.byLinkKeys(tenant, [linkKey(seat.id, id)]);
    const link = event?.links.find((l) => l.calendarId === seat.id);
    if (event?.deletedAt && link?.state === 'refused') refused.push(id);
  }
  return refused;
}

/** Deletions outside the window are not told by a listing. */
function isOutside(play: Play, seat: Seat, id: Event['links'][number]['remoteId']): boolean {
  const item = id === null ? undefined : seat.server.items.get(id);
  return item !== undefined && !isListed(play, seat, item);
}

/** One more visit of every calendar writes nothing and raises nothing (invariant 2), whatever the feed tells again (10). */
export async function quietIsQuiet(play: Play): Promise<void> {
  const before = await stateOf(play);
  for (const seat of play.calendars) await play.visit(seat);
  expect(await stateOf(play), 'one more visit changes nothing').to.deep.equal(before);
}

/** The whole feed again, and every calendar listed anew (invariant 10). */
export async function againIsHarmless(play: Play): Promise<void> {
  let before = await stateOf(play);
  const hasNews = await isUnheard(play);
  await tellAgain(play);
  if (hasNews || (await play.stage.events()).length > before.versions.length) {
    // What lay outside the window when its calendar was listed was news; from now on nothing is.
    await quiet(play);
    before = await stateOf(play);
    await tellAgain(play);
  }
  expect(await stateOf(play), 'the whole feed again changes nothing').to.deep.equal(before);
  for (const seat of play.calendars) {
    seat.server.era += 1;
    await play.visit(seat);
  }
  expect(await stateOf(play), 'a listing anew changes nothing').to.deep.equal(before);
}

/** Whether a copy outside the window is other than we know it: it was changed before its calendar was listed. */
async function isUnheard(play: Play): Promise<boolean> {
  const events = await play.stage.events();
  return play.calendars.some((seat) =>
    events.some((event) =>
      event.links.some(({ calendarId, remoteId, stamp }) => {
        const item = calendarId === seat.id && remoteId !== null ? seat.server.items.get(remoteId) : undefined;
        return item !== undefined && stamp !== null && !holdsStamp(item, stamp) && !isInWindow(play, seat, item);
      }),
    ),
  );
}

async function tellAgain(play: Play): Promise<void> {
  for (const seat of play.calendars) {
    seat.server.knobs.feedRepeat = 100_000;
    await play.visit(seat);
    seat.server.knobs.feedRepeat = 0;
  }
}

async function stateOf(play: Play) {
  return {
    versions: (await play.stage.events()).map((event) => [event.id, event.version]),
    histories: play.calendars.map(({ server }) => server.seq),
    writes: play.calendars.map(({ server }) => server.calls.write),
  };
}
