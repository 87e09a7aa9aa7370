/** How one calendar object of another program is read: times, busy, answers, and what cannot be read. */
import { expect } from 'chai';
import type { Mapped, Unmappable } from '../../mappings/caldav.ts';
import { fromICalendar } from '../../mappings/caldav.ts';
import { spanOf } from '../../src/domain/series.ts';
import type { Span, Zone } from '../../src/domain/time.ts';
import { formatInstant } from '../../src/domain/time.ts';
import { linesOf, phoneObject, vcalendar, vevent } from '../kit/ical-text.ts';

const berlin = 'Europe/Berlin' as Zone;
const any = (text: string, floatingZone = berlin) =>
  fromICalendar(text, { ownAddresses: ['tech@example.com'], floatingZone });
function mapped(text: string): Mapped {
  const result = any(text);
  if (result.kind !== 'mapped') throw new Error(result.why);
  return result;
}
function refused(text: string): Unmappable {
  const result = any(text);
  if (result.kind !== 'unmappable') throw new Error('it was mapped');
  return result;
}
const shown = (span: Span | null) => span && `${formatInstant(span.start)}/${formatInstant(span.end)}`;
const spanIn = (...lines: string[]) => shown(spanOf(mapped(vevent(...lines)).fields, berlin));
const start = 'DTSTART;TZID=Europe/Berlin:20270301T100000';

