import { expect } from 'chai';
import { Trust } from '../../../connectors/caldav/trust.ts';
import type { EventFields } from '../../../src/domain/event.ts';
import { someFields, zoned } from '../../kit/builders.ts';

const plain = someFields({ title: 'A title of some length' });
const variants: Readonly<Record<string, Partial<EventFields>>> = {
  'a longer title': { title: 'A title of some length!' },
  'a text for the first time': { description: 'x' },
  'line ends': { title: 'two\nlines' },
  markup: { title: 'a < b' },
  'letters beyond ASCII': { title: 'Ölwechsel' },
  'an emoji': { title: '🛠' },
  'spaces at the edges': { title: ' x' },
  'another zone': { start: zoned('2027-06-01T10:00', 'Europe/Berlin') },
  'a series': { series: { rules: ['FREQ=DAILY'], extraDates: [] } },
  'another busy value': { busy: 'tentative' },
  'another privacy': { privacy: 'private' },
  'a cancelled occurrence': { instances: { ['2027-06-01T10:00:00' as never]: 'cancelled' } },
};

describe('trust in what a server stores', () => {
  it('starts with none, and grows with what came back unchanged', () => {
    const trust = new Trust();
    expect(trust.needsReading(plain)).to.equal(true);
    trust.learn(plain, true);
    expect(trust.needsReading(plain)).to.equal(false);
    expect(trust.needsReading(someFields({ title: 'shorter' }))).to.equal(false);
  });

  for (const [what, change] of Object.entries(variants)) {
    it(`does not reach to ${what}`, () => {
      const trust = new Trust();
      trust.learn(plain, true);
      expect(trust.needsReading({ ...plain, ...change })).to.equal(true);
    });
  }

  it('is lost for good with one reworded answer', () => {
    const trust = new Trust();
    trust.learn(plain, true);
    trust.learn(plain, false);
    trust.learn(plain, true);
    expect(trust.needsReading(plain)).to.equal(true);
  });
});
