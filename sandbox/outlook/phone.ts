/** What a person does in Outlook: the edits that reach a client only through the feed. */
import type { CalendarDay, Instant, Span, WallTime, Zone } from '../../src/domain/time.ts';
import { addDays, addWallMs, wallDifferenceMs } from '../../src/domain/time.ts';
import { asZone, instantToWall, startOfDay } from '../../src/domain/zone.ts';
import type { Json, JsonObject } from '../kit/json.ts';
import { compact, objectAt, textAt } from '../kit/json.ts';
import { Unmet } from '../kit/verbs.ts';
import { changedItem, newItem } from './draft.ts';
import { newKey } from './ids.ts';
import type { Calendar, Item, Mailbox } from './model.ts';
import { daysOf, recurrenceJson } from './pattern.ts';
import { Refusal } from './refusal.ts';
import { instancesOf, isMaster } from './series.ts';
import { dayOf, spanOf } from './times.ts';
import type { World } from './world.ts';
import { create, patch, removeItem } from './write.ts';

/** Start and end: with an offset, wall time of the mailbox, or days (end excluded). */
export interface Wish {
  readonly calendarId: string;
  readonly title?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  /** Members of an event as Graph has them, for everything that has no name here. */
  readonly fields?: Readonly<Record<string, Json>> | undefined;
}
export interface Edit extends Wish {
  readonly eventId: string;
}
export interface Typed extends Wish {
  readonly start: string;
  readonly end: string;
  /** A pattern and, if need be, a range; without one it never ends. */
  readonly recurrence?: Readonly<Record<string, Json>> | undefined;
  /** Makes it an invitation by this person. */
  readonly organizer?: string | undefined;
}