describe('the time of an event', () => {
  const cases: readonly [situation: string, lines: readonly string[], span: string][] = [
    ['in UTC', ['DTSTART:20270301T090000Z', 'DTEND:20270301T100000Z'], '2027-03-01T09:00:00Z/2027-03-01T10:00:00Z'],
    ['in a zone', [start, 'DTEND;TZID=Europe/Berlin:20270301T110000'], '2027-03-01T09:00:00Z/2027-03-01T10:00:00Z'],
    [
      'with the default parameter written out',
      ['DTSTART;VALUE=DATE-TIME:20270301T090000Z'],
      '2027-03-01T09:00:00Z/2027-03-01T09:00:00Z',
    ],
    [
      'ending in another zone',
      [start, 'DTEND;TZID=America/New_York:20270301T060000'],
      '2027-03-01T09:00:00Z/2027-03-01T11:00:00Z',
    ],
    [
      'floating, in the zone of the calendar',
      ['DTSTART:20270301T100000', 'DTEND:20270301T110000'],
      '2027-03-01T09:00:00Z/2027-03-01T10:00:00Z',
    ],
    ['of one day without an end', ['DTSTART;VALUE=DATE:20270328'], '2027-03-27T23:00:00Z/2027-03-28T22:00:00Z'],
    [
      'of days, the end excluded',
      ['DTSTART;VALUE=DATE:20270328', 'DTEND;VALUE=DATE:20270330'],
      '2027-03-27T23:00:00Z/2027-03-29T22:00:00Z',
    ],
    [
      'of a day that ends on itself',
      ['DTSTART;VALUE=DATE:20270301', 'DTEND;VALUE=DATE:20270301'],
      '2027-02-28T23:00:00Z/2027-03-01T23:00:00Z',
    ],
    ['of a day without VALUE', ['DTSTART:20270301'], '2027-02-28T23:00:00Z/2027-03-01T23:00:00Z'],
    ['without an end', [start], '2027-03-01T09:00:00Z/2027-03-01T09:00:00Z'],
    ['that ends before it starts', [start, 'DTEND:20270301T080000Z'], '2027-03-01T09:00:00Z/2027-03-01T09:00:00Z'],
    ['with a length', [start, 'DURATION:PT1H30M'], '2027-03-01T09:00:00Z/2027-03-01T10:30:00Z'],
    [
      'with a length of a day over summer time',
      ['DTSTART;TZID=Europe/Berlin:20270327T120000', 'DURATION:P1D'],
      '2027-03-27T11:00:00Z/2027-03-28T10:00:00Z',
    ],
    [
      'with a length of 24 hours over summer time',
      ['DTSTART;TZID=Europe/Berlin:20270327T120000', 'DURATION:PT24H'],
      '2027-03-27T11:00:00Z/2027-03-28T11:00:00Z',
    ],
    [
      'with a length of weeks',
      ['DTSTART;VALUE=DATE:20270301', 'DURATION:P1W'],
      '2027-02-28T23:00:00Z/2027-03-07T23:00:00Z',
    ],
    ['with a negative length', [start, 'DURATION:-PT1H'], '2027-03-01T09:00:00Z/2027-03-01T09:00:00Z'],
    [
      'in the hour that summer time skips',
      ['DTSTART;TZID=Europe/Berlin:20270328T023000', 'DTEND;TZID=Europe/Berlin:20270328T033000'],
      '2027-03-28T01:30:00Z/2027-03-28T02:30:00Z',
    ],
    [
      'in the hour that comes twice',
      ['DTSTART;TZID=Europe/Berlin:20271031T023000'],
      '2027-10-31T00:30:00Z/2027-10-31T00:30:00Z',
    ],
    [
      'under a Windows name',
      ['DTSTART;TZID="W. Europe Standard Time":20270301T100000'],
      '2027-03-01T09:00:00Z/2027-03-01T09:00:00Z',
    ],
    [
      'under a prefixed name',
      ['DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20270301T100000'],
      '2027-03-01T09:00:00Z/2027-03-01T09:00:00Z',
    ],
    [
      'that starts on a day and ends at a time',
      ['DTSTART;VALUE=DATE:20270301', 'DTEND:20270302T100000'],
      '2027-02-28T23:00:00Z/2027-03-02T23:00:00Z',
    ],
    [
      'that starts at a time and ends on a day',
      [start, 'DTEND;VALUE=DATE:20270302'],
      '2027-03-01T09:00:00Z/2027-03-01T23:00:00Z',
    ],
    [
      'whose end cannot be read but whose length can',
      [start, 'DTEND:soon', 'DURATION:PT1H'],
      '2027-03-01T09:00:00Z/2027-03-01T10:00:00Z',
    ],
  ];
  for (const [situation, lines, span] of cases) {
    it(`is read ${situation}`, () => expect(spanIn(...lines)).to.equal(span));
  }

  it('stays a day, and stays floating', () => {
    expect(mapped(vevent('DTSTART;VALUE=DATE:20270301')).fields.start).to.deep.equal({
      kind: 'date',
      day: '2027-03-01',
    });
    expect(mapped(vevent('DTSTART:20270301T100000')).fields.start.kind).to.equal('floating');
  });

  it('takes the name of a zone before the rules that the object has for it', () => {
    const stale = [
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Berlin',
      'BEGIN:STANDARD',
      'DTSTART:20270101T000000',
      'TZOFFSETFROM:+0900',
      'TZOFFSETTO:+0900',
      'END:STANDARD',
      'END:VTIMEZONE',
    ];
    const text = vcalendar(...stale, 'BEGIN:VEVENT', 'UID:a', start, 'END:VEVENT');
    expect(shown(spanOf(mapped(text).fields, berlin))).to.equal('2027-03-01T09:00:00Z/2027-03-01T09:00:00Z');
  });
});

