/** The laws of the Google mapping over random events and random JSON. */
import { expect } from 'chai';
import fc from 'fast-check';
import { fromGoogle, patchBody, projectGoogle } from '../../mappings/google.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { applyUnits, plainUnits } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import { expand } from '../../src/domain/series.ts';
import { utcZone, type Zone } from '../../src/domain/time.ts';
import { anyFields, anyZone } from '../kit/arbitrary-fields.ts';
import { at, someFields } from '../kit/builders.ts';
import { storedAtGoogle } from '../kit/google-rows.ts';

const mark = { eventId: 'evt_0123456789abcdefghij' as EventId, version: 7 };
const createId = '0123456789abcdefghijklmnopqrstuv';

function thereAndBack(fields: EventFields, zone: Zone) {
  const { master, exceptions } = storedAtGoogle(projectGoogle(fields, zone), createId, mark);
  const mapped = fromGoogle(master, exceptions, zone);
  if (mapped.kind === 'unmappable') throw new Error(`${mapped.why}\n${JSON.stringify(master)}`);
  return mapped;
}

describe('the Google mapping', () => {
  it('gives back what the projection says, with mark and create id, for any event', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const mapped = thereAndBack(fields, zone);
        expect(mapped.fields).to.deep.equal(projectGoogle(fields, zone));
        expect(mapped).to.deep.include({ mark, createId });
      }),
      { numRuns: 1000 },
    );
  });

  it('projects a projection onto itself', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const once = projectGoogle(fields, zone);
        expect(projectGoogle(once, zone)).to.deep.equal(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps days days and does not move an instant', () => {
    fc.assert(
      fc.property(anyFields, anyZone, (fields, zone) => {
        const far = { start: at('1980-01-01T00:00:00Z'), end: at('2060-01-01T00:00:00Z') };
        const single = { ...fields, status: 'confirmed', series: null, instances: {} } as const;
        const projected = projectGoogle(single, zone);
        expect(projected.start.kind === 'date').to.equal(single.start.kind === 'date');
        const [before] = expand(single, far, zone).occurrences;
        const [after] = expand(projected, far, zone).occurrences;
        expect(after?.span.start).to.equal(before?.span.start);
        expect(after!.span.end).to.be.greaterThanOrEqual(before!.span.end);
      }),
      { numRuns: 500 },
    );
  });

  it('turns one single event into another by a patch of all units, whatever was there', () => {
    const single = anyFields.map((fields) => ({ ...fields, series: null, instances: {} }));
    fc.assert(
      fc.property(single, single, anyZone, (before, after, zone) => {
        const { master } = storedAtGoogle(projectGoogle(before, zone), createId, mark);
        const wanted = projectGoogle(after, zone);
        const patched = mergePatch(master, patchBody(wanted, plainUnits, mark));
        expect(fromGoogle(patched, [], zone)).to.deep.include({ kind: 'mapped', fields: wanted });
      }),
      { numRuns: 300 },
    );
  });

  it('patches no unit that was not named', () => {
    const single = anyFields.map((fields) => ({ ...fields, series: null, instances: {} }));
    const units = fc.subarray(['when', 'what', 'where', 'privacy'] as const);
    fc.assert(
      fc.property(single, single, units, anyZone, (before, after, named, zone) => {
        const [from, to] = [projectGoogle(before, zone), projectGoogle(after, zone)];
        const { master } = storedAtGoogle(from, createId, mark);
        const mapped = fromGoogle(mergePatch(master, patchBody(to, named, mark)), [], zone);
        expect(mapped).to.deep.include({ kind: 'mapped', fields: applyUnits(from, to, named) });
      }),
      { numRuns: 300 },
    );
  });

  it('reads formatted notes as plain text once and for all', () => {
    const piece = fc.constantFrom(
      '<b>',
      '</b>',
      '<br>',
      '<li>',
      '<a href="x">',
      '</a>',
      '&lt;',
      '&amp;',
      'br&gt;',
      '\n',
      ' ',
      'x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const once = projectGoogle(someFields({ description: pieces.join('') }), utcZone);
        expect(projectGoogle(once, utcZone)).to.deep.equal(once);
        expect(thereAndBack(once, utcZone).fields).to.deep.equal(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('maps or refuses any JSON and never throws', () => {
    fc.assert(
      fc.property(anyRow, fc.array(anyRow, { maxLength: 3 }), anyZone, (head, exceptions, zone) => {
        const mapped = fromGoogle(head, exceptions, zone);
        if (mapped.kind === 'mapped') expect(() => projectGoogle(mapped.fields, zone)).to.not.throw();
        else
          expect(mapped.why)
            .to.not.equal('')
            .and.not.match(/^reading failed/);
      }),
      { numRuns: 2000 },
    );
  });
});

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Merge Patch (RFC 7396), which is what Google's PATCH does. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isPlain(patch)) return patch;
  const out: Record<string, unknown> = isPlain(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else if (value !== undefined) out[key] = mergePatch(out[key], value);
  }
  return out;
}

const anyTime = fc.oneof(
  fc.record({ dateTime: fc.constantFrom('2027-06-01T10:00:00Z', '2027-10-31T02:30:00+01:00', '2027-06-01', 'x', 7) }),
  fc.record(
    {
      date: fc.constantFrom('2027-06-01', '2027-02-30', null),
      dateTime: fc.constantFrom('2027-06-01T10:00:00.123+02:00', null),
      timeZone: fc.constantFrom('Europe/Berlin', 'Mars/Olympus', '', null),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);
const anyLine = fc.constantFrom(
  'RRULE:FREQ=WEEKLY;UNTIL=20270801',
  'RRULE:FREQ=DAILY;COUNT=3',
  'RRULE:nonsense',
  'EXDATE;TZID=Europe/Berlin:20270608T100000,20270615T100000',
  'EXDATE;VALUE=DATE:20270608',
  'RDATE;VALUE=PERIOD:20270608T100000Z/PT1H',
  'RDATE;TZID=Nowhere/At_All:20270608T100000',
  'EXRULE:FREQ=DAILY',
  ':',
);
const anyRow = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      id: fc.constantFrom('abcde', createId, '', 7),
      etag: fc.constantFrom('"1"', null),
      status: fc.constantFrom('confirmed', 'tentative', 'cancelled', 3),
      summary: fc.jsonValue(),
      start: anyTime,
      end: anyTime,
      originalStartTime: anyTime,
      recurringEventId: fc.constantFrom('abcde', null),
      recurrence: fc.oneof(fc.array(fc.oneof(anyLine, fc.jsonValue()), { maxLength: 3 }), fc.jsonValue()),
      attendees: fc.oneof(fc.array(fc.record({ self: fc.boolean(), responseStatus: fc.jsonValue() })), fc.jsonValue()),
      eventType: fc.constantFrom('default', 'birthday', 'outOfOffice', 9),
      extendedProperties: fc.oneof(
        fc.constant({ private: { interlockMark: 'evt_0123456789abcdefghij;7' } }),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  ),
);
