/** How Google's events read: kinds of events, answers, times and recurrence lines as they come. */
import { expect } from 'chai';
import { fromGoogle, projectGoogle } from '../../mappings/google.ts';
import type { EventFields, InstanceKey } from '../../src/domain/event.ts';
import type { Zone } from '../../src/domain/time.ts';
import { at, someFields, zoned } from '../kit/builders.ts';

const berlin = 'Europe/Berlin' as Zone;
const event = (more: object = {}) => ({
  ...{ id: 'abcde', etag: '"1"', status: 'confirmed' },
  ...{ start: { dateTime: '2027-06-01T12:00:00+02:00', timeZone: 'Europe/Berlin' } },
  ...{ end: { dateTime: '2027-06-01T13:00:00+02:00', timeZone: 'Europe/Berlin' } },
  ...more,
});
function read(more: object, exceptions: readonly object[] = []): EventFields {
  const mapped = fromGoogle(event(more), exceptions, berlin);
  if (mapped.kind === 'unmappable') throw new Error(mapped.why);
  return mapped.fields;
}

describe('an event of Google', () => {
  it('is busy, unnamed and open to all where it says nothing', () => {
    expect(read({})).to.deep.equal(
      someFields({ title: '', start: zoned('2027-06-01T12:00', berlin), end: zoned('2027-06-01T13:00', berlin) }),
    );
  });

  const kinds: readonly [what: object, says: Partial<EventFields>][] = [
    [{ transparency: 'transparent' }, { busy: 'free' }],
    [{ transparency: 'opaque' }, { busy: 'busy' }],
    [{ eventType: 'outOfOffice' }, { busy: 'away' }],
    [{ eventType: 'focusTime' }, { busy: 'busy' }],
    [{ eventType: 'fromGmail' }, { busy: 'busy' }],
    [{ eventType: 'workingLocation' }, { busy: 'free' }],
    [{ eventType: 'birthday' }, { busy: 'free' }],
    [{ eventType: 'aKindOfTomorrow' }, { busy: 'busy' }],
    [{ status: 'tentative' }, { status: 'tentative', busy: 'busy' }],
    [{ visibility: 'private' }, { privacy: 'private' }],
    [{ visibility: 'confidential' }, { privacy: 'private' }],
    [{ visibility: 'public' }, { privacy: 'default' }],
    [{ attendees: [{ self: true, responseStatus: 'declined' }] }, { response: 'declined', busy: 'busy' }],
    [{ attendees: [{ self: true, responseStatus: 'needsAction' }] }, { response: 'unanswered' }],
    [{ attendees: [{ self: true, responseStatus: 'accepted' }] }, { response: 'accepted' }],
    [{ attendees: [{ self: true, responseStatus: 'tentative' }] }, { response: 'accepted', busy: 'tentative' }],
    [{ attendees: [{ self: true }] }, { response: 'unanswered' }],
    [{ attendees: [{ responseStatus: 'declined' }] }, { response: 'none' }],
  ];
  for (const [what, says] of kinds) {
    it(`with ${JSON.stringify(what)} reads as ${JSON.stringify(says)}`, () => {
      expect(read(what)).to.deep.include(says);
    });
  }

  const descriptions: readonly [html: string, text: string][] = [
    ['Ring twice<br>Bring a ladder', 'Ring twice\nBring a ladder'],
    ['<p>Code: <b>4711</b></p><ul><li>valve</li><li>seal &amp; tape</li></ul>', 'Code: 4711\n- valve\n- seal & tape'],
    [
      '<a href="https://example.com/?a=1&amp;b=2" target="_blank">the plan</a>',
      'the plan (https://example.com/?a=1&b=2)',
    ],
    ['<a href="https://example.com/">https://example.com/</a>', 'https://example.com/'],
    ['a < b && c > d, R&amp;D, <unknown>', 'a < b && c > d, R&amp;D, <unknown>'],
    ['<i>&lt;br&gt;</i>', ''],
  ];
  for (const [html, text] of descriptions) {
    it(`with the description ${JSON.stringify(html)} reads ${JSON.stringify(text)}, for good`, () => {
      expect(read({ description: html }).description).to.equal(text);
      expect(read({ description: text }).description).to.equal(text);
    });
  }

  it('lives in its own zone, else in the calendar’s, whatever offset its time is written with', () => {
    const there = { dateTime: '2027-06-01T06:00:00-04:00', timeZone: 'Asia/Tokyo' };
    expect(read({ start: there }).start).to.deep.equal(zoned('2027-06-01T19:00', 'Asia/Tokyo'));
    const bare = { dateTime: '2027-06-01T10:00:00Z' };
    expect(read({ start: bare }).start).to.deep.equal(zoned('2027-06-01T12:00', berlin));
  });

  it('in the second 02:30 of an autumn night keeps its instant', () => {
    const start = { dateTime: '2027-10-31T02:30:00+01:00', timeZone: 'Europe/Berlin' };
    expect(read({ start, end: { dateTime: '2027-10-31T03:30:00+01:00' } }).start).to.deep.equal(
      zoned('2027-10-31T01:30'),
    );
  });

  it('in a zone that nobody knows keeps its instant, but a series there is set aside with its time', () => {
    const start = { dateTime: '2027-06-01T12:00:00+02:00', timeZone: 'Mars/Olympus' };
    expect(read({ start }).start).to.deep.equal(zoned('2027-06-01T10:00'));
    expect(fromGoogle(event({ start, recurrence: ['RRULE:FREQ=DAILY'] }), [], berlin)).to.deep.equal({
      kind: 'unmappable',
      why: 'the series repeats in a time zone that is not known',
      span: { start: at('2027-06-01T10:00:00Z'), end: at('2027-06-01T11:00:00Z') },
    });
  });

  it('of whole days has days and no zone, and its end is the first day after it', () => {
    const { start, end } = read({ start: { date: '2027-06-01' }, end: { date: '2027-06-03' } });
    expect([start, end]).to.deep.equal([
      { kind: 'date', day: '2027-06-01' },
      { kind: 'date', day: '2027-06-03' },
    ]);
  });

  it('without a start, or with a start that makes no sense, is set aside', () => {
    for (const start of [undefined, {}, { date: '2027-02-30' }, { dateTime: 'noon' }]) {
      expect(fromGoogle(event({ start }), [], berlin).kind).to.equal('unmappable');
    }
  });

  const series = (recurrence: readonly string[], exceptions: readonly object[] = []) =>
    read({ recurrence }, exceptions);
  const day = (text: string) => `2027-06-${text}T12:00:00` as InstanceKey;

  it('that repeats has canonical rules, ends in UTC, and dates in the form of its start', () => {
    const lines = [
      'RRULE:WKST=MO;FREQ=WEEKLY;UNTIL=20270801;BYDAY=TU',
      'RDATE;TZID=America/New_York:20270603T060000',
      'RDATE;VALUE=DATE:20270604',
    ];
    expect(series(lines).series).to.deep.equal({
      rules: ['FREQ=WEEKLY;UNTIL=20270801T215959Z;BYDAY=TU'],
      extraDates: [zoned('2027-06-03T12:00', berlin), zoned('2027-06-04T12:00', berlin)],
    });
  });

  it('that repeats has deleted occurrences by EXDATE lines of every spelling', () => {
    const lines = [
      'RRULE:FREQ=DAILY',
      'EXDATE;TZID=Europe/Berlin:20270602T120000,20270603T120000',
      'EXDATE:20270604T100000Z',
      'EXDATE;VALUE=DATE:20270605',
    ];
    expect(Object.keys(series(lines).instances)).to.have.members([day('02'), day('03'), day('04'), day('05')]);
  });

  it('that repeats has changed and cancelled occurrences by their rows, and forgets rows that change nothing', () => {
    const row = (text: string, more: object) => ({
      ...{ id: `x${text}`, etag: '"2"', recurringEventId: 'abcde', status: 'confirmed' },
      originalStartTime: { dateTime: `2027-06-${text}T10:00:00Z` },
      start: { dateTime: `2027-06-${text}T10:00:00Z`, timeZone: 'Europe/Berlin' },
      end: { dateTime: `2027-06-${text}T11:00:00Z`, timeZone: 'Europe/Berlin' },
      ...more,
    });
    const { instances } = series(
      ['RRULE:FREQ=DAILY', 'EXDATE:20270605T100000Z'],
      [
        row('02', { status: 'cancelled', start: undefined, end: undefined }),
        row('03', { summary: 'Other' }),
        row('04', {}),
        row('05', { summary: 'Back' }),
      ],
    );
    expect(instances[day('02')]).to.equal('cancelled');
    expect(instances[day('03')]).to.deep.include({ title: 'Other' });
    expect(instances[day('05')]).to.deep.include({ title: 'Back' });
    expect(Object.keys(instances)).to.have.length(3);
  });

  it('that is cancelled with us but still shown is told to Google as free time', () => {
    expect(projectGoogle(someFields({ status: 'cancelled' }), berlin)).to.deep.include({
      status: 'confirmed',
      busy: 'free',
    });
  });

  it('without length is told to Google as one of a minute', () => {
    const moment = someFields({ end: zoned('2027-06-01T10:00') });
    expect(projectGoogle(moment, berlin).end).to.deep.equal(zoned('2027-06-01T10:01'));
    const inverted = someFields({ end: zoned('2027-06-01T09:00') });
    expect(projectGoogle(inverted, berlin).end).to.deep.equal(zoned('2027-06-01T10:01'));
  });

  it('shows an id of ours only beside our mark', () => {
    const id = '0123456789abcdefghijklmnopqrstuv';
    const marked = { id, extendedProperties: { private: { interlockMark: 'evt_0123456789abcdefghij;3' } } };
    expect(fromGoogle(event(marked), [], berlin)).to.deep.include({
      createId: id,
      mark: { eventId: 'evt_0123456789abcdefghij', version: 3 },
    });
    expect(fromGoogle(event({ id }), [], berlin)).to.deep.include({ createId: null, mark: null });
    expect(fromGoogle(event({ ...marked, id: 'abcde' }), [], berlin)).to.deep.include({ createId: null });
  });
});
