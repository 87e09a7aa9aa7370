/** What must hold when all is quiet: copies, rows, debts and edits, whatever happened before. */
import { expect } from 'chai';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { Event, EventFields } from '../../src/domain/event.ts';
import { sameUnit, unitsOf } from '../../src/domain/event.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { utcZone } from '../../src/domain/time.ts';
import { makeDesk } from '../../src/scheduling/book.ts';
import { rowsFor, sheetContext } from '../../src/scheduling/sheet.ts';
import { linksFor } from '../../src/sync/links.ts';
import { inbound, isCarried, isTimeOnly, view } from '../../src/sync/view.ts';
import type { Play } from './history.ts';
import type { Attached } from './stage.ts';
import { june, settleAll, tenant } from './stage.ts';

/** Visits until nothing is owed, and once more; then the sweep of day sheets. */
export async function quiet(play: Play): Promise<void> {
  const { stage, calendars, store } = play;
  stage.clock.advance(130_000);
  await settleAll(store, stage.clock, calendars, (calendar) => stage.visit(calendar));
  const { windowPastMs, windowAheadMs } = stage.deps.settings;
  const settings = { holdMs: 120_000, windowPastMs, windowAheadMs };
  const describe = () => ({ title: '', description: '', location: '' });
  const { clock } = stage;
  const desk = makeDesk({ store, clock, log: silentLog, settings, nudge: { nudge: () => {} }, linksFor, describe });
  await desk.settleSheets(1000);
}

const calendarOf = async (play: Play, attached: Attached): Promise<Calendar> =>
  (await play.store.calendars.get(tenant, attached.id))!;

