/** Notices, what tenants wish about them, and who wants none. */
import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { noNotices } from '../../src/domain/notice.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';

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
