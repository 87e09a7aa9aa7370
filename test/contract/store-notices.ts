/** Notices, what tenants wish about them, and who wants none. */
import { expect } from 'chai';
import type { Event } from '../../src/domain/event.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { noNotices } from '../../src/domain/notice.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { aBookingRecord } from '../kit/booking-record.ts';
import { anEvent, aResource } from '../kit/builders.ts';

export function noticeContract(open: () => Store): void {
  const tenantId = newId('tenant');
  const aNotice = (over: Partial<Notice> = {}): Notice => {
    const now = open().now();
    return {
      ...{ id: `ntc_${newId('event')}`, tenantId, eventId: newId('event'), audience: 'customer', kind: 'confirmation' },
      ...{ address: 'kim@example.com', fact: { start: now, end: now, place: null }, after: null, createdAt: now },
      ...{ dueAt: now, rev: 1, state: 'due', claimedUntil: null, tries: 0, why: null, sentAt: null, ...over },
    };
  };

  describe('notices', () => {
    it('are inserted once, read by their tenant only, and saved only over what was read', async () => {
      const { notices } = open();
      const notice = aNotice();
      await notices.insert([notice, { ...notice, kind: 'moved' }]);
      await notices.insert([{ ...notice, kind: 'moved' }]);
      expect(await notices.ofEvents(tenantId, [notice.eventId])).to.deep.equal([notice]);
      expect(await notices.ofEvents(newId('tenant'), [notice.eventId])).to.deep.equal([]);
      expect(await notices.ofEvents(tenantId, [])).to.deep.equal([]);
      const sent: Notice = { ...notice, rev: 2, state: 'sent', sentAt: notice.dueAt };
      expect([await notices.save(sent), await notices.save(sent)]).to.deep.equal([true, false]);
      expect(await notices.ofEvents(tenantId, [notice.eventId])).to.deep.equal([sent]);
    });

    it('are due at their time, and again when a claim has ended', async () => {
      const { notices } = open();
      const long = 10_000_000_000_000 as Instant;
      const now = (long + 10) as Instant;
      const made = [
        aNotice({ dueAt: (long + 3) as Instant }),
        aNotice({ dueAt: (long + 11) as Instant }),
        aNotice({ dueAt: (long + 1) as Instant, state: 'claimed', claimedUntil: (long + 10) as Instant }),
        aNotice({ dueAt: (long + 2) as Instant, state: 'claimed', claimedUntil: (long + 11) as Instant }),
        aNotice({ dueAt: (long + 2) as Instant, state: 'sent' }),
      ];
      await notices.insert(made);
      const ids = made.map((n) => n.id);
      const found = (await notices.due(now, 1000)).map((n) => n.id).filter((id) => ids.includes(id));
      expect(found).to.deep.equal([ids[2], ids[0]]);
      expect(await notices.due(now, 1)).to.have.lengthOf(1);
    });

    it('follow settings that are saved by compare-and-set, and tell which tenants want any', async () => {
      const { notices } = open();
      const own = newId('tenant');
      expect(await notices.settings(own)).to.deep.equal(noNotices);
      const first = { ...noNotices, version: 1, customers: true };
      expect(await notices.saveSettings(own, first)).to.equal(true);
      expect(await notices.saveSettings(own, first)).to.equal(false);
      expect(await notices.settings(own)).to.deep.equal(first);
      expect(await notices.tenantsTelling()).to.include(own);
      const off = { ...first, version: 2, customers: false };
      expect([await notices.saveSettings(own, off), await notices.saveSettings(own, off)]).to.deep.equal([true, false]);
      expect(await notices.tenantsTelling()).to.not.include(own);
    });

    it('owe a look at all bookings for each version of the settings, and after each save of a resource', async () => {
      const { notices, resources } = open();
      const own = newId('tenant');
      const owed = async () => (await notices.spreadsOwed()).filter((one) => one.tenantId === own);
      await notices.saveSettings(own, { ...noNotices, version: 1 });
      expect(await owed()).to.deep.equal([]);
      await notices.saveSettings(own, { ...noNotices, version: 2, customers: true });
      expect(await owed()).to.deep.equal([{ tenantId: own, version: 2 }]);
      await notices.saveSettings(own, { ...noNotices, version: 3, customers: true });
      await notices.spreadAsked({ tenantId: own, version: 2 });
      expect(await owed()).to.deep.equal([{ tenantId: own, version: 3 }]);
      await notices.spreadAsked({ tenantId: own, version: 3 });
      expect(await owed()).to.deep.equal([]);

      const resource = aResource({ tenantId: own });
      const owing = async () => (await resources.noticesOwed(1000)).filter((one) => one.id === resource.id);
      await resources.insert(resource);
      expect(await owing()).to.deep.equal([]);
      const next = { ...resource, version: 2, email: 'sam@example.com' };
      await resources.save(next);
      expect(await owing()).to.deep.equal([next]);
      await resources.noticesAsked(resource);
      expect(await owing()).to.deep.equal([next]);
      await resources.noticesAsked(next);
      expect([await owing(), await resources.get(own, resource.id)]).to.deep.equal([[], next]);
    });

    it('are looked at when their booking is saved, when it was asked for, and when the time for it has come', async () => {
      const { events } = open();
      const own = newId('tenant');
      const t = (n: number) => (1_800_000_000_000 + n) as Instant;
      const due = async (now: number) =>
        (await events.noticesDue(own, t(now), { limit: 9, after: null })).data.map(({ event }) => event.id);
      const [one, two] = [1, 2].map((n) =>
        anEvent({
          tenantId: own,
          booking: aBookingRecord({ id: newId('booking'), externalRef: null }),
          updatedAt: t(n),
        }),
      ) as [Event, Event];
      for (const event of [two, one, anEvent({ tenantId: own })]) await events.insert(event);
      expect([await due(0), await due(1), await due(2)]).to.deep.equal([[], [one.id], [one.id, two.id]]);
      const page = await events.noticesDue(own, t(2), { limit: 1, after: null });
      const rest = await events.noticesDue(own, t(2), { limit: 1, after: page.next });
      expect([...page.data, ...rest.data]).to.deep.equal([
        { event: one, mark: t(1) },
        { event: two, mark: t(2) },
      ]);
      expect(rest.next).to.equal(null);
      const saved = { ...two, rev: 2, updatedAt: t(3) };
      await events.save(saved);
      await events.noticesLooked([
        { ...page.data[0]!, again: t(5) },
        { ...rest.data[0]!, again: null },
      ]);
      expect([await due(4), await due(5)]).to.deep.equal([[two.id], [two.id, one.id]]);
      await events.noticesLooked([{ event: saved, mark: t(3), again: null }]);
      expect(await due(4)).to.deep.equal([]);
      // Links and rows say nothing to people.
      await events.saveLinks([{ ...saved, rev: 3 }]);
      await events.settleRows([{ ...saved }]);
      expect(await due(4)).to.deep.equal([]);
      await events.askNotices(own, one.resources[0]!, t(-1_000_000_000_000));
      expect(await due(0)).to.deep.equal([one.id]);
      await events.noticesLooked([{ event: one, mark: t(5), again: null }]);
      expect(await due(0)).to.deep.equal([one.id]);
      await events.askNotices(own, null, t(-1_000_000_000_000));
      expect((await due(0)).sort()).to.deep.equal([one.id, two.id].sort());
      const [look] = (await events.noticesDue(own, t(0), { limit: 1, after: null })).data;
      await events.noticesLooked([{ ...look!, again: null }]);
      expect(await due(0)).to.have.length(1);
      await events.askNotices(own, null, t(1_000_000_000_000));
      expect(await due(0)).to.have.length(1);
    });

    it('know who wants none, by tenant', async () => {
      const { notices } = open();
      const own = newId('tenant');
      for (const [i, address] of ['a@example.com', 'b@example.com', 'a@example.com'].entries()) {
        await notices.optOut(own, { address, at: (1000 + i) as Instant });
      }
      expect(await notices.hasOptedOut(own, 'a@example.com')).to.equal(true);
      expect(await notices.hasOptedOut(newId('tenant'), 'a@example.com')).to.equal(false);
      const page = await notices.optOuts(own, { limit: 1, after: null });
      expect(page.data).to.deep.equal([{ address: 'a@example.com', at: 1000 }]);
      const rest = await notices.optOuts(own, { limit: 5, after: page.next });
      expect(rest).to.deep.equal({ data: [{ address: 'b@example.com', at: 1001 }], next: null });
      expect([await notices.optIn(own, 'a@example.com'), await notices.optIn(own, 'a@example.com')]).to.deep.equal([
        true,
        false,
      ]);
    });
  });
}