export function phone(world: World) {
  const ownerOf = (calendar: Calendar): Mailbox => world.mailboxOf(calendar.owner);
  function calendarOf(id: string): Calendar {
    const calendar = world.calendars.get(id);
    if (calendar === undefined) throw new Unmet(`there is no calendar ${id}`);
    return calendar;
  }
  function itemOf(calendar: Calendar, id: string): Item {
    const found = world.find(ownerOf(calendar), id, calendar.id);
    if (found === null) throw new Unmet(`there is no event ${id} in ${calendar.name}`);
    return found.item;
  }
  const byHand = (calendar: Calendar, body: JsonObject) => ({
    ...{ world, calendar, body, mailbox: ownerOf(calendar), ifMatch: undefined, repeats: 'existing' as const },
    note() {},
  });
  const edit = (wish: Edit): Item => {
    const calendar = calendarOf(wish.calendarId);
    const before = itemOf(calendar, wish.eventId);
    const body = bodyOf(wish, ownerOf(calendar).zone, before);
    return refusedAsUnmet(() => patch(byHand(calendar, body), before));
  };

  return {
    ...{ calendarOf, itemOf },
    edit,
    create(wish: Typed): Item {
      const calendar = calendarOf(wish.calendarId);
      const mailbox = ownerOf(calendar);
      const body = bodyOf(wish, mailbox.zone, null);
      const whole = wish.recurrence === undefined ? body : { ...body, recurrence: rangeFilled(wish.recurrence, body) };
      if (wish.organizer === undefined) return refusedAsUnmet(() => create(byHand(calendar, whole)));
      const { organizer: address } = wish;
      const draft = refusedAsUnmet(() => newItem(byHand(calendar, whole), newKey(), mailbox, world.clock.now()));
      const content = { ...draft.content, responseStatus: answerOf('notResponded', world) };
      const organizer = { emailAddress: { name: address, address } };
      return world.put(calendar, { ...draft, content, organizer, isOrganizer: false });
    },
    remove(calendarId: string, eventId: string): Item {
      const calendar = calendarOf(calendarId);
      const item = itemOf(calendar, eventId);
      removeItem(world, calendar, item);
      return item;
    },
    /** The organiser called it off: the copy stays, cancelled. */
    cancel(calendarId: string, eventId: string): Item {
      const calendar = calendarOf(calendarId);
      return world.put(calendar, { ...itemOf(calendar, eventId), isCancelled: true });
    },
    answer(calendarId: string, eventId: string, answer: string): Item {
      const calendar = calendarOf(calendarId);
      const item = itemOf(calendar, eventId);
      if (item.isOrganizer) throw new Unmet(`${eventId} is no invitation`);
      const content = { ...item.content, responseStatus: answerOf(answer, world) };
      return world.put(calendar, { ...item, content });
    },
    /** To another calendar of the mailbox: the plain id changes, the immutable one stays. */
    move(calendarId: string, eventId: string, toCalendarId: string): Item {
      const [from, to] = [calendarOf(calendarId), calendarOf(toCalendarId)];
      const item = itemOf(from, eventId);
      if (item.of !== null || item.series !== null) throw new Unmet('only single events are moved here');
      world.remove(from, item);
      return world.put(to, item);
    },
    /** The whole series of an occurrence; moved times move it all by as much. */
    editAll(wish: Edit): Item {
      const { calendar, master, one } = occurrence(wish);
      const zone = ownerOf(calendar).zone;
      const wished = bodyOf(wish, zone, one);
      const { start: _start, end: _end, ...rest } = wished;
      const body =
        wished.start === undefined
          ? rest
          : { ...rest, ...shifted(master, one, changedItem(byHand(calendar, wished), one)) };
      return refusedAsUnmet(() => patch(byHand(calendar, body), master));
    },
    /** From an occurrence on: the old series ends before it, a new one goes on. */
    split(wish: Edit): Item {
      const { calendar, master, one } = occurrence(wish);
      const day = one.of!.day;
      const wished = refusedAsUnmet(() =>
        changedItem(byHand(calendar, bodyOf(wish, ownerOf(calendar).zone, one)), one),
      );
      const passed = [...daysOf(master.series.recurrence, addDays(day, -1))].length;
      endBefore(calendar, master, day);
      const { pattern, range } = master.series.recurrence;
      const left = range.type === 'numbered' ? Math.max(1, range.numberOfOccurrences - passed) : 0;
      const rule = { pattern, range: { ...range, startDate: dayOf(wished.start), numberOfOccurrences: left } };
      const key = newKey();
      const series = { recurrence: rule, generation: 1, cancelled: [] };
      const uid = `${master.uid.slice(0, -key.length)}${key.toUpperCase()}`;
      return world.put(calendar, {
        ...wished,
        key,
        uid,
        series,
        of: null,
        transactionId: null,
        created: world.clock.now(),
      });
    },
    endSeries(calendarId: string, eventId: string): Item {
      const { calendar, master, one } = occurrence({ calendarId, eventId });
      return endBefore(calendar, master, one.of!.day);
    },
    day(calendarIds: readonly string[], day: string, zoneName: string | undefined): readonly JsonObject[] {
      return calendarIds
        .map(calendarOf)
        .flatMap((calendar) => {
          const zone = zoneName === undefined ? ownerOf(calendar).zone : asZone(zoneName);
          if (zone === null) throw new Unmet(`there is no time zone ${zoneName}`);
          const window: Span = {
            start: startOfDay(day as CalendarDay, zone),
            end: startOfDay(addDays(day as CalendarDay, 1), zone),
          };
          return itemsIn(calendar, window, day as CalendarDay).map((item) => ({ calendar, item }));
        })
        .map(({ calendar, item }) => entryOf(calendar, item));
    },
  };

  function occurrence({ calendarId, eventId }: Pick<Edit, 'calendarId' | 'eventId'>) {
    const calendar = calendarOf(calendarId);
    const one = itemOf(calendar, eventId);
    const master = one.of === null ? undefined : calendar.items.get(one.of.master);
    if (master === undefined || !isMaster(master)) throw new Unmet(`${eventId} is no occurrence of a series`);
    return { calendar, master, one };
  }
  function endBefore(calendar: Calendar, master: ReturnType<typeof occurrence>['master'], day: CalendarDay): Item {
    const { recurrence } = master.series;
    for (const key of [...(calendar.exceptions.get(master.key) ?? [])]) {
      const item = calendar.items.get(key);
      if (item !== undefined && item.of!.day >= day) world.remove(calendar, item);
    }
    if (day <= recurrence.range.startDate) {
      removeItem(world, calendar, master);
      return master;
    }
    const range = { ...recurrence.range, type: 'endDate' as const, endDate: addDays(day, -1), numberOfOccurrences: 0 };
    return world.put(calendar, { ...master, series: { ...master.series, recurrence: { ...recurrence, range } } });
  }
}

const answerOf = (response: string, world: World): JsonObject => ({
  response,
  time: new Date(world.clock.now()).toISOString(),
});

