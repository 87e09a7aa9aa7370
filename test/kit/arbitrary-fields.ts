/** Random event fields for property tests: every kind of time, series with deleted and changed occurrences, hard texts. */
import fc from 'fast-check';
import type { EventFields, InstanceFields, InstanceKey, Series } from '../../src/domain/event.ts';
import type { CalendarDay, EventTime, WallTime, Zone } from '../../src/domain/time.ts';

const hourMs = 3_600_000;
const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Etc/UTC', 'EST'];

export const anyZone: fc.Arbitrary<Zone> = fc.constantFrom(...zones).map((name) => name as Zone);

const text = (ms: number): WallTime => new Date(ms).toISOString().slice(0, 19) as WallTime;
const asDay = (ms: number): CalendarDay => text(ms).slice(0, 10) as CalendarDay;

/** Whole minutes between 1990 and 2040, mostly around the changes of European summer time in 2027. */
const wallMs: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 631_152_000 / 60, max: 2_208_988_800 / 60 }).map((minute) => minute * 60_000),
  fc.integer({ min: -180, max: 180 }).map((minute) => Date.UTC(2027, 2, 28, 2) + minute * 60_000),
  fc.integer({ min: -180, max: 180 }).map((minute) => Date.UTC(2027, 9, 31, 2) + minute * 60_000),
);

type Form = (ms: number) => EventTime;
const form: fc.Arbitrary<Form> = fc.oneof(
  {
    weight: 4,
    arbitrary: anyZone.map(
      (zone): Form =>
        (ms) => ({ kind: 'zoned', wall: text(ms), zone }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Form>((ms) => ({ kind: 'floating', wall: text(ms) })) },
  { weight: 2, arbitrary: fc.constant<Form>((ms) => ({ kind: 'date', day: asDay(ms) })) },
);

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 120 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '\\',
        ';',
        ',',
        '\n',
        '\r\n',
        '\r',
        ':',
        '"',
        ' ',
        '\t',
        '\\n',
        'Müller',
        '👩‍🔧',
        '\u0000',
        '\ud800',
      ),
    )
    .map((parts) => parts.join('')),
);

const own = (times: fc.Arbitrary<{ start: EventTime; end: EventTime }>): fc.Arbitrary<InstanceFields> =>
  fc
    .record({
      title: anyText,
      description: anyText,
      location: anyText,
      busy: fc.constantFrom('busy', 'tentative', 'away', 'free'),
      response: fc.constantFrom('none', 'accepted', 'declined', 'unanswered'),
      status: fc.constantFrom('confirmed', 'tentative', 'cancelled'),
      privacy: fc.constantFrom('default', 'private'),
      times,
    })
    .map(({ times: { start, end }, ...rest }) => ({ ...rest, start, end }));

const length = fc.integer({ min: -2, max: 100 }).map((halves) => (halves * hourMs) / 2);

function timesIn(start: Form): fc.Arbitrary<{ start: EventTime; end: EventTime }> {
  const end = fc.oneof({ weight: 9, arbitrary: fc.constant(start) }, { weight: 1, arbitrary: form });
  return fc.tuple(wallMs, length, end).map(([ms, long, endForm]) => ({ start: start(ms), end: endForm(ms + long) }));
}

const rules = fc.subarray(
  [
    'FREQ=DAILY',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE',
    'FREQ=MONTHLY;BYDAY=-1FR',
    'FREQ=YEARLY;COUNT=5',
    'FREQ=DAILY;UNTIL=20281231T225959Z;INTERVAL=3',
  ],
  { maxLength: 2 },
);

function seriesIn(start: Form): fc.Arbitrary<Pick<EventFields, 'series' | 'instances'>> {
  const keyOf = (ms: number): InstanceKey => {
    const time = start(ms);
    return time.kind === 'date' ? time.day : time.wall;
  };
  const series = fc.record<Series>({
    rules,
    extraDates: fc.array(wallMs.map(start), { maxLength: 3 }),
  });
  const instance = fc.oneof(fc.constant<'cancelled'>('cancelled'), own(form.chain(timesIn)), own(timesIn(start)));
  const instances = fc
    .array(fc.tuple(wallMs.map(keyOf), instance), { maxLength: 3 })
    .map((entries): EventFields['instances'] => Object.fromEntries(entries));
  return fc.record({ series, instances });
}

export const anyFields: fc.Arbitrary<EventFields> = form.chain((start) => {
  const none = fc.constant<Pick<EventFields, 'series' | 'instances'>>({ series: null, instances: {} });
  return fc
    .tuple(own(timesIn(start)), fc.oneof(none, seriesIn(start)))
    .map(([fields, repeats]) => ({ ...fields, ...repeats }));
});
