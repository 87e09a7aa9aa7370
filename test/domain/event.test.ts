/** Merge units: what differs, what is taken over, what is owed. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { EventFields, InstanceKey } from '../../src/domain/event.ts';
import {
  applyUnits,
  diffUnits,
  instanceKeyOf,
  instanceUnit,
  owes,
  plainUnits,
  sameUnit,
  sameValue,
  unitsOf,
  unitValue,
} from '../../src/domain/event.ts';
import { anyFields } from '../kit/arbitrary-fields.ts';
import { aLink, anEvent, someFields, zoned } from '../kit/builders.ts';

const key = '2027-06-08T10:00:00' as InstanceKey;
const cancelled = 'cancelled' as const;
const weekly: Partial<EventFields> = { series: { rules: ['FREQ=WEEKLY'], extraDates: [] } };

describe('merge units', () => {
  const changes: readonly [unit: string, change: Partial<EventFields>][] = [
    ['when', { start: zoned('2027-06-01T09:00') }],
    ['when', { end: zoned('2027-06-01T12:00') }],
    ['when', weekly],
    ['what', { title: 'Other' }],
    ['what', { description: 'Other' }],
    ['where', { location: 'Elsewhere' }],
    ['busy', { busy: 'free' }],
    ['busy', { response: 'declined' }],
    ['status', { status: 'cancelled' }],
    ['privacy', { privacy: 'private' }],
    [`instance:${key}`, { instances: { [key]: cancelled } }],
  ];
  for (const [unit, change] of changes) {
    it(`call a change of ${Object.keys(change)} a difference in ${unit} alone`, () => {
      expect(diffUnits(someFields(), someFields(change))).to.deep.equal([unit]);
    });
  }

  it('of two sides are the plain ones and the occurrences of both, in order', () => {
    const later = '2027-06-15T10:00:00' as InstanceKey;
    const left = someFields({ instances: { [later]: cancelled } });
    const right = someFields({ instances: { [key]: cancelled } });
    expect(unitsOf(left, right)).to.deep.equal([...plainUnits, `instance:${key}`, `instance:${later}`]);
    expect(instanceKeyOf(instanceUnit(key))).to.equal(key);
    expect(instanceKeyOf('when')).to.equal(null);
  });

  it('take one side over to the other completely', () => {
    fc.assert(
      fc.property(anyFields, anyFields, (a, b) => {
        expect(sameValue(applyUnits(a, b, diffUnits(a, b)), b)).to.equal(true);
        expect(diffUnits(a, a)).to.deep.equal([]);
        expect(applyUnits(a, b, [])).to.deep.equal(a);
      }),
      { numRuns: 300 },
    );
  });

  it('are taken over one by one, without touching the others', () => {
    fc.assert(
      fc.property(anyFields, anyFields, (a, b) => {
        for (const unit of unitsOf(a, b)) {
          const next = applyUnits(a, b, [unit]);
          expect(sameUnit(unit, next, b)).to.equal(true);
          for (const other of unitsOf(a, b)) if (other !== unit) expect(sameUnit(other, next, a)).to.equal(true);
          expect(unitValue(unit, next)).to.deep.equal(unitValue(unit, b));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('do not change the fields they are applied to', () => {
    const onto = someFields({ instances: { [key]: cancelled } });
    applyUnits(onto, someFields(), [instanceUnit(key)]);
    expect(onto.instances).to.deep.equal({ [key]: 'cancelled' });
  });
});

describe('equal values', () => {
  it('are told by content, not by the order of keys or by kind of container', () => {
    expect(sameValue({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).to.equal(true);
    for (const [a, b] of [
      [{ a: 1 }, { b: 1 }],
      [
        [1, 2],
        [2, 1],
      ],
      [[], {}],
      [{ a: undefined }, {}],
      [null, {}],
      [0, false],
      ['1', 1],
    ]) {
      expect(sameValue(a, b)).to.equal(false);
    }
  });
});

describe('a debt', () => {
  it('is a live link behind its event, also behind a tombstone', () => {
    const event = anEvent({ version: 3 });
    expect(owes(event, aLink({ settledVersion: 2 }))).to.equal(true);
    expect(owes({ ...event, deletedAt: event.createdAt }, aLink({ settledVersion: 2 }))).to.equal(true);
    expect(owes(event, aLink({ settledVersion: 3 }))).to.equal(false);
    expect(owes(event, aLink({ settledVersion: 1, state: 'refused' }))).to.equal(false);
    expect(owes(event, aLink({ settledVersion: 1, state: 'unlinked' }))).to.equal(false);
  });
});
