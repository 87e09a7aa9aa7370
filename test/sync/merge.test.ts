/** The laws of the three-way merge, for any fields on any side. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { EventFields, MergeUnit } from '../../src/domain/event.ts';
import { applyUnits, sameUnit, sameValue, unitsOf } from '../../src/domain/event.ts';
import type { Authority } from '../../src/domain/policy.ts';
import type { MergeRules, Sides } from '../../src/sync/merge.ts';
import { decide, nextBase, takenUnits, unitsWith } from '../../src/sync/merge.ts';
import { someFields, zoned } from '../kit/builders.ts';

const instance = fc.constantFrom('cancelled' as const, 'moved' as const);
const fields: fc.Arbitrary<EventFields> = fc
  .record({
    title: fc.constantFrom('a', 'b', 'c'),
    location: fc.constantFrom('x', 'y', 'z'),
    hour: fc.constantFrom('09', '10', '11'),
    busy: fc.constantFrom('busy' as const, 'free' as const),
    privacy: fc.constantFrom('default' as const, 'private' as const),
    occurrence: fc.option(instance),
  })
  .map(({ title, location, hour, busy, privacy, occurrence }) => {
    const base = someFields({ title, location, busy, privacy, start: zoned(`2027-06-01T${hour}:00`) });
    if (occurrence === null) return base;
    const { series: _, instances: __, ...own } = base;
    return { ...base, instances: { '2027-06-08T09:00:00': occurrence === 'cancelled' ? occurrence : own } as never };
  });
const authority = fc.constantFrom<Authority>('ours', 'theirs', 'ask');

const rules = (over: Partial<MergeRules> = {}): MergeRules => ({
  crossing: () => 'take',
  authority: () => 'theirs',
  project: (f) => f,
  disputed: [],
  ...over,
});
const sides = (base: EventFields, ours: EventFields, theirs: EventFields): Sides => ({
  baseLocal: base,
  baseRemote: base,
  ours,
  theirs,
});
const merged = (s: Sides, r: MergeRules): EventFields => applyUnits(s.ours, s.theirs, takenUnits(decide(s, r)));

describe('invariant 15: the merge of one copy', () => {
  it('changes nothing where nobody changed anything', () => {
    fc.assert(
      fc.property(fields, (b) => {
        const s = sides(b, b, b);
        expect(merged(s, rules())).to.deep.equal(b);
        expect([...decide(s, rules()).values()].every((d) => d === 'keep')).to.equal(true);
      }),
    );
  });

  it('takes what only they changed, and leaves owed what only we changed', () => {
    fc.assert(
      fc.property(fields, fields, authority, (b, x, a) => {
        const r = rules({ authority: () => a });
        expect(sameValue(merged(sides(b, b, x), r), x)).to.equal(true);
        expect(merged(sides(b, x, b), r)).to.deep.equal(x);
        expect(takenUnits(decide(sides(b, x, b), r))).to.deep.equal([]);
      }),
    );
  });

  it('sees agreement from both sides alike', () => {
    fc.assert(
      fc.property(fields, fields, (b, x) => {
        const there = decide(sides(b, x, x), rules());
        expect([...there.values()].every((d) => d === 'keep' || d === 'agree')).to.equal(true);
        expect(merged(sides(b, x, x), rules())).to.deep.equal(x);
      }),
    );
  });

  it('decides each unit as if there were no other', () => {
    fc.assert(
      fc.property(fields, fields, fields, authority, (b, o, t, a) => {
        const r = rules({ authority: () => a });
        const whole = decide(sides(b, o, t), r);
        for (const unit of unitsOf(b, o, t)) {
          const only = (x: EventFields) => applyUnits(b, x, [unit]);
          const alone = decide({ ...sides(b, only(o), only(t)) }, r);
          expect(alone.get(unit)).to.equal(whole.get(unit));
        }
      }),
    );
  });

  it('has nothing left to take when it is done again over its own outcome', () => {
    fc.assert(
      fc.property(fields, fields, fields, authority, (b, o, t, a) => {
        const r = rules({ authority: () => a });
        const s = sides(b, o, t);
        const decisions = decide(s, r);
        const ours = merged(s, r);
        const base = nextBase(s, decisions, ours);
        const disputed = unitsWith(decisions, 'ask');
        const again = decide({ baseLocal: base.local, baseRemote: base.remote, ours, theirs: t }, { ...r, disputed });
        expect([...again.values()].every((d) => d === 'keep' || d === 'owed' || d === 'held')).to.equal(true);
      }),
    );
  });

  it('owes exactly the units in which ours stands against theirs', () => {
    fc.assert(
      fc.property(fields, fields, fields, authority, (b, o, t, a) => {
        const r = rules({ authority: () => a });
        const s = sides(b, o, t);
        const decisions = decide(s, r);
        const ours = merged(s, r);
        const { local } = nextBase(s, decisions, ours);
        const isOwed = (unit: MergeUnit) => !sameUnit(unit, local, ours) && decisions.get(unit) !== 'ask';
        const differ = (unit: MergeUnit) => !sameUnit(unit, ours, t) && decisions.get(unit) !== 'ask';
        for (const unit of unitsOf(b, o, t)) expect(isOwed(unit), unit).to.equal(differ(unit));
      }),
    );
  });

  it('takes no rewording for a change, however the provider words things', () => {
    const reword = (f: EventFields): EventFields => ({ ...f, title: f.title.toUpperCase(), busy: 'busy' });
    fc.assert(
      fc.property(fields, fields, (b, o) => {
        const s: Sides = { baseLocal: b, baseRemote: reword(b), ours: o, theirs: reword(b) };
        expect(takenUnits(decide(s, rules({ project: reword })))).to.deep.equal([]);
      }),
    );
  });

  it('neither pushes nor pulls a disputed unit', () => {
    const s = sides(someFields({ title: 'a' }), someFields({ title: 'b' }), someFields({ title: 'c' }));
    expect(decide(s, rules({ disputed: ['what'] })).get('what')).to.equal('held');
  });

  it('puts back what a calendar that only follows has changed', () => {
    const s = sides(someFields({ title: 'a' }), someFields({ title: 'a' }), someFields({ title: 'c' }));
    const decisions = decide(s, rules({ crossing: () => 'revert' }));
    expect(decisions.get('what')).to.equal('ours');
    expect(nextBase(s, decisions, s.ours).local.title).to.equal('c');
  });
});
