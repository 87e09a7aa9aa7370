/** Edits that come between reading and writing: a copy is looked at again, a plan made again, and nothing is left behind. */
import { expect } from 'chai';
import { makeVisitor } from '../../src/sync/visit.ts';
import { defaultPolicy, at as instant, zoned } from '../kit/builders.ts';
import { aStage, linkIn, visitDeps } from '../kit/stage.ts';

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

describe('a plan that loses its race for the event', () => {
  it('leaves no rows behind at the time that it had covered', async () => {
    const stage = await aStage();
    const authority = { ...defaultPolicy.authority, when: 'ours' as const };
    const work = await stage.attach('work', { policy: { ...defaultPolicy, authority } });
    const at = (hour: string) => ({ start: zoned(`2027-06-01T${hour}:00`), end: zoned(`2027-06-01T${hour}:45`) });
    const { id } = await stage.book('one', at('09'));
    await stage.settle(work);
    work.owner.edit(work.owner.events()[0]!.remoteId, at('11'));
    let isFirst = true;
    const putMany: typeof stage.store.sheets.putMany = async (...args) => {
      const sheets = await stage.store.sheets.putMany(...args);
      if (!isFirst) return sheets;
      isFirst = false;
      await stage.change(id, (event) => ({ ...event, fields: { ...event.fields, ...at('14') } }));
      return sheets;
    };
    const raced = { ...stage.store, sheets: { ...stage.store.sheets, putMany } };
    await makeVisitor(visitDeps(raced, stage.clock, stage.connector)).visit(work.id);
    expect((await stage.event(id)).fields).to.deep.include(at('14'));
    expect((await stage.rows()).map((row) => row.start)).to.deep.equal([instant('2027-06-01T14:00:00Z')]);
  });
});
