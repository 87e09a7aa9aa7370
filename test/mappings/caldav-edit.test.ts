/** Editing another program's object: what we change, and that all the rest keeps its bytes. */
import { expect } from 'chai';
import { editICalendar, fromICalendar, newICalendar } from '../../mappings/caldav.ts';
import type { EventFields, InstanceFields, MergeUnit } from '../../src/domain/event.ts';
import { diffUnits, instanceUnit } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import type { Zone } from '../../src/domain/time.ts';
import { at, someFields, zoned } from '../kit/builders.ts';
import { linesOf, phoneObject, vcalendar, vevent } from '../kit/ical-text.ts';

const berlin = 'Europe/Berlin' as Zone;
const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const now = at('2027-05-01T08:09:10Z');

function read(text: string): EventFields {
  const result = fromICalendar(text, { ownAddresses: [], floatingZone: berlin });
  if (result.kind !== 'mapped') throw new Error(result.why);
  return result.fields;
}
function edit(
  text: string,
  change: Partial<EventFields>,
  units: readonly MergeUnit[],
  withMark: typeof mark | null = null,
) {
  const edited = editICalendar(text, { ...read(text), ...change }, units, {
    mark: withMark,
    now,
    floatingZone: berlin,
  });
  if (edited === null) throw new Error('it cannot be edited');
  return edited;
}
/** Lines that are gone and lines that are new, as `-` and `+`. */
function changes(before: string, after: string): string[] {
  const [old, next] = [linesOf(before), linesOf(after)];
  const gone = old.filter((line) => !next.includes(line)).map((line) => `-${line.trimEnd()}`);
  return [...gone, ...next.filter((line) => !old.includes(line)).map((line) => `+${line.trimEnd()}`)];
}
const stamps = ['-DTSTAMP:20270101T120000Z', '+DTSTAMP:20270501T080910Z', '+LAST-MODIFIED:20270501T080910Z'];
const key = (text: string) => text as keyof EventFields['instances'];
const occurrence = (over: Partial<InstanceFields>): InstanceFields => {
  const { series: _series, instances: _instances, ...own } = read(phoneObject);
  return { ...own, start: zoned('2027-03-29T12:00', berlin), end: zoned('2027-03-29T13:30', berlin), ...over };
};

