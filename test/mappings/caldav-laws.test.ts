/** The laws of the iCalendar mapping over random events. */
import { expect } from 'chai';
import fc from 'fast-check';
import { editICalendar, fromICalendar, newICalendar, ownUid, projectICalendar } from '../../mappings/caldav.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { diffUnits, plainUnits, sameValue, unitsOf } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import type { Zone } from '../../src/domain/time.ts';
import { anyFields, anyZone } from '../kit/arbitrary-fields.ts';
import { at } from '../kit/builders.ts';
import { linesOf, phoneObject } from '../kit/ical-text.ts';

const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const now = at('2027-05-01T00:00:00Z');
const createId = '0123456789abcdefghijklmnopqrstuv';

const write = (fields: EventFields, floatingZone: Zone): string =>
  newICalendar(fields, { uid: ownUid(createId), mark, now, floatingZone });

function read(text: string, floatingZone: Zone) {
  const mapped = fromICalendar(text, { ownAddresses: [], floatingZone });
  if (mapped.kind === 'unmappable') throw new Error(`${mapped.why}\n${text}`);
  return mapped;
}

const edit = (text: string, fields: EventFields, units: Parameters<typeof editICalendar>[2], floatingZone: Zone) =>
  editICalendar(text, fields, units, { mark, now, floatingZone }) ?? 'not editable';

describe('invariant 16: the iCalendar mapping', () => {
  it('gives back what the projection says, with mark and create id, for any event', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const mapped = read(write(fields, zone), zone);
        expect(mapped.fields).to.deep.equal(projectICalendar(fields, zone));
        expect(mapped).to.deep.include({ mark, createId, notes: [] });
      }),
      { numRuns: 1000 },
    );
  });

  it('projects a projection onto itself', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const once = projectICalendar(fields, zone);
        expect(projectICalendar(once, zone)).to.deep.equal(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes lines of at most 75 octets that end with CRLF', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const text = write(fields, zone);
        expect(text.endsWith('END:VCALENDAR\r\n')).to.equal(true);
        for (const line of text.split('\r\n')) {
          expect(line).not.to.match(/[\r\n]/);
          expect(Buffer.byteLength(line)).to.be.at.most(75);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('keeps days days and wall times wall times', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const { start } = read(write(fields, zone), zone).fields;
        expect(start.kind).to.equal(fields.start.kind);
        if (start.kind === 'date') expect(start).to.deep.equal(fields.start);
        else if (fields.start.kind !== 'date') expect(start.wall).to.equal(fields.start.wall);
      }),
      { numRuns: 300 },
    );
  });

  it('turns one event into any other by editing the units in which they differ', () => {
    fc.assert(
      fc.property(anyFields, anyFields, anyZone, (before, after, zone) => {
        const [from, to] = [projectICalendar(before, zone), projectICalendar(after, zone)];
        const edited = edit(write(before, zone), to, diffUnits(from, to), zone);
        expect(read(edited, zone).fields).to.deep.equal(to);
      }),
      { numRuns: 1000 },
    );
  });

  it('changes nothing but the asked plain unit', () => {
    fc.assert(
      fc.property(anyFields, anyFields, anyZone, fc.constantFrom(...plainUnits), (before, after, zone, unit) => {
        fc.pre(unit !== 'when');
        const [from, to] = [projectICalendar(before, zone), projectICalendar(after, zone)];
        const edited = read(edit(write(before, zone), to, [unit], zone), zone).fields;
        expect(diffUnits(from, edited).every((changed) => changed === unit)).to.equal(true);
        expect(diffUnits(edited, to)).not.to.include(unit);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the meaning when every unit is written again', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const projected = projectICalendar(fields, zone);
        const again = edit(write(fields, zone), projected, unitsOf(projected), zone);
        expect(sameValue(read(again, zone).fields, projected)).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the lines of other programs byte for byte, whatever is edited', () => {
    const names = /^(X-WR|X-APPLE-TRAVEL|X-VENDOR|ORGANIZER|ATTENDEE|PRODID|VERSION|UID:7A1C)/;
    const foreign = linesOf(phoneObject.slice(0, phoneObject.indexOf('END:VEVENT'))).filter((line) => names.test(line));
    const blocks = phoneObject.match(/BEGIN:(VTIMEZONE|VALARM)[\s\S]*?END:\1\r\n/g) ?? [];
    expect([foreign.length, blocks.length]).to.deep.equal([8, 2]);
    fc.assert(
      fc.property(anyFields, anyZone, fc.subarray(plainUnits.slice(), { minLength: 1 }), (fields, zone, plain) => {
        const units = [...plain, ...unitsOf(fields).filter((unit) => unit.startsWith('instance:'))];
        const edited = edit(phoneObject, fields, units, zone);
        for (const bytes of [...foreign, ...blocks]) expect(edited).to.contain(bytes);
      }),
      { numRuns: 300 },
    );
  });
});
