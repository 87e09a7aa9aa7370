/** The laws of the Outlook mapping over random events, and every recurrence that Graph has or has not. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createBody, fromRows, outlookRefusal, patchBody, projectOutlook, readRow } from '../../mappings/outlook.ts';
import { daysOf } from '../../sandbox/outlook/pattern.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { applyUnits, plainUnits } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import { expand } from '../../src/domain/series.ts';
import { addDays, type Zone } from '../../src/domain/time.ts';
import { anyFields, anyZone } from '../kit/arbitrary-fields.ts';
import { at, someFields, zoned } from '../kit/builders.ts';
import { anyPattern } from '../kit/outlook-patterns.ts';
import { graphSingle } from '../kit/outlook-rows.ts';

const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const createId = '0123456789abcdefghijklmnopqrstuv';

/** As Graph would store and tell what the mapping writes. */
function stored(body: object): Record<string, unknown> {
  const { start, end, recurrence = null, ...rest } = JSON.parse(JSON.stringify(body));
  return {
    ...graphSingle('e'),
    ...{ type: recurrence === null ? 'singleInstance' : 'seriesMaster', recurrence, start, end, ...rest },
    ...{ originalStartTimeZone: start.timeZone, originalEndTimeZone: end.timeZone },
  };
}
function read(json: unknown, zone: Zone) {
  const row = readRow(json);
  if (row === null) throw new Error('no row');
  const mapped = fromRows(row, [], [], zone);
  if (mapped.kind === 'unmappable') throw new Error(`${mapped.why}\n${JSON.stringify(json)}`);
  return mapped;
}
const withoutInstances = anyFields.map((fields) => ({ ...fields, instances: {} }));