describe('a time zone that nobody knows', () => {
  const observance = (kind: string, from: string, to: string, begin: string, rule: string) => [
    `BEGIN:${kind}`,
    `DTSTART:${begin}`,
    `TZOFFSETFROM:${from}`,
    `TZOFFSETTO:${to}`,
    ...(rule === '' ? [] : [`RRULE:${rule}`]),
    `END:${kind}`,
  ];
  const zoneOf = (...inner: string[]) => ['BEGIN:VTIMEZONE', 'TZID:Customized', ...inner, 'END:VTIMEZONE'];
  const event = (...lines: string[]) => [
    'BEGIN:VEVENT',
    'UID:a',
    'DTSTART;TZID=Customized:20270701T100000',
    ...lines,
    'END:VEVENT',
  ];
  const newYork = zoneOf(
    ...observance('STANDARD', '-0400', '-0500', '16010101T020000', 'FREQ=YEARLY;BYDAY=1SU;BYMONTH=11'),
    ...observance('DAYLIGHT', '-0500', '-0400', '16010101T020000', 'FREQ=YEARLY;BYDAY=2SU;BYMONTH=3'),
  );

  it('is the known zone that behaves like its rules', () => {
    const { start: read } = mapped(vcalendar(...newYork, ...event())).fields;
    expect(read.kind === 'zoned' && read.wall).to.equal('2027-07-01T10:00:00');
    expect(shown(spanOf({ start: read, end: read }, berlin))).to.match(/^2027-07-01T14:00:00Z/);
  });

  it('gives the moment by its own rules when no zone is like it, but not a series', () => {
    const strange = zoneOf(
      ...observance('STANDARD', '+0313', '+0207', '20200101T000000', 'FREQ=YEARLY'),
      ...observance('DAYLIGHT', '+0207', '+0313', '20200501T000000', 'FREQ=YEARLY'),
    );
    const single = mapped(vcalendar(...strange, ...event()));
    expect(single.fields.start).to.deep.equal({ kind: 'zoned', wall: '2027-07-01T06:47:00', zone: 'UTC' });
    expect(single.notes).to.have.length(1);
    const series = refused(vcalendar(...strange, ...event('RRULE:FREQ=DAILY')));
    expect(shown(series.span)).to.match(/^2027-07-01T06:47:00Z/);
  });

  it('is local time, with a note, when it has no rules', () => {
    const read = mapped(vcalendar(...event()));
    expect(read.fields.start).to.deep.equal({ kind: 'floating', wall: '2027-07-01T10:00:00' });
    expect(read.notes[0]).to.contain('Customized');
  });
});

describe('what an event blocks', () => {
  const fields = (...lines: string[]) => mapped(vevent(start, ...lines)).fields;
  it('follows TRANSP first and the busy status of Outlook where TRANSP is missing', () => {
    expect(fields().busy).to.equal('busy');
    expect(fields('TRANSP:TRANSPARENT').busy).to.equal('free');
    expect(fields('TRANSP:transparent', 'X-MICROSOFT-CDO-BUSYSTATUS:BUSY').busy).to.equal('free');
    expect(fields('X-MICROSOFT-CDO-BUSYSTATUS:FREE').busy).to.equal('free');
    expect(fields('TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE').busy).to.equal('busy');
    expect(fields('X-MICROSOFT-CDO-BUSYSTATUS:OOF').busy).to.equal('away');
    expect(fields('X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE').busy).to.equal('tentative');
    expect(fields('X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE').busy).to.equal('busy');
  });

  it('knows the state and the privacy of an event; an unknown class is private', () => {
    expect(fields('STATUS:CANCELLED').status).to.equal('cancelled');
    expect(fields('STATUS:tentative').status).to.equal('tentative');
    expect(fields('STATUS:SOMETHING').status).to.equal('confirmed');
    for (const word of ['PRIVATE', 'CONFIDENTIAL', 'SECRET'])
      expect(fields(`CLASS:${word}`).privacy).to.equal('private');
    expect(fields('CLASS:PUBLIC').privacy).to.equal('default');
  });

  it('knows the answer of the owner, not of other guests', () => {
    const answer = (parameters: string, address = 'mailto:TECH@example.com') =>
      fields(`ATTENDEE${parameters}:${address}`);
    expect(answer(';PARTSTAT=DECLINED').response).to.equal('declined');
    expect(answer(';CN="Tech; A: B";PARTSTAT=ACCEPTED').response).to.equal('accepted');
    expect(answer(';PARTSTAT=NEEDS-ACTION').response).to.equal('unanswered');
    expect(answer('').response).to.equal('unanswered');
    expect(answer(';PARTSTAT=DELEGATED').response).to.equal('declined');
    expect(answer(';PARTSTAT=TENTATIVE')).to.include({ response: 'accepted', busy: 'tentative' });
    expect(answer(';PARTSTAT=DECLINED', 'mailto:other@example.com').response).to.equal('none');
    expect(answer(';PARTSTAT=DECLINED;EMAIL=tech@example.com', '/principals/7').response).to.equal('declined');
  });
});

