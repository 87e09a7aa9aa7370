/** The journeys of time that is held: kept from others, turned into a booking, released, ended by itself. */
import { expect } from 'chai';
import type { Hold } from '../../src/domain/resource.ts';
import { anEvent, aRow, day, someFields, zoned } from '../kit/builders.ts';
import type { Office } from '../kit/desk.ts';
import { anOffice, aRequest, granted, span, technician, tenant } from '../kit/desk.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';

const sam = technician('sam');
const tim = technician('tim');
const june = span('2027-05-30T00:00:00Z', '2027-06-30T00:00:00Z');

async function held(office: Office, over: Partial<Parameters<Office['desk']['hold']>[1]> = {}): Promise<Hold> {
  const outcome = await office.desk.hold(tenant, {
    span: span('10:00', '12:00'),
    resourceIds: [sam.id, tim.id],
    expiresInMs: 300_000,
    note: null,
    ...over,
  });
  if (outcome.kind !== 'held') throw new Error(outcome.kind);
  return outcome.hold;
}

describe('A hold', () => {
  it('keeps others out, and they hear of it as a hold', async () => {
    const office = await anOffice([sam, tim]);
    await held(office);
    const outcome = await office.desk.book(tenant, aRequest({ resourceIds: [tim.id] }));
    if (outcome.kind !== 'slot-taken') return expect.fail(outcome.kind);
    expect(outcome.conflicts).to.deep.equal([{ resourceId: tim.id, kind: 'hold', ...span('10:00', '12:00') }]);
    const second = await office.desk.hold(tenant, {
      span: span('11:00', '13:00'),
      resourceIds: [sam.id],
      expiresInMs: 1000,
      note: null,
    });
    expect(second.kind).to.equal('slot-taken');
  });

  it('ends when its time is over although nobody sweeps', async () => {
    const office = await anOffice([sam, tim]);
    const hold = await held(office);
    office.clock.advance(299_999);
    expect((await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] }))).kind).to.equal('slot-taken');
    office.clock.advance(1);
    expect(office.clock.now()).to.equal(hold.expiresAt);
    granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
  });

  it('becomes a booking inside it, and what is left of it is free again', async () => {
    const office = await anOffice([sam, tim]);
    const hold = await held(office);
    const request = aRequest({
      resourceIds: [sam.id],
      holdId: hold.id,
      span: span('10:30', '11:30'),
      idempotencyKey: 'k',
    });
    const event = granted(await office.desk.book(tenant, request));
    expect(await ledgerOf(office.store, [sam, tim], [event], june)).to.deep.equal(clean);
    expect(await office.store.holds.get(tenant, hold.id)).to.equal(null);
    granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id, tim.id], span: span('11:30', '12:00') })));
    expect((await office.desk.book(tenant, request)).kind).to.equal('existing');
    expect(await office.desk.book(tenant, { ...request, idempotencyKey: 'k2' })).to.deep.equal({
      kind: 'not-found',
      what: 'hold',
    });
  });

  it('names the resources where the request names none, or is chosen from', async () => {
    const office = await anOffice([sam, tim]);
    const all = granted(await office.desk.book(tenant, aRequest({ holdId: (await held(office)).id })));
    expect(all.resources).to.have.members([sam.id, tim.id]);
    const later = span('14:00', '15:00');
    const hold = await held(office, { span: later, resourceIds: [tim.id] });
    const assign = [{ kind: 'technician' as const, skills: [], territoryId: null, quantity: 1 }];
    const one = granted(await office.desk.book(tenant, aRequest({ span: later, assign, holdId: hold.id })));
    expect(one.resources).to.deep.equal([tim.id]);
  });

  it('that has ended gives no booking but alternatives', async () => {
    const office = await anOffice([sam, tim]);
    const hold = await held(office);
    office.clock.advance(300_000);
    granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id] })));
    const outcome = await office.desk.book(tenant, aRequest({ resourceIds: [sam.id], holdId: hold.id }));
    if (outcome.kind !== 'hold-expired') return expect.fail(outcome.kind);
    expect(outcome.alternatives[0]).to.deep.equal({ ...span('11:00', '12:00'), resourceIds: [sam.id] });
  });

  it('does not stretch to other times or resources', async () => {
    const office = await anOffice([sam, tim, technician('ann')]);
    const hold = await held(office, { resourceIds: [sam.id] });
    const book = (over: object) =>
      office.desk.book(tenant, aRequest({ resourceIds: [sam.id], holdId: hold.id, ...over }));
    expect(await book({ span: span('11:00', '12:01') })).to.include({ rule: 'hold-span' });
    expect(await book({ resourceIds: [sam.id, tim.id] })).to.include({ rule: 'hold-resources' });
  });

  it('yields to an event of a calendar that landed on it: the booking is refused', async () => {
    const office = await anOffice([sam]);
    const hold = await held(office, { resourceIds: [sam.id] });
    const event = anEvent({
      resources: [sam.id],
      fields: someFields({ start: zoned('2027-06-01T10:30'), end: zoned('2027-06-01T11:00') }),
    });
    await office.store.events.insert(event);
    const row = { ...aRow({ eventId: event.id, kind: 'calendar' }), ...span('10:30', '11:00') };
    await office.store.sheets.put(tenant, sam.id, day('2027-06-01'), row.claim, [row]);
    const outcome = await office.desk.book(tenant, aRequest({ holdId: hold.id, span: span('10:00', '11:00') }));
    if (outcome.kind !== 'slot-taken') return expect.fail(outcome.kind);
    expect(outcome.conflicts).to.deep.equal([{ resourceId: sam.id, kind: 'calendar', ...span('10:30', '11:00') }]);
  });

  it('is released once, and its time is free', async () => {
    const office = await anOffice([sam, tim]);
    const hold = await held(office);
    expect(await office.desk.release(tenant, hold.id)).to.equal(true);
    expect(await office.desk.release(tenant, hold.id)).to.equal(false);
    granted(await office.desk.book(tenant, aRequest({ resourceIds: [sam.id, tim.id] })));
  });

  it('of nothing, or of what is not there, is refused', async () => {
    const office = await anOffice([sam]);
    const ask = { span: span('10:00', '11:00'), resourceIds: [tim.id], expiresInMs: 1000, note: null };
    expect(await office.desk.hold(tenant, ask)).to.deep.equal({ kind: 'not-found', what: 'resource' });
    const wrong = [
      { ...ask, resourceIds: [] },
      { ...ask, span: span('10:00', '10:00') },
    ];
    for (const o of wrong) {
      const fault = await office.desk.hold(tenant, o).catch((error: unknown) => error);
      expect(fault).to.include({ kind: 'invalid' });
    }
  });
});
