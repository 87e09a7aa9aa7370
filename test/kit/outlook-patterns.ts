/** Recurrences as Outlook can have them, by chance, each beginning on one of its own days. */
import fc from 'fast-check';
import { daysOf, type Recurrence, readRecurrence } from '../../sandbox/outlook/pattern.ts';
import { addDays, type CalendarDay } from '../../src/domain/time.ts';

const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const set = fc.subarray(days, { minLength: 1 });
const interval = fc.integer({ min: 1, max: 4 });
const months = fc.oneof(interval, fc.constantFrom(12, 24, 36));
const month = fc.integer({ min: 1, max: 12 });
const dayOfMonth = fc.integer({ min: 1, max: 31 });
const index = fc.constantFrom('first', 'second', 'third', 'fourth', 'last');
const firstDayOfWeek = fc.constantFrom('sunday', 'monday');

const pattern: fc.Arbitrary<object> = fc.oneof(
  fc.record({ type: fc.constant('daily'), interval }),
  fc.record({ type: fc.constant('weekly'), interval, daysOfWeek: set, firstDayOfWeek }),
  fc.record({ type: fc.constant('absoluteMonthly'), interval: months, dayOfMonth }),
  fc.record({ type: fc.constant('relativeMonthly'), interval: months, daysOfWeek: set, index }),
  fc.record({
    type: fc.constant('absoluteYearly'),
    interval: fc.constant(1),
    dayOfMonth: fc.integer({ min: 1, max: 28 }),
    month,
  }),
  fc.record({ type: fc.constant('absoluteYearly'), interval: fc.constant(1), dayOfMonth, month }),
  fc.record({ type: fc.constant('relativeYearly'), interval: fc.constant(1), daysOfWeek: set, index, month }),
);
const range = fc.oneof(
  fc.constant({ type: 'noEnd' }),
  fc.integer({ min: 1, max: 12 }).map((numberOfOccurrences) => ({ type: 'numbered', numberOfOccurrences })),
  fc.integer({ min: 0, max: 900 }).map((after) => ({ type: 'endDate', after })),
);

export interface PlayedPattern {
  /** As the API has it. */
  readonly json: { readonly pattern: object; readonly range: object };
  readonly first: CalendarDay;
  readonly recurrence: Recurrence;
}

export const anyPattern: fc.Arbitrary<PlayedPattern> = fc
  .tuple(pattern, range, fc.integer({ min: 0, max: 700 }))
  .map(([given, { ...end }, shift]) => {
    const from = addDays('2027-01-01' as CalendarDay, shift);
    const far = addDays(from, 366 * 9);
    const probe = readRecurrence(
      JSON.parse(JSON.stringify({ pattern: given, range: { type: 'noEnd', startDate: from } })),
      from,
      'UTC',
    );
    const [first = from] = daysOf(probe, far);
    const endDate = 'after' in end ? { endDate: addDays(first, Number(end.after)) } : {};
    const json = JSON.parse(JSON.stringify({ pattern: given, range: { ...end, ...endDate, startDate: first } }));
    delete json.range.after;
    return { json, first, recurrence: readRecurrence(json, first, 'UTC') };
  });