describe('editing a stored object', () => {
  it('without units gives the same bytes, whatever the text is', () => {
    for (const text of [phoneObject, '', 'garbage', '\ufeffBEGIN:VEVENT\nX', phoneObject.slice(0, 900)]) {
      expect(editICalendar(text, someFields(), [], { mark, now })).to.equal(text);
    }
  });

  const cases: readonly [unit: MergeUnit, change: Partial<EventFields>, expected: readonly string[]][] = [
    ['what', { title: 'Neu; jetzt' }, ['-SUMMARY;LANGUAGE=de:Wartung\\, Halle 3', '+SUMMARY:Neu\\; jetzt']],
    [
      'what',
      { description: 'a\nb' },
      ['-DESCRIPTION:Bitte\\nklingeln', '-X-ALT-DESC;FMTTYPE=text/html:<b>Bitte</b>', '+DESCRIPTION:a\\nb'],
    ],
    ['where', { location: '' }, ['-LOCATION:Musterweg 1']],
    ['status', { status: 'tentative' }, ['-SEQUENCE:4', '+SEQUENCE:5', '+STATUS:TENTATIVE']],
    ['privacy', { privacy: 'private' }, ['+CLASS:PRIVATE']],
    ['busy', { busy: 'away' }, ['+TRANSP:OPAQUE', '+X-MICROSOFT-CDO-BUSYSTATUS:OOF']],
    [
      'when',
      { end: zoned('2027-03-01T12:00', berlin) },
      ['-DURATION:PT1H30M', '-SEQUENCE:4', '+DTEND;TZID=Europe/Berlin:20270301T120000', '+SEQUENCE:5'],
    ],
    [
      'when',
      { series: { rules: ['FREQ=DAILY'], extraDates: [] } },
      ['-RRULE:WKST=MO;FREQ=WEEKLY;BYDAY=MO', '+RRULE:FREQ=DAILY'],
    ],
  ];
  for (const [unit, change, expected] of cases) {
    it(`writes ${unit} (${Object.keys(change)}) and nothing else`, () => {
      const found = changes(phoneObject, edit(phoneObject, change, [unit]));
      // SEQUENCE:5 is in the text already, in the changed occurrence.
      const wanted = [...stamps, ...expected, ...(unit === 'when' ? ['-SEQUENCE:4'] : [])].filter(
        (line) => line !== '+SEQUENCE:5',
      );
      expect(found).to.have.members([...new Set(wanted)]);
    });
  }

  it('keeps every property that says the same already', () => {
    const units: MergeUnit[] = ['when', 'what', 'where', 'status', 'privacy'];
    expect(changes(phoneObject, edit(phoneObject, {}, units))).to.have.members([...stamps, '-SEQUENCE:4']);
  });

  it('sets the mark in the master only, in place when there is one', () => {
    const once = edit(phoneObject, {}, ['what'], mark);
    const twice = edit(once, {}, ['what'], { ...mark, version: 8 });
    expect(once.match(/X-INTERLOCK-MARK:.*/g)).to.deep.equal(['X-INTERLOCK-MARK:evt_0123456789abcdefghij;7']);
    expect(changes(once, twice)).to.deep.equal([
      '-X-INTERLOCK-MARK:evt_0123456789abcdefghij;7',
      '+X-INTERLOCK-MARK:evt_0123456789abcdefghij;8',
    ]);
  });

  it('keeps bare line feeds and a byte order mark', () => {
    const bare = `\ufeff${phoneObject.replaceAll('\r\n', '\n')}`;
    const edited = edit(bare, { title: 'x'.repeat(100) }, ['what']);
    expect(edited).not.to.contain('\r');
    expect(edited.startsWith('\ufeffBEGIN:VCALENDAR\n')).to.equal(true);
    expect(read(edited).title).to.equal('x'.repeat(100));
  });

  it('describes a zone that the object did not have yet, and only then', () => {
    const moved = {
      start: zoned('2027-03-01T10:00', 'America/New_York'),
      end: zoned('2027-03-01T11:00', 'America/New_York'),
    };
    const edited = edit(vevent('DTSTART:20270301T090000Z', 'DTEND:20270301T100000Z'), moved, ['when']);
    expect(edited.match(/TZID:America\/New_York/g)).to.have.length(1);
    expect(
      edit(edited, { ...moved, end: zoned('2027-03-01T12:00', 'America/New_York') }, ['when']).match(
        /BEGIN:VTIMEZONE/g,
      ),
    ).to.have.length(1);
  });

  it('gives null for a text that breaks off, holds no event or several, and does not guess', () => {
    const options = { mark, now };
    const several = vcalendar(
      ...['BEGIN:VEVENT', 'UID:a', 'DTSTART:20270301T090000Z', 'END:VEVENT'],
      ...['BEGIN:VEVENT', 'UID:b', 'DTSTART:20270301T090000Z', 'END:VEVENT'],
    );
    for (const text of [
      '',
      'garbage',
      vcalendar(),
      several,
      vevent('SUMMARY:no time'),
      phoneObject.slice(0, -20),
      phoneObject.slice(0, 900),
    ]) {
      expect(editICalendar(text, someFields(), ['what'], options)).to.equal(null);
    }
  });
});