/** Graph has no days of their own: whole days are midnights. */
function timeJson(text: string, zone: Zone): JsonObject {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return { dateTime: `${text}T00:00:00`, timeZone: zone };
  const isOffset = /Z$|[+-]\d\d:\d\d$/i.test(text);
  const wall = isOffset ? instantToWall(Date.parse(text) as Instant, zone) : text;
  return { dateTime: wall, timeZone: zone };
}

/** A person who drags only the start takes the end along. */
function bodyOf(wish: Wish, zone: Zone, before: Item | null): JsonObject {
  const start = wish.start === undefined ? undefined : timeJson(wish.start, zone);
  const isDays = wish.start !== undefined && /^\d{4}-\d\d-\d\d$/.test(wish.start);
  const longMs = before === null ? 0 : wallDifferenceMs(before.start.wall, before.end.wall);
  const dragged =
    start === undefined ? undefined : addWallMs(`${textAt(start, 'dateTime')!.slice(0, 16)}:00` as WallTime, longMs);
  const end =
    wish.end !== undefined
      ? timeJson(wish.end, zone)
      : dragged === undefined
        ? undefined
        : { dateTime: dragged, timeZone: zone };
  return compact({
    ...wish.fields,
    subject: wish.title ?? wish.fields?.subject,
    ...{ start, end },
    isAllDay: wish.fields?.isAllDay ?? (wish.start === undefined ? undefined : isDays),
  });
}

function rangeFilled(recurrence: Readonly<Record<string, Json>>, body: JsonObject): JsonObject {
  const startDate = textAt(objectAt(body, 'start'), 'dateTime')!.slice(0, 10);
  const range = objectAt(recurrence, 'range') ?? { type: 'noEnd' };
  return { ...recurrence, range: { startDate, ...range } };
}

function shifted(master: Item, one: Item, wished: Pick<Item, 'start' | 'end'>): JsonObject {
  const by = wallDifferenceMs(one.start.wall, wished.start.wall);
  const start = addWallMs(master.start.wall, by);
  const end = addWallMs(start, wallDifferenceMs(wished.start.wall, wished.end.wall));
  const times = {
    start: { dateTime: start, timeZone: master.start.zoneName },
    end: { dateTime: end, timeZone: master.start.zoneName },
  };
  const { pattern, range } = recurrenceJson(master.series!.recurrence) as { pattern: JsonObject; range: JsonObject };
  const isMoved = start.slice(0, 10) !== master.start.wall.slice(0, 10);
  return isMoved ? { ...times, recurrence: { pattern, range: { ...range, startDate: start.slice(0, 10) } } } : times;
}

function itemsIn(calendar: Calendar, window: Span, day: CalendarDay): Item[] {
  const isThere = (item: Item): boolean =>
    item.isAllDay
      ? item.start.wall.slice(0, 10) <= day && item.end.wall.slice(0, 10) > day
      : spanOf(item).start < window.end && spanOf(item).end > window.start;
  const wide = { start: (window.start - 86_400_000) as Instant, end: (window.end + 86_400_000) as Instant };
  return [...calendar.items.values()]
    .filter(({ of, isCancelled }) => of === null && !isCancelled)
    .flatMap((item) => (isMaster(item) ? instancesOf(calendar, item, wide) : [item]))
    .filter(isThere)
    .sort((a, b) => spanOf(a).start - spanOf(b).start);
}

function entryOf(calendar: Calendar, item: Item): JsonObject {
  const span = spanOf(item);
  const text = (at: number): string =>
    item.isAllDay ? new Date(at).toISOString().slice(0, 10) : new Date(at).toISOString();
  const response = textAt(objectAt(item.content, 'responseStatus'), 'response');
  return {
    ...{ calendarId: calendar.id, key: item.key, title: textAt(item.content, 'subject') ?? '' },
    ...{ start: text(span.start), end: text(span.end), series: item.of?.master ?? null },
    isBusy: !['free', 'workingElsewhere'].includes(textAt(item.content, 'showAs') ?? 'busy') && response !== 'declined',
    answer: item.isOrganizer ? null : (answers[response ?? ''] ?? 'needsAction'),
  };
}
/** As the phone page names them. */
const answers: Readonly<Record<string, string>> = {
  ...{ accepted: 'accepted', declined: 'declined', tentativelyAccepted: 'tentative', notResponded: 'needsAction' },
};

/** What the API would refuse a person cannot do either; here it is a sentence. */
function refusedAsUnmet<T>(act: () => T): T {
  try {
    return act();
  } catch (fault) {
    throw fault instanceof Refusal ? new Unmet(fault.message) : fault;
  }
}
