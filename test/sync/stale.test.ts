/** A write that meets an edit made after the calendar was read: it is looked at and merged in the same visit. */
import { expect } from 'chai';
import { zoned } from '../kit/builders.ts';
import { aStage, linkIn } from '../kit/stage.ts';

describe('a write whose precondition fails', () => {
  it('reads the copy, merges what is there, and writes the rest, all in one visit', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const times = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
    const { id } = await stage.book('one', times);
    await stage.settle(work);
    const later = { start: zoned('2027-06-01T11:00'), end: zoned('2027-06-01T12:00') };
    await stage.change(id, (event) => ({ ...event, fields: { ...event.fields, location: 'back door' } }));
    const before = work.server.calls.write;
    let isFirst = true;
    work.server.knobs.gate = async (call) => {
      if (call !== 'write' || !isFirst) return;
      isFirst = false;
      work.owner.edit(work.owner.events()[0]!.remoteId, later);
    };
    await stage.visit(work);
    const event = await stage.event(id);
    expect(event.fields).to.deep.include({ ...later, location: 'back door' });
    expect(work.owner.events()[0]!.fields).to.deep.include({ ...later, location: 'back door' });
    expect(linkIn(event, work)).to.deep.include({ sent: null, settledVersion: event.version });
    expect(work.server.calls.write - before).to.equal(2);
  });
});