describe('the Outlook mapping', () => {
  it('gives back what the projection says, with mark and create id, for any event that it does not refuse', () => {
    fc.assert(
      fc.property(withoutInstances, anyZone, (fields, zone) => {
        if (outlookRefusal(fields, zone) !== null) return;
        const wanted = projectOutlook(fields, zone);
        const mapped = read(stored(createBody(wanted, { createId, mark })), zone);
        expect(mapped.fields).to.deep.equal(wanted);
        expect(mapped).to.deep.include({ mark, createId });
      }),
      { numRuns: 1000 },
    );
  });

  it('projects a projection onto itself', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const once = projectOutlook(fields, zone);
        expect(projectOutlook(once, zone)).to.deep.equal(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('patches no unit that was not named', () => {
    const single = anyFields.map((fields): EventFields => ({ ...fields, series: null, instances: {} }));
    const units = fc.subarray(['when', 'what', 'where', 'busy', 'privacy'] as const);
    fc.assert(
      fc.property(single, single, units, anyZone, (before, after, named, zone) => {
        const [from, to] = [projectOutlook(before, zone), projectOutlook(after, zone)];
        const there = createBody(from, { createId, mark });
        const patched = { ...there, ...patchBody(to, named, mark) };
        expect(read(stored(patched), zone).fields).to.deep.equal(applyUnits(from, to, named));
      }),
      { numRuns: 300 },
    );
  });

  it('never sends attendees, and no reminder rings', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const body = createBody(projectOutlook(fields, zone), { createId, mark });
        expect(body).to.include({ isReminderOn: false }).and.not.have.any.keys('attendees', 'isOnlineMeeting');
        expect(patchBody(projectOutlook(fields, zone), plainUnits, mark)).to.not.have.property('attendees');
      }),
      { numRuns: 100 },
    );
  });

  it('reads any JSON without a failure', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, recurrence) => {
        const row = readRow(value);
        if (row !== null) fromRows(row, [], [], 'UTC' as Zone);
        const odd = readRow(graphSingle('e', { type: 'seriesMaster', recurrence, start: value }));
        if (odd !== null) fromRows(odd, [], [JSON.stringify(value)], 'UTC' as Zone);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a recurrence of Outlook', () => {
  const zone = 'Europe/Berlin' as Zone;
  const eventOn = (first: string, recurrence: unknown) =>
    graphSingle('m', {
      ...{ type: 'seriesMaster', recurrence },
      ...{ originalStartTimeZone: 'W. Europe Standard Time', originalEndTimeZone: 'W. Europe Standard Time' },
      start: { dateTime: `${first}T09:00:00.0000000`, timeZone: 'W. Europe Standard Time' },
      end: { dateTime: `${first}T10:00:00.0000000`, timeZone: 'W. Europe Standard Time' },
    });

  it('means the very days that Outlook shows, whatever its pattern and range', () => {
    fc.assert(
      fc.property(anyPattern, ({ json, first, recurrence }) => {
        const { fields } = read(eventOn(first, json), zone);
        const window = { start: at(`${first}T00:00:00Z`), end: at(`${addDays(first, 1500)}T00:00:00Z`) };
        const shown = [...daysOf(recurrence, addDays(first, 1499))];
        const ours = expand(fields, window, zone).occurrences.map(({ key }) => String(key).slice(0, 10));
        expect(ours.slice(0, shown.length)).to.deep.equal(shown);
        expect(ours.length - shown.length).to.be.within(0, 1);
      }),
      { numRuns: 400 },
    );
  });

  it('goes there and back without a loss, whatever its pattern and range', () => {
    fc.assert(
      fc.property(anyPattern, ({ json, first }) => {
        const { fields } = read(eventOn(first, json), zone);
        expect(outlookRefusal(fields, zone)).to.equal(null);
        expect(read(stored(createBody(fields, { createId, mark })), zone).fields).to.deep.equal(fields);
      }),
      { numRuns: 400 },
    );
  });

  const onTuesday = {
    start: zoned('2027-06-01T09:00', 'Europe/Berlin'),
    end: zoned('2027-06-01T10:00', 'Europe/Berlin'),
  };
  const series = (...rules: string[]): EventFields => someFields({ ...onTuesday, series: { rules, extraDates: [] } });
  for (const [rule, same] of [
    ['FREQ=DAILY;INTERVAL=3', null],
    ['FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR'],
    ['FREQ=WEEKLY;BYDAY=TU,TH;INTERVAL=2;WKST=SU', null],
    ['FREQ=WEEKLY;BYDAY=TU', 'FREQ=WEEKLY'],
    ['FREQ=MONTHLY;BYMONTHDAY=1', 'FREQ=MONTHLY'],
    ['FREQ=MONTHLY;BYDAY=1TU', null],
    ['FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1', null],
    ['FREQ=YEARLY;BYMONTH=6', 'FREQ=YEARLY'],
    ['FREQ=YEARLY;BYDAY=1TU;BYMONTH=6', null],
    ['FREQ=YEARLY;INTERVAL=2;BYMONTH=6;BYMONTHDAY=1', 'FREQ=YEARLY;INTERVAL=2'],
    ['FREQ=MONTHLY;INTERVAL=24', 'FREQ=YEARLY;INTERVAL=2'],
  ] as const) {
    it(`says ${rule}`, () => {
      const [before, after] = [series(rule), series(same ?? rule)].map((fields) => projectOutlook(fields, zone));
      expect(outlookRefusal(series(rule), zone)).to.equal(null);
      expect(before!.series).to.deep.equal(after!.series);
    });
  }

  for (const rule of [
    'FREQ=HOURLY',
    'FREQ=DAILY;BYDAY=TU,TH;INTERVAL=2',
    'FREQ=DAILY;BYMONTH=6',
    'FREQ=MONTHLY;BYMONTHDAY=1,15',
    'FREQ=MONTHLY;BYMONTHDAY=-2',
    'FREQ=MONTHLY;BYMONTHDAY=31',
    'FREQ=MONTHLY;BYDAY=TU,TH',
    'FREQ=MONTHLY;BYDAY=5TU',
    'FREQ=MONTHLY;BYDAY=-2TU',
    'FREQ=YEARLY;BYMONTH=1,6',
    'FREQ=YEARLY;BYYEARDAY=152',
    'FREQ=YEARLY;BYWEEKNO=22',
    'FREQ=YEARLY;INTERVAL=9',
    'FREQ=WEEKLY;BYDAY=MO',
  ]) {
    it(`refuses ${rule} by name`, () => {
      expect(outlookRefusal(series(rule), zone))
        .to.be.a('string')
        .that.includes(rule.split(';')[0]);
    });
  }

  it('refuses several rules and extra dates by name', () => {
    expect(outlookRefusal(series('FREQ=DAILY', 'FREQ=WEEKLY'), zone)).to.include('several rules');
    const extra = { rules: ['FREQ=DAILY'], extraDates: [zoned('2027-06-01T12:00', 'Europe/Berlin')] };
    expect(outlookRefusal({ ...series('FREQ=DAILY'), series: extra }, zone)).to.include('RDATE');
  });

  it('ends with the last day on which an occurrence still begins in time', () => {
    const until = (text: string) =>
      createBody(projectOutlook(series(`FREQ=DAILY;UNTIL=${text}`), zone), { createId, mark }).recurrence?.range
        .endDate;
    expect(until('20270610T070000Z')).to.equal('2027-06-10');
    expect(until('20270610T065959Z')).to.equal('2027-06-09');
  });
});