/** Every live copy says what its calendar may see of the event, in the provider's words. */
export async function copiesConverge(play: Play): Promise<void> {
  const { stage } = play;
  for (const attached of play.calendars) {
    const calendar = await calendarOf(play, attached);
    for (const event of await stage.events()) {
      const link = event.links.find((l) => l.calendarId === calendar.id);
      if (link === undefined || link.state !== 'live') continue;
      const item = link.remoteId === null ? undefined : attached.server.items.get(link.remoteId);
      expect(item?.isGone, `${event.id} in ${calendar.id} has a live copy`).to.equal(false);
      const seen = view(event, calendar);
      const projected = inbound(stage.connector.project(seen, utcZone), calendar, event);
      const wanted = { ...projected, response: seen.response };
      const there = inbound(item!.fields, calendar, event);
      const [ours, theirs] = hidesWords(event, calendar) ? [bare(wanted), bare(there)] : [wanted, there];
      for (const unit of unitsOf(ours, theirs)) {
        const isFree = !link.disputed.includes(unit) && isCarried(unit, event, calendar, stage.connector.capabilities);
        if (!isFree || (unit === 'privacy' && hidesWords(event, calendar))) continue;
        expect(
          sameUnit(unit, ours, theirs),
          `${unit} of ${event.id} in ${calendar.id}: ${show(wanted)} / ${show(there)}`,
        ).to.equal(true);
      }
    }
  }
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

const show = (f: EventFields): string => JSON.stringify([f.title, f.location, f.start]);

/** Each event of a calendar that we read is known once, and each event has at most one copy of ours. */
export async function copiesAreOne(play: Play): Promise<void> {
  const events = await play.stage.events();
  for (const attached of play.calendars) {
    const calendar = await calendarOf(play, attached);
    const links = events.flatMap((event) =>
      event.links.filter((l) => l.calendarId === calendar.id && l.remoteId !== null),
    );
    const ids = links.map((link) => link.remoteId);
    expect(new Set(ids).size, 'no two events share a copy').to.equal(ids.length);
    if (calendar.role === 'write') continue;
    const there = attached.owner.events().map((item) => item.remoteId);
    expect(ids, `every event of ${calendar.id} is known`).to.include.members(there);
    const standing = links.filter((link) => link.state === 'live').map((link) => link.remoteId);
    expect(there, `every known event of ${calendar.id} is there`).to.include.members(standing);
  }
  const perEvent = play.calendars.flatMap(({ owner }) =>
    owner.events().flatMap((item) => (item.createId === null ? [] : [item.createId])),
  );
  expect(new Set(perEvent).size).to.equal(perEvent.length);
}

/** The firm rows are those that the events alone give. */
export async function rowsAreDerivable(play: Play): Promise<void> {
  const { stage } = play;
  const found = (await stage.rows()).map(({ claim, start, end, firm }) => `${claim} ${start} ${end} ${firm}`);
  const wanted: string[] = [];
  for (const event of await stage.events()) {
    expect(event.sheetVersion, `${event.id} has no sheet debt`).to.equal(event.version);
    const origin = event.origin === 'rest' ? null : await play.store.calendars.get(tenant, event.origin);
    const ctx = sheetContext(event, origin, () => utcZone, june);
    for (const put of rowsFor(event, ctx)) {
      wanted.push(...put.rows.map(({ claim, start, end, firm }) => `${claim} ${start} ${end} ${firm}`));
    }
  }
  expect(found.sort()).to.deep.equal(wanted.sort());
}

/** One more visit of every calendar writes nothing and raises nothing. */
export async function quietIsQuiet(play: Play): Promise<void> {
  const state = async () => ({
    versions: (await play.stage.events()).map((event) => [event.id, event.version]),
    histories: play.calendars.map(({ server }) => server.seq),
    writes: play.calendars.map(({ server }) => server.calls.write),
  });
  const before = await state();
  for (const calendar of play.calendars) await play.stage.visit(calendar);
  expect(await state()).to.deep.equal(before);
}

/** A text that a person wrote came into the event, is named in a conflict, or stands where it was written; or they took it back. */
export async function editsAreKept(play: Play): Promise<void> {
  const { data } = await play.store.conflicts.list(tenant, { state: null, eventId: null, limit: 1000, after: null });
  const record = data.map((c) => `${c.ours} ${c.theirs}`).join(' ');
  const items = play.calendars.flatMap(({ owner }) => owner.events());
  const standing = new Set(items.flatMap(({ fields }) => [fields.title, fields.location]));
  for (const edit of play.ledger.edits.values()) {
    if (edit.isExcused || edit.by === 'rest' || standing.has(edit.text)) continue;
    const isKnown = play.ledger.seen.has(edit.text) || new RegExp(`"${edit.text}"`).test(record);
    expect(isKnown, `the edit "${edit.text}" is not lost`).to.equal(true);
  }
}

/** A text of REST gave way only to REST, to somebody who had read it, or to a decision that is on record. */
export async function restIsKept(play: Play): Promise<void> {
  const { data } = await play.store.conflicts.list(tenant, { state: null, eventId: null, limit: 1000, after: null });
  const record = data.map((c) => `${c.ours} ${c.theirs}`).join(' ');
  for (const { from, to } of play.ledger.replaced) {
    if (play.ledger.edits.get(from)?.by !== 'rest' || play.ledger.edits.get(to)?.by === 'rest') continue;
    const read: string[] = [];
    for (let text: string | undefined = to; text !== undefined && !read.includes(text); ) {
      read.push(text);
      const edit = play.ledger.edits.get(text);
      text = edit?.by === 'person' ? edit.over : undefined;
    }
    const isFair = read.includes(from) || new RegExp(`"${from}"`).test(record);
    expect(isFair, `"${from}" of REST gave way to "${to}"`).to.equal(true);
  }
}

/** Versions rise by what people and REST did, and by the policy's answers on record; by nothing else. */
export async function nothingIsInvented(play: Play): Promise<void> {
  const { data } = await play.store.conflicts.list(tenant, { state: null, eventId: null, limit: 1000, after: null });
  const raises = (await play.stage.events()).reduce((sum, event) => sum + event.version - 1, 0);
  expect(raises).to.be.at.most(play.changes.rest + play.changes.person + data.length);
}
