/** Times of a history: its week, its slots, and what people do to the time of an event and to its occurrences. */
import type { EventFields, InstanceFields, InstanceKey } from '../../src/domain/event.ts';
import { instanceKeyFor } from '../../src/domain/series.ts';
import type { CalendarDay, EventTime, Instant, Span, WallTime, Zone } from '../../src/domain/time.ts';
import { addDays, dayMs } from '../../src/domain/time.ts';
import { at } from './builders.ts';
import type { Mood, Season, Turn } from './history-steps.ts';

export const home = 'Europe/Berlin' as Zone;
/** Clocks change on the third of the days that slots lie on. */
const firstDay: Readonly<Record<Season, CalendarDay>> = {
  fold: '2027-10-29' as CalendarDay,
  gap: '2028-03-24' as CalendarDay,
};
export const startOf = (season: Season): Instant => at(`${addDays(firstDay[season], -1)}T08:00:00Z`);
export const windowPastMs = 3 * dayMs;
export const windowAheadMs = 21 * dayMs;
export const windowNow = (now: Instant): Span => ({
  start: (now - windowPastMs) as Instant,
  end: (now + windowAheadMs) as Instant,
});
/** Everything that a history may touch. */
export const horizonOf = (season: Season): Span => {
  const start = startOf(season);
  return { start: (start - 20 * dayMs) as Instant, end: (start + 75 * dayMs) as Instant };
};

type When = Pick<EventFields, 'start' | 'end'>;

/** Three quarters of an hour on one of six days, at any hour: also at those that clocks skip or show twice. */
export function slot(season: Season, n: number): When {
  const hour = String(n % 24).padStart(2, '0');
  const day = addDays(firstDay[season], Math.floor(n / 24) % 6);
  const zone = n % 5 === 0 ? ('UTC' as Zone) : home;
  const time = (minute: string): EventTime => ({
    kind: 'zoned',
    wall: `${day}T${hour}:${minute}:00` as WallTime,
    zone,
  });
  return { start: time('05'), end: time('50') };
}

export function inMood(mood: Mood, fields: EventFields): Partial<EventFields> {
  switch (mood) {
    case 'free':
    case 'busy':
    case 'tentative':
      return { busy: mood };
    case 'private':
      return { privacy: 'private' };
    case 'open':
      return { privacy: 'default' };
    case 'declined':
      return { response: fields.response === 'declined' ? 'accepted' : 'declined' };
  }
}

/** The time so many days later, at the same wall time. */
export function later(time: EventTime, days: number): EventTime {
  if (time.kind === 'date') return { ...time, day: addDays(time.day, days) };
  return { ...time, wall: (addDays(time.wall.slice(0, 10) as CalendarDay, days) + time.wall.slice(10)) as WallTime };
}

const daily = (rule: string): Partial<EventFields> => ({ series: { rules: [rule], extraDates: [] } });
const single: Partial<EventFields> = { series: null, instances: {} };

/** What becomes of an event's time; `split` is the first half of it, see `following`. */
export function turned(turn: Turn, fields: EventFields, season: Season): Partial<EventFields> {
  const { series, instances, start } = fields;
  const one = (key: InstanceKey, value: InstanceFields | 'cancelled'): Partial<EventFields> =>
    series === null ? {} : { instances: { ...instances, [key]: value } };
  const second = instanceKeyFor(later(start, 1));
  switch (turn) {
    case 'weekly':
      return series === null ? daily('FREQ=DAILY;COUNT=4') : single;
    case 'endless':
      return series === null ? daily('FREQ=DAILY') : daily('FREQ=DAILY;INTERVAL=2');
    case 'skip':
      return one(instances[second] === undefined ? second : instanceKeyFor(start), 'cancelled');
    case 'shift':
      return one(second, { ...ownOf(fields), ...slot(season, fields.title.length * 31 + 17) });
    case 'far':
      return one(instanceKeyFor(later(start, 40)), {
        ...ownOf(fields),
        start: later(start, 41),
        end: later(fields.end, 41),
      });
    case 'extra':
      return series === null ? {} : { series: { ...series, extraDates: [later(start, 9)] } };
    case 'split':
      return series === null ? {} : daily('FREQ=DAILY;COUNT=2');
    case 'all-day':
      return { ...single, start: dayAfter(start, 0), end: dayAfter(start, 1) };
    case 'floating':
      return { ...single, start: floating(start), end: floating(start.kind === 'date' ? later(start, 1) : fields.end) };
    case 'beyond':
      return { start: later(start, 30), end: later(fields.end, 30) };
    case 'past':
      return { start: later(start, -15), end: later(fields.end, -15) };
  }
}

/** The second event that a split leaves: this occurrence and all that follow. */
export function following(fields: EventFields): EventFields {
  return {
    ...fields,
    ...single,
    ...daily('FREQ=DAILY;COUNT=3'),
    start: later(fields.start, 2),
    end: later(fields.end, 2),
  };
}

export function ownOf(fields: InstanceFields): InstanceFields {
  const { title, description, location, start, end, busy, response, status, privacy } = fields;
  return { title, description, location, start, end, busy, response, status, privacy };
}

const dayAfter = (time: EventTime, days: number): EventTime => ({
  kind: 'date',
  day: addDays(time.kind === 'date' ? time.day : (time.wall.slice(0, 10) as CalendarDay), days),
});
const floating = (time: EventTime): EventTime => ({
  kind: 'floating',
  wall: time.kind === 'date' ? (`${time.day}T00:00:00` as WallTime) : time.wall,
});
