/** How series of other programs are read: rules, deleted and changed occurrences in every spelling. */
import { expect } from 'chai';
import { fromICalendar } from '../../mappings/caldav.ts';
import { expand } from '../../src/domain/series.ts';
import type { Zone } from '../../src/domain/time.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { at } from '../kit/builders.ts';
import { phoneObject, vcalendar } from '../kit/ical-text.ts';

const berlin = 'Europe/Berlin' as Zone;
const read = (text: string) => fromICalendar(text, { ownAddresses: [], floatingZone: berlin });
function fieldsOf(text: string) {
  const result = read(text);
  if (result.kind !== 'mapped') throw new Error(result.why);
  return result.fields;
}
const weekly = ['DTSTART;TZID=Europe/Berlin:20270301T100000', 'DURATION:PT1H', 'RRULE:FREQ=WEEKLY;COUNT=5'];
const master = (...lines: string[]) => ['BEGIN:VEVENT', 'UID:s', 'SUMMARY:Visit', ...lines, 'END:VEVENT'];
const override = (original: string, ...lines: string[]) => [
  'BEGIN:VEVENT',
  'UID:s',
  `RECURRENCE-ID${original}`,
  'SUMMARY:Changed',
  ...lines,
  'END:VEVENT',
];
const starts = (text: string) => {
  const window = { start: at('2027-01-01T00:00:00Z'), end: at('2028-01-01T00:00:00Z') };
  return expand(fieldsOf(text), window, berlin).occurrences.map((o) => formatInstant(o.span.start));
};
const onDays = (...days: string[]) => days.map((day) => `2027-${day}:00:00Z`);

describe('a series of another program', () => {
  it('is read with its rule in canonical order and its occurrences by original start', () => {
    const fields = fieldsOf(phoneObject);
    expect(fields.series).to.deep.equal({ rules: ['FREQ=WEEKLY;BYDAY=MO'], extraDates: [] });
    expect(Object.keys(fields.instances)).to.have.members([
      '2027-03-08T10:00:00',
      '2027-03-15T10:00:00',
      '2027-03-22T10:00:00',
    ]);
    expect(starts(phoneObject).slice(0, 3)).to.deep.equal(onDays('03-01T09', '03-22T13', '03-29T08'));
  });

  for (const [spelling, exdate] of [
    ['its zone', ';TZID=Europe/Berlin:20270308T100000'],
    ['UTC', ':20270308T090000Z'],
    ['another zone', ';TZID=America/New_York:20270308T040000'],
    ['no zone', ':20270308T100000'],
    ['a bare day', ';VALUE=DATE:20270308'],
  ]) {
    it(`has an occurrence deleted that is named in ${spelling}`, () => {
      const text = vcalendar(...master(...weekly, `EXDATE${exdate}`));
      expect(fieldsOf(text).instances).to.deep.equal({ '2027-03-08T10:00:00': 'cancelled' });
    });

    it(`has an occurrence moved that is named in ${spelling}`, () => {
      const text = vcalendar(...master(...weekly), ...override(exdate!, 'DTSTART:20270309T120000Z'));
      expect(starts(text)).to.deep.equal(onDays('03-01T09', '03-09T12', '03-15T09', '03-22T09', '03-29T08'));
    });
  }

  it('of whole days is named in local midnight as UTC, or in UTC midnight', () => {
    const text = (value: string) =>
      vcalendar(...master('DTSTART;VALUE=DATE:20270301', 'RRULE:FREQ=DAILY;COUNT=3', `EXDATE:${value}`));
    expect(Object.keys(fieldsOf(text('20270301T230000Z')).instances)).to.deep.equal(['2027-03-02']);
    expect(Object.keys(fieldsOf(text('20270302T000000Z')).instances)).to.deep.equal(['2027-03-02']);
  });

  it('keeps a cancelled occurrence as cancelled, so that it blocks nothing', () => {
    const gone = override(':20270308T090000Z', 'DTSTART:20270308T090000Z', 'STATUS:CANCELLED');
    expect(starts(vcalendar(...master(...weekly), ...gone))).to.have.length(4);
  });

  it('keeps a changed occurrence that is deleted as well: rather too busy than double booked', () => {
    const both = override(':20270308T090000Z', 'DTSTART:20270308T150000Z');
    expect(starts(vcalendar(...master(...weekly, 'EXDATE:20270308T090000Z'), ...both))).to.include(
      '2027-03-08T15:00:00Z',
    );
  });

  it('keeps a changed occurrence that its rule does not know, also where there is no rule', () => {
    const stray = override(':20270310T090000Z', 'DTSTART:20270310T150000Z');
    expect(starts(vcalendar(...master(...weekly), ...stray))).to.have.length(6);
    expect(starts(vcalendar(...master(...weekly.slice(0, 2)), ...stray))).to.deep.equal(onDays('03-01T09', '03-10T15'));
  });

  it('keeps the original time of a changed occurrence that cannot be read, and the length where only its end cannot', () => {
    const broken = override(':20270308T090000Z', 'DTSTART:whenever');
    expect(starts(vcalendar(...master(...weekly), ...broken))).to.include('2027-03-08T09:00:00Z');
    const endless = override(':20270308T090000Z', 'DTSTART:20270308T150000Z', 'DTEND:whenever');
    const [, second] = Object.values(
      fieldsOf(vcalendar(...master(...weekly, 'EXDATE:20270301T090000Z'), ...endless)).instances,
    );
    expect(second).to.deep.include({ end: { kind: 'zoned', wall: '2027-03-08T16:00:00', zone: 'UTC' } });
  });

  it('has its extra dates in the form of its start, periods by their start, and its start though it has no rule', () => {
    const text = vcalendar(
      ...master(
        ...weekly.slice(0, 2),
        'RDATE:20270303T090000Z,20270301T090000Z',
        'RDATE;VALUE=PERIOD:20270304T090000Z/PT4H',
        'RDATE;VALUE=DATE:20270305',
      ),
    );
    expect(starts(text)).to.deep.equal(onDays('03-01T09', '03-03T09', '03-04T09', '03-05T09'));
    expect(read(text)).to.have.nested.property('notes[0]').that.contains('period');
  });

  it('is not read when its rule is none, and its first time is blocked', () => {
    const result = read(vcalendar(...master(...weekly.slice(0, 2), 'RRULE:FREQ=SOMETIMES')));
    expect(result).to.deep.include({
      kind: 'unmappable',
      span: { start: at('2027-03-01T09:00:00Z'), end: at('2027-03-01T10:00:00Z') },
    });
  });

  it('ignores deletions where nothing repeats, an empty rule and an obsolete EXRULE', () => {
    const single = vcalendar(...master(...weekly.slice(0, 2), 'EXDATE:20270308T090000Z', 'RRULE:'));
    expect(fieldsOf(single)).to.deep.include({ series: null, instances: {} });
    expect(read(vcalendar(...master(...weekly, 'EXRULE:FREQ=WEEKLY;INTERVAL=2')))).to.have.nested.property('notes[0]');
    expect(starts(vcalendar(...master(...weekly, 'EXRULE:FREQ=WEEKLY;INTERVAL=2')))).to.have.length(5);
  });
});