describe('an untidy object', () => {
  const text = vevent(start, 'SUMMARY:Caf\\u00e9\\, \\\\ \\; a\\nb\\N', 'DESCRIPTION:fol', ' ded', '\t twice');
  it('has its texts unescaped and unfolded', () => {
    expect(mapped(text).fields).to.include({ title: 'Cafu00e9, \\ ; a\nb\n', description: 'folded twice' });
  });

  it('is read with a byte order mark, bare line feeds, lower case names and lines that are none', () => {
    const untidy = `\ufeff${text.replace(/\r\n/g, '\n').replace('SUMMARY', 'summary').replace('DTSTAMP:', 'garbage\n\nDTSTAMP')}`;
    expect(mapped(untidy).fields).to.deep.equal(mapped(text).fields);
  });

  it('is read when it breaks off after the time, or has a value that nobody can read', () => {
    const cut = phoneObject.slice(0, phoneObject.indexOf('BEGIN:VALARM'));
    expect(mapped(cut).fields.title).to.equal('Wartung, Halle 3');
    const bad = vevent('DTSTAMP:20271345T256199Z', start, 'SEQUENCE:x', 'EXDATE:never', 'GEO:;', 'SUMMARY:ok');
    expect(mapped(bad).fields.title).to.equal('ok');
  });

  it('refuses impossible dates instead of rolling them over', () => {
    for (const value of ['20271345T256199Z', '20270230', '20270301T250000', 'tomorrow', '']) {
      expect(refused(vevent(`DTSTART:${value}`))).to.deep.include({ span: null });
    }
  });

  it('blocks at least an hour where only the end cannot be read', () => {
    expect(shown(refused(vevent(start, 'DTEND:soon')).span)).to.equal('2027-03-01T09:00:00Z/2027-03-01T10:00:00Z');
  });

  it('has no event, and says so', () => {
    for (const none of ['', 'x', '<html>', vcalendar(), vcalendar('BEGIN:VTODO', 'UID:t', 'END:VTODO')]) {
      expect(refused(none)).to.deep.equal({ kind: 'unmappable', why: 'there is no event in it', span: null });
    }
  });

  it('holds several events: their whole stretch is blocked until somebody looks', () => {
    const two = vcalendar(
      ...['BEGIN:VEVENT', 'UID:a', start, 'DURATION:PT1H', 'END:VEVENT'],
      ...['BEGIN:VEVENT', 'UID:b', 'DTSTART:20270302T090000Z', 'DURATION:PT1H', 'END:VEVENT'],
    );
    expect(shown(refused(two).span)).to.equal('2027-03-01T09:00:00Z/2027-03-02T10:00:00Z');
    expect(refused(vevent(start) + vevent('DTSTART:20270302T090000Z')).why).to.contain('several');
  });

  it('says the same thing twice: it is one event', () => {
    expect(mapped(vevent(start, 'SUMMARY:x') + vevent(start, 'SUMMARY:x')).fields.title).to.equal('x');
  });

  it('belongs to nobody else because its mark or UID looks like ours', () => {
    const forged = mapped(vevent(start, 'X-INTERLOCK-MARK:cal_1;2'));
    expect(forged).to.include({ mark: null, createId: null, uid: 'one@example.com' });
    expect(mapped(vevent(start, 'X-INTERLOCK-MARK:evt_abc\\;12')).mark).to.deep.equal({
      eventId: 'evt_abc',
      version: 12,
    });
    expect(linesOf(phoneObject).length).to.be.greaterThan(40);
  });
});
