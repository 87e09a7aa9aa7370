/** The proof over HTTP: what is asked of it, what it refuses, how it names what is wrong. */
import { expect } from 'chai';
import { claimOfHold, defaultTenantId, newId, type ResourceId } from '../../src/domain/ids.ts';
import type { CalendarDay } from '../../src/domain/time.ts';
import { type Api, aBooking, anApi, aTechnician } from '../kit/api.ts';
import { aRow, at } from '../kit/builders.ts';

const day = '2027-06-02' as CalendarDay;
const window = { from: '2027-06-02T00:00:00Z', to: '2027-06-03T00:00:00Z' };

describe('the proof over HTTP', () => {
  let api: Api;
  before(async () => {
    api = await anApi();
  });
  after(() => api.close());

  it('answers with empty lists where the ledger is right', async () => {
    const id = await aTechnician(api);
    await api.ask('POST', '/v1/bookings', aBooking(id));
    const { status, body } = await api.ask('POST', '/v1/proof', { ...window, resourceIds: [id] });
    const empty = { overlaps: [], uncovered: [], phantom: [], conflicts: [] };
    expect([status, body]).to.deep.equal([200, { ...empty, checked: 1, complete: true }]);
    const all = await api.ask('POST', '/v1/proof', { ...window, to: '2027-06-04T00:00:00Z' });
    expect(all.body.checked).to.be.at.least(2);
  });

  it('names phantom rows and double bookings by event and hold', async () => {
    const id = (await aTechnician(api)) as ResourceId;
    const { body: made } = await api.ask('POST', '/v1/bookings', aBooking(id));
    const times = { start: at('2027-06-02T10:30:00Z'), end: at('2027-06-02T11:30:00Z') };
    const row = aRow(times);
    await api.store.sheets.put(defaultTenantId, id, day, row.claim, [row]);
    const holdId = newId('hold');
    const lost = { kind: 'hold', eventId: null, firm: false, until: at('2027-06-03T00:00:00Z'), version: 0 } as const;
    const held = aRow({ ...lost, claim: claimOfHold(holdId), start: times.end, end: at('2027-06-02T12:00:00Z') });
    await api.store.sheets.put(defaultTenantId, id, day, held.claim, [held]);
    const { body } = await api.ask('POST', '/v1/proof', { ...window, resourceIds: [id] });
    const both = [made.eventId, row.eventId].sort();
    const where = { resourceId: id, start: '2027-06-02T10:30:00Z', end: '2027-06-02T11:00:00Z' };
    expect(body.overlaps).to.deep.equal([{ ...where, capacity: 1, inUse: 2, eventIds: both }]);
    expect(body.phantom.map((p: { eventId: string; holdId: string }) => [p.eventId, p.holdId])).to.deep.equal([
      [row.eventId, null],
      [null, holdId],
    ]);
  });

  it('refuses spans that are turned round, longer than 31 days, or too wide, and resources that are not there', async () => {
    for (const [body, path] of [
      [{ from: window.to, to: window.from }, 'to'],
      [{ ...window, to: '2027-07-04T00:00:00Z' }, 'to'],
      [{ from: window.from }, 'to'],
      [{ ...window, apply: true }, 'apply'],
    ] as const) {
      const reply = await api.ask('POST', '/v1/proof', body);
      expect([reply.status, reply.body.errors[0].path]).to.deep.equal([400, path]);
    }
    const unknown = await api.ask('POST', '/v1/proof', { ...window, resourceIds: [newId('resource')] });
    expect(unknown.status).to.equal(404);
    const stranger = await api.keyWith(['admin']);
    const id = await aTechnician(api);
    const foreign = await api.ask('POST', '/v1/proof', { ...window, resourceIds: [id] }, { key: stranger });
    expect(foreign.status).to.equal(404);
    const reader = await api.keyWith(['read'], defaultTenantId);
    expect((await api.ask('POST', '/v1/proof', window, { key: reader })).status).to.equal(403);
  });
});