describe('editing occurrences of a stored series', () => {
  it('deletes one by an EXDATE in the form of the start', () => {
    const instances = { ...read(phoneObject).instances, [key('2027-03-29T10:00:00')]: 'cancelled' as const };
    const found = changes(
      phoneObject,
      edit(phoneObject, { instances }, [instanceUnit('2027-03-29T10:00:00' as never)]),
    );
    expect(found)
      .to.include('+EXDATE;TZID=Europe/Berlin:20270329T100000')
      .and.to.have.length(stamps.length + 2);
  });

  it('brings one back out of a line that deletes several', () => {
    const { [key('2027-03-08T10:00:00')]: _gone, ...instances } = read(phoneObject).instances;
    const edited = edit(phoneObject, { instances }, [instanceUnit('2027-03-08T10:00:00' as never)]);
    expect(edited).to.contain('EXDATE;TZID=Europe/Berlin:20270315T100000\r\n').and.not.to.contain('20270308');
    expect(read(edited).instances).to.deep.equal(instances);
  });

  it('changes one that was changed before, in its own component and under its own spelling', () => {
    const at22 = read(phoneObject).instances[key('2027-03-22T10:00:00')] as InstanceFields;
    const instances = { ...read(phoneObject).instances, [key('2027-03-22T10:00:00')]: { ...at22, title: 'Again' } };
    const edited = edit(phoneObject, { instances }, [instanceUnit('2027-03-22T10:00:00' as never)]);
    expect(edited)
      .to.contain('RECURRENCE-ID:20270322T090000Z')
      .and.to.contain('X-OVERRIDE:yes')
      .and.to.contain('SUMMARY:Again');
    expect(edited.match(/BEGIN:VEVENT/g)).to.have.length(2);
    expect(read(edited).instances).to.deep.equal(instances);
  });

  it('changes a fresh one as a copy of the master with its guests and alarms, without its rule and mark', () => {
    const instances = { ...read(phoneObject).instances, [key('2027-03-29T10:00:00')]: occurrence({ title: 'Later' }) };
    const edited = edit(phoneObject, { instances }, [instanceUnit('2027-03-29T10:00:00' as never)], mark);
    const [, , , fresh = ''] = edited.split('BEGIN:VEVENT');
    expect(fresh)
      .to.contain('RECURRENCE-ID;TZID=Europe/Berlin:20270329T100000')
      .and.to.contain('X-VENDOR')
      .and.to.contain('VALARM');
    expect(fresh)
      .to.contain('PARTSTAT=ACCEPTED')
      .and.not.to.match(/RRULE|EXDATE|INTERLOCK/);
    expect(read(edited).instances).to.deep.equal(instances);
  });

  it('deletes one that was changed before: its component goes', () => {
    const instances = { ...read(phoneObject).instances, [key('2027-03-22T10:00:00')]: 'cancelled' as const };
    const edited = edit(phoneObject, { instances }, [instanceUnit('2027-03-22T10:00:00' as never)]);
    expect(edited).not.to.contain('X-OVERRIDE');
    expect(read(edited).instances).to.deep.equal(instances);
  });

  it('writes out a change of all later ones once one of them is edited', () => {
    const ranged = phoneObject
      .replace('RECURRENCE-ID:', 'RECURRENCE-ID;RANGE=THISANDFUTURE:')
      .replace('FREQ=WEEKLY;', 'FREQ=WEEKLY;COUNT=7;');
    const instances = { ...read(ranged).instances, [key('2027-04-05T10:00:00')]: 'cancelled' as const };
    const edited = edit(ranged, { instances }, [instanceUnit('2027-04-05T10:00:00' as never)]);
    expect(edited).not.to.contain('RANGE');
    expect(read(edited).instances).to.deep.equal(instances);
  });

  it('renames every occurrence when the series moves to another zone, and deletes the one that goes', () => {
    const [changed, deleted] = [key('2027-03-22T10:00:00'), key('2027-03-15T10:00:00')];
    const before = read(phoneObject).instances;
    const times = {
      start: zoned('2027-03-01T10:00', 'Asia/Kathmandu'),
      end: zoned('2027-03-01T11:30', 'Asia/Kathmandu'),
    };
    for (const instances of [
      { [deleted]: before[deleted]!, [changed]: before[changed]! },
      { [changed]: 'cancelled' as const },
    ]) {
      const fields = { ...read(phoneObject), ...times, instances };
      const edited = edit(phoneObject, fields, diffUnits(read(phoneObject), fields));
      expect(read(edited)).to.deep.equal(fields);
      expect(edited).to.contain('X-VENDOR;X-P="q;:,":keep   me  \r\n');
    }
  });

  it('edits the texts of single occurrences without their series, but gives them no new time', () => {
    const two = ['20270308', '20270315'].flatMap((day) => [
      ...['BEGIN:VEVENT', 'UID:s', `RECURRENCE-ID:${day}T090000Z`, `DTSTART:${day}T090000Z`, 'SUMMARY:x', 'END:VEVENT'],
    ]);
    const text = vcalendar(...two);
    expect(editICalendar(text, read(text), ['when'], { mark, now })).to.equal(null);
    const { [key('2027-03-15T09:00:00')]: _gone, ...instances } = read(text).instances;
    const edited = edit(text, { instances }, [instanceUnit('2027-03-15T09:00:00' as never)]);
    expect(edited.match(/BEGIN:VEVENT/g)).to.have.length(1);
    expect(edit(vcalendar(...two.slice(0, 6)), { title: 'y' }, ['what'])).to.contain('SUMMARY:y');
  });
});

describe('a new object of ours', () => {
  it('has no organizer, guests, alarms or method', () => {
    const text = newICalendar(someFields({ response: 'accepted' }), { uid: 'x@interlock', mark, now });
    expect(text).not.to.match(/ORGANIZER|ATTENDEE|VALARM|METHOD/);
    expect(text)
      .to.contain('SEQUENCE:0\r\n')
      .and.to.contain('DTSTAMP:20270501T080910Z\r\n')
      .and.to.contain('UID:x@interlock\r\n');
  });

  it('describes every zone it names once', () => {
    const times = { start: zoned('2027-03-01T10:00', berlin), end: zoned('2027-03-01T10:00', 'America/New_York') };
    expect(newICalendar(someFields(times), { uid: 'x', mark, now }).match(/^TZID:.*$/gm)).to.deep.equal([
      'TZID:Europe/Berlin',
      'TZID:America/New_York',
    ]);
  });
});