describe('a change of this and all later occurrences', () => {
  const later = override(
    ';RANGE=THISANDFUTURE:20270315T090000Z',
    'DTSTART;TZID=Europe/Berlin:20270316T140000',
    'DURATION:PT2H',
  );
  it('moves every later occurrence that was not changed or deleted on its own', () => {
    const own = override(':20270322T090000Z', 'DTSTART:20270322T160000Z');
    const text = vcalendar(...master(...weekly), ...later, ...own);
    expect(starts(text)).to.deep.equal(onDays('03-01T09', '03-08T09', '03-16T13', '03-22T16', '03-30T12'));
  });

  it('of an endless series is not read, and its first time is blocked', () => {
    const result = read(vcalendar(...master(...weekly.slice(0, 2), 'RRULE:FREQ=WEEKLY'), ...later));
    expect(result)
      .to.deep.include({ kind: 'unmappable' })
      .and.have.nested.property('span.start', at('2027-03-01T09:00:00Z'));
  });
});

describe('changed occurrences without their series', () => {
  const first = override(':20270308T090000Z', 'DTSTART:20270308T110000Z', 'DURATION:PT1H');
  const second = override(':20270315T090000Z', 'DTSTART:20270308T090000Z', 'DURATION:PT1H');
  it('are an event of its own when there is one', () => {
    expect(fieldsOf(vcalendar(...first))).to.deep.include({ series: null, instances: {}, title: 'Changed' });
  });

  it('are exactly these occurrences when there are several, even where one took the time of another', () => {
    expect(starts(vcalendar(...first, ...second))).to.deep.equal(onDays('03-08T09', '03-08T11'));
  });
});
