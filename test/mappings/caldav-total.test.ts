/** The iCalendar mapping takes any text, and another program reads what it writes. */
import { expect } from 'chai';
import fc from 'fast-check';
import ICAL from 'ical.js';
import { editICalendar, fromICalendar, newICalendar, projectICalendar } from '../../mappings/caldav.ts';
import { plainUnits } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import { expand } from '../../src/domain/series.ts';
import type { Zone } from '../../src/domain/time.ts';
import { anyFields } from '../kit/arbitrary-fields.ts';
import { at, someFields } from '../kit/builders.ts';
import { cases } from '../kit/fuzz.ts';
import { linesOf, phoneObject, vcalendar, vevent } from '../kit/ical-text.ts';

const floatingZone = 'Europe/Berlin' as Zone;
const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const now = at('2027-05-01T00:00:00Z');
const window = { start: at('2027-01-01T00:00:00Z'), end: at('2027-06-01T00:00:00Z') };

/** Reads, expands and edits; a failure that was caught inside counts as one. */
function digest(text: string): void {
  const result = fromICalendar(text, { ownAddresses: ['tech@example.com'], floatingZone });
  if (result.kind === 'unmappable') {
    expect(result.why).not.to.match(/^reading failed/);
    return;
  }
  expand(result.fields, window, floatingZone, { maxOccurrences: 50 });
  expect(projectICalendar(result.fields, floatingZone).start).to.have.property('kind');
  const edited = editICalendar(text, someFields({ title: 'x' }), plainUnits, { mark, now, floatingZone });
  if (edited === null) return;
  const again = fromICalendar(edited, { ownAddresses: [], floatingZone });
  expect(again).to.have.nested.property('fields.title', 'x');
}

const sources = [
  phoneObject,
  vevent('DTSTART;VALUE=DATE:20270301', 'RDATE;VALUE=PERIOD:20270301T090000Z/PT1H', 'RRULE:FREQ=YEARLY;COUNT=3'),
  vevent('DTSTART;TZID=Odd:20270301T100000', 'DURATION:P1DT2H', 'RRULE:FREQ=HOURLY;UNTIL=20270302'),
  vcalendar(...['BEGIN:VEVENT', 'RECURRENCE-ID;RANGE=THISANDFUTURE:20270301', 'DTSTART:20270301', 'END:VEVENT']),
];
const token = fc.constantFrom(
  ...['\r\n', '\n ', ';', ':', '"', ',', '\\', 'Z', '/', '-P99999D', 'PT99999999S', '99991231T235959', '00010101'],
  ...['END:VEVENT\r\n', 'BEGIN:VEVENT\r\n', 'END:VCALENDAR\r\n', 'RRULE:FREQ=SECONDLY\r\n', 'EXDATE:99991231\r\n'],
  ...[
    'RRULE:FREQ=MONTHLY;COUNT=999999;BYMONTHDAY=31;BYMONTH=2\r\n',
    'DTEND:99991231T235959Z\r\n',
    'DURATION:P9999W\r\n',
  ],
  ...[
    'RECURRENCE-ID:20270308T100000\r\n',
    ';TZID=Asia/Tokyo',
    ';VALUE=DATE',
    ';RANGE=THISANDFUTURE',
    '__proto__',
    '\u0000',
  ],
);
const edits = fc.array(fc.record({ place: fc.nat(4000), remove: fc.nat(30), insert: fc.oneof(token, fc.string()) }), {
  minLength: 1,
  maxLength: 6,
});

describe('invariant 16: any text at all', () => {
  it('is read or refused, never thrown upon', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), digest), { numRuns: cases(1000) });
    const lines = fc.array(fc.oneof(token, fc.constantFrom(...linesOf(phoneObject))), { maxLength: 40 });
    fc.assert(
      fc.property(lines, (parts) => digest(parts.join(''))),
      { numRuns: cases(1500) },
    );
  }).timeout(3_600_000);

  it('is read where a series lasts beyond the last year that can be written', () => {
    const lines = ['DTEND:99991231T235959Z', 'DTSTART:19701025T030000', 'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3'];
    digest(['BEGIN:VEVENT', ...lines, ''].join('\r\n'));
    digest(vevent(...lines));
  });

  it('is read or refused when a real object was damaged', () => {
    const damaged = fc.tuple(fc.constantFrom(...sources), edits).map(([text, list]) =>
      list.reduce((now, { place, remove, insert }) => {
        const at = place % (now.length + 1);
        return now.slice(0, at) + insert + now.slice(at + remove);
      }, text),
    );
    fc.assert(fc.property(damaged, digest), { numRuns: cases(2500) });
  }).timeout(3_600_000);

  it('may be nested without end, be one long line, or hold very many components', () => {
    digest('BEGIN:VEVENT\r\n'.repeat(20_000));
    digest(vevent(`DTSTART:20270301T100000Z`, `SUMMARY:${'"'.repeat(100_000)}`));
    digest(vcalendar(...Array.from({ length: 20_000 }, (_, k) => `BEGIN:VEVENT\r\nUID:${k % 2}\r\nEND:VEVENT`)));
    digest(
      vevent(
        `DTSTART${';'.repeat(50_000)}${' '.repeat(50_000)}=x:20270301`,
        `X-INTERLOCK-MARK:${' '.repeat(100_000)}x`,
      ),
    );
    digest(
      vevent(
        'DTSTART:20270301',
        `RDATE:${'20270301T000000,'.repeat(20_000)}`,
        `RRULE:FREQ=DAILY;BYHOUR=${'1,'.repeat(20_000)}`,
      ),
    );
  });
});

describe('what we write', () => {
  it('is read by another library with the same texts and times', () => {
    fc.assert(
      fc.property(anyFields, (fields) => {
        const projected = projectICalendar(fields, floatingZone);
        const text = newICalendar(fields, { uid: 'a@interlock', mark, now, floatingZone });
        const [master, ...others] = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent');
        const event = new ICAL.Event(master!);
        expect([event.uid, event.summary ?? '', event.description ?? '', event.location ?? '']).to.deep.equal([
          'a@interlock',
          projected.title,
          projected.description,
          projected.location,
        ]);
        const { start } = projected;
        expect(event.startDate.isDate).to.equal(start.kind === 'date');
        expect(event.startDate.toString().replace('Z', '')).to.equal(start.kind === 'date' ? start.day : start.wall);
        expect(others).to.have.length(Object.values(projected.instances).filter((i) => i !== 'cancelled').length);
      }),
      { numRuns: 300 },
    );
  });
});
