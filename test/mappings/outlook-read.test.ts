/** How Outlook's events read: answers, kinds of time, zones and bodies as they come, and what our own are written like. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createBody, fromRows, projectOutlook, readRow } from '../../mappings/outlook.ts';
import type { EventFields, InstanceKey } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import { type EventTime, utcZone, type Zone } from '../../src/domain/time.ts';
import { anyText } from '../kit/arbitrary-fields.ts';
import { day, someFields, zoned } from '../kit/builders.ts';
import { graphDay, graphMaster, graphSingle } from '../kit/outlook-rows.ts';

const berlin = 'Europe/Berlin' as Zone;
const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const createId = '0123456789abcdefghijklmnopqrstuv';

function map(json: object, exceptions: readonly object[] = [], cancelled: readonly string[] = []) {
  const rows = exceptions.map(readRow).filter((row) => row !== null);
  return fromRows(readRow(json)!, rows, cancelled, berlin);
}
function read(json: object, exceptions: readonly object[] = [], cancelled: readonly string[] = []): EventFields {
  const mapped = map(json, exceptions, cancelled);
  if (mapped.kind === 'unmappable') throw new Error(mapped.why);
  return mapped.fields;
}
const onDay = (text: string): EventTime => ({ kind: 'date', day: day(text) });
const time = (dateTime: string, timeZone = 'UTC') => ({ dateTime, timeZone });
const html = (content: string) => graphSingle('e', { body: { contentType: 'html', content } });

describe('an event of Outlook', () => {
  const kinds: readonly [what: object, says: Partial<EventFields>][] = [
    [{ showAs: 'free' }, { busy: 'free' }],
    [{ showAs: 'workingElsewhere' }, { busy: 'free' }],
    [{ showAs: 'tentative' }, { busy: 'tentative' }],
    [{ showAs: 'oof' }, { busy: 'away' }],
    [{ showAs: 'unknown' }, { busy: 'busy' }],
    [{ showAs: 'aWordOfTomorrow' }, { busy: 'busy' }],
    [{ showAs: null }, { busy: 'busy' }],
    [{ sensitivity: 'private' }, { privacy: 'private' }],
    [{ sensitivity: 'confidential' }, { privacy: 'private' }],
    [{ sensitivity: 'normal' }, { privacy: 'default' }],
    [{ isCancelled: true }, { status: 'cancelled' }],
    [{ responseStatus: { response: 'declined' } }, { response: 'declined' }],
    [{ responseStatus: { response: 'tentativelyAccepted' } }, { response: 'accepted' }],
    [{ responseStatus: { response: 'notResponded' } }, { response: 'unanswered' }],
    [{ responseStatus: { response: 'organizer' } }, { response: 'none' }],
    [{ responseStatus: null }, { response: 'none' }],
    [{ subject: null }, { title: '' }],
    [{ location: { displayName: '' } }, { location: '' }],
    [{ location: null }, { location: '' }],
    [{ body: null }, { description: '' }],
  ];
  for (const [what, says] of kinds) {
    it(`with ${JSON.stringify(what)} reads as ${JSON.stringify(says)}`, () => {
      expect(read(graphSingle('e', what))).to.deep.include(says);
    });
  }

  it('takes the zone of each value by its own name, Windows or IANA, whatever the case', () => {
    for (const name of ['Europe/Berlin', 'europe/berlin', 'W. Europe Standard Time', 'w. europe standard time']) {
      const times = { start: time('2027-06-01T11:00:00.0000000', name), end: time('2027-06-01T10:00:00.0000000') };
      const { start, end } = read(
        graphSingle('e', { ...times, originalStartTimeZone: null, originalEndTimeZone: null }),
      );
      expect(start).to.deep.equal(zoned('2027-06-01T11:00', berlin));
      expect(end).to.deep.equal(zoned('2027-06-01T10:00', 'UTC'));
    }
  });

  it('lives in the zone that its author meant', () => {
    const { start } = read(graphSingle('e', { originalStartTimeZone: 'Tokyo Standard Time' }));
    expect(start).to.deep.equal(zoned('2027-06-01T18:00', 'Asia/Tokyo'));
  });

  it('keeps its instant in a custom zone that nobody can name, and a series there is refused', () => {
    for (const name of ['tzone://Microsoft/Custom', 'Customized Time Zone']) {
      expect(read(graphSingle('e', { originalStartTimeZone: name })).start).to.deep.equal(
        zoned('2027-06-01T09:00', 'UTC'),
      );
      expect(map(graphMaster('m', { originalStartTimeZone: name })))
        .to.include({ kind: 'unmappable' })
        .and.have.property('why')
        .that.includes('time zone');
    }
  });

  it('is no event of a known time when the zone of the value itself is unknown', () => {
    const start = time('2027-06-01T09:00:00.0000000', 'Customized Time Zone');
    expect(map(graphSingle('e', { start }))).to.include({ kind: 'unmappable', span: null });
  });

  it('of whole days is of days, whatever zone stands beside their midnights', () => {
    for (const zone of ['UTC', 'Europe/Amsterdam', 'Pacific/Auckland']) {
      const times = {
        start: time('2027-06-01T00:00:00.0000000', zone),
        end: time('2027-06-03T00:00:00.0000000', zone),
      };
      const { start, end } = read(graphSingle('e', { isAllDay: true, ...times }));
      expect([start, end]).to.deep.equal([onDay('2027-06-01'), onDay('2027-06-03')]);
    }
  });
});

describe('a body of Outlook', () => {
  const pages: readonly [page: string, text: string][] = [
    ['<html><head><title>x</title></head><body>Ring twice</body></html>', 'Ring twice'],
    ['<div>Ring twice</div>\r\n<div>Bring a ladder</div>', 'Ring twice\nBring a ladder'],
    ['One<br>\r\nTwo<br/>Three', 'One\nTwo\nThree'],
    ['<p>R&amp;D &#8211; 5&nbsp;&#x20AC;</p>', 'R&D – 5 €'],
    ['<style>p{color:red}</style><!-- <p>no</p> --><o:p>Yes</o:p>', 'Yes'],
    ['<table><tr><td>Gate</td><td>4711</td></tr></table>', 'Gate 4711'],
    ['<ul><li>valve</li><li>seal</li></ul>', '- valve\n- seal'],
    ['<a href="https://example.com/">the plan</a>', 'the plan (https://example.com/)'],
    ['a<!-- without an end', 'a'],
  ];
  for (const [page, text] of pages) {
    it(`${JSON.stringify(page)} reads ${JSON.stringify(text)}`, () => {
      expect(read(html(page)).description).to.equal(text);
    });
  }

  it('that was text reads back equal out of the page that Exchange made of it', () => {
    const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
    const line = fc.stringMatching(/^[\w&<;#][\w &<;#]{0,8}[\w&<;#]$/).filter((text) => !text.includes('  '));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const { description } = projectOutlook(someFields({ description: lines.join('\n') }), berlin);
        const page = `<html>\r\n<head>\r\n<meta name="x">\r\n</head>\r\n<body>\r\n<div>${escaped(description).replaceAll('\n', '<br>\r\n')}</div>\r\n</body>\r\n</html>`;
        expect(read(html(page)).description).to.equal(description);
      }),
      { numRuns: 300 },
    );
  });

  it('that is text reads back equal, marks of a page within it included', () => {
    const odd = fc.constantFrom('<head>', '</head>', '<!--', '-->', '<body>', '<br>', '&lt;', 'x');
    const text = fc.oneof(
      anyText,
      fc.array(odd, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (description) => {
        const wanted = projectOutlook(someFields({ description }), berlin);
        const { body } = createBody(wanted, { createId, mark });
        expect(read(graphSingle('e', { body })).description).to.equal(wanted.description);
      }),
      { numRuns: 500 },
    );
  });

  it('of a hostile page is read in time', () => {
    for (const piece of ['<!--', '<head ', '<a href="', '&#', '<', ' <br> ', '<style>x</style>']) {
      expect(read(html(piece.repeat(50_000))).description).to.be.a('string');
    }
  }).timeout(20_000);
});

describe('a series of Outlook', () => {
  it('takes out the occurrences that are listed as cancelled, and places a moved one on its original day', () => {
    const moved = graphDay('x', 'm', '2027-06-03', {
      ...{ type: 'exception', subject: 'Moved' },
      ...{ start: time('2027-06-09T12:00:00.0000000'), end: time('2027-06-09T13:00:00.0000000') },
    });
    const { instances } = read(graphMaster('m'), [moved], ['OID.m.with.dots.2027-06-02']);
    expect(instances['2027-06-02T09:00:00' as InstanceKey]).to.equal('cancelled');
    expect(instances['2027-06-03T09:00:00' as InstanceKey]).to.deep.include({
      ...{ title: 'Moved', start: zoned('2027-06-09T12:00', 'UTC') },
    });
    expect(Object.keys(instances)).to.have.length(2);
  });

  it('is refused where its days are counted on another clock than its start', () => {
    const late = { start: time('2027-06-01T23:00:00.0000000'), end: time('2027-06-01T23:30:00.0000000') };
    const tokyo = { originalStartTimeZone: 'Tokyo Standard Time', originalEndTimeZone: 'Tokyo Standard Time' };
    expect(read(graphMaster('m', late)).series?.rules).to.deep.equal(['FREQ=DAILY;COUNT=5']);
    expect(map(graphMaster('m', { ...late, ...tokyo })))
      .to.include({ kind: 'unmappable' })
      .and.have.property('why')
      .that.includes('another clock');
  });

  it('of whole days repeats also where its zone has no name', () => {
    const days = { start: time('2027-06-01T00:00:00.0000000'), end: time('2027-06-02T00:00:00.0000000') };
    const { recurrence } = graphMaster('m') as unknown as { recurrence: { pattern: object; range: object } };
    const nameless = { ...recurrence, range: { ...recurrence.range, recurrenceTimeZone: '' } };
    const { start, series } = read(graphMaster('m', { isAllDay: true, ...days, recurrence: nameless }));
    expect(start).to.deep.equal(onDay('2027-06-01'));
    expect(series?.rules).to.deep.equal(['FREQ=DAILY;COUNT=5']);
  });
});

describe('what is written to Outlook', () => {
  const body = (fields: Partial<EventFields>) =>
    createBody(projectOutlook(someFields(fields), berlin), { createId, mark });

  it('has a title of 255 characters at most and never half of one', () => {
    expect(body({ title: 'x'.repeat(300) }).subject).to.equal('x'.repeat(255));
    expect(body({ title: `${'x'.repeat(254)}👩` }).subject).to.equal('x'.repeat(254));
    expect(body({ title: 'x'.repeat(255) }).subject).to.have.length(255);
  });

  it('names the repeated hour of an autumn night in UTC, the first one as well as the second', () => {
    const first = body({ start: zoned('2027-10-31T02:30', berlin), end: zoned('2027-10-31T03:30', berlin) });
    expect(first.start).to.deep.equal({ dateTime: '2027-10-31T00:30:00', timeZone: 'UTC' });
    expect(first.end).to.deep.equal({ dateTime: '2027-10-31T03:30:00', timeZone: 'W. Europe Standard Time' });
    const second = body({ start: zoned('2027-10-31T01:30', utcZone), end: zoned('2027-10-31T03:30', berlin) });
    expect(second.start).to.deep.equal({ dateTime: '2027-10-31T01:30:00', timeZone: 'UTC' });
  });

  it('says whole days as midnights of one zone', () => {
    expect(body({ start: onDay('2027-06-01'), end: onDay('2027-06-02') })).to.deep.include({
      ...{ isAllDay: true, start: { dateTime: '2027-06-01T00:00:00', timeZone: 'UTC' } },
      end: { dateTime: '2027-06-02T00:00:00', timeZone: 'UTC' },
    });
  });

  it('has a length, since Outlook shows nothing of what has none', () => {
    const at = zoned('2027-06-01T10:00', berlin);
    expect(body({ start: at, end: at }).end?.dateTime).to.equal('2027-06-01T10:01:00');
  });

  it('names zones as Windows does where clocks moved in late years', () => {
    const times = (zone: string) => ({ start: zoned('2027-06-01T10:00', zone), end: zoned('2027-06-01T11:00', zone) });
    expect(body(times('America/Chihuahua')).start?.timeZone).to.equal('Central Standard Time (Mexico)');
    expect(body(times('Europe/Vienna')).start).to.deep.equal({
      ...{ dateTime: '2027-06-01T10:00:00', timeZone: 'W. Europe Standard Time' },
    });
  });
});
