/** A booking so slow that its rows lapse before they are confirmed is decided again by the rule that won them. */
import { expect } from 'chai';
import type { ClaimId } from '../../src/domain/ids.ts';
import { aRow, day } from '../kit/builders.ts';
import { anOffice, aRequest, deskOver, holdMs, technician, tenant } from '../kit/desk.ts';

describe('a booking whose rows lapsed between saving and confirming', () => {
  it('is refused and leaves nothing behind where an event of a calendar took its time meanwhile', async () => {
    const sam = technician('sam');
    const { store, clock } = await anOffice([sam]);
    const claim = 'evt_phone' as ClaimId;
    const insert: typeof store.events.insert = async (event) => {
      const outcome = await store.events.insert(event);
      clock.advance(holdMs + 1);
      await store.sheets.put(tenant, sam.id, day('2027-06-01'), claim, [aRow({ claim, kind: 'calendar' })], 1);
      return outcome;
    };
    const slow = { ...store, events: { ...store.events, insert } };
    const outcome = await deskOver(slow, clock).book(tenant, aRequest({ resourceIds: [sam.id] }));
    expect(outcome.kind).to.equal('slot-taken');
    const [sheet] = await store.sheets.load(tenant, [sam.id], [day('2027-06-01')]);
    expect(sheet!.rows.map((row) => row.claim)).to.deep.equal([claim]);
  });
});
