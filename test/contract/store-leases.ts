/** Store contract: leases and fences; a visitor whose lease passed on can change nothing. */

import { expect } from 'chai';
import type { CalendarHealth } from '../../src/domain/calendar.ts';
import type { CalendarId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar, at } from '../kit/builders.ts';
import { eventually } from '../kit/eventually.ts';

const window = { start: at('2027-05-01T00:00:00Z'), end: at('2028-05-01T00:00:00Z') };
const cursor = { kind: 'delta', value: 'token-1', window } as const;
const sick: CalendarHealth = { failures: 1, lastFault: 'no answer', alarm: null, quarantined: [] };
const well: CalendarHealth = { failures: 0, lastFault: null, alarm: null, quarantined: [] };
const later = at('2030-01-01T00:00:00Z');

export function leaseContract(given: () => Store): void {
  const attached = async (): Promise<CalendarId> => {
    const calendar = aCalendar();
    await given().calendars.insert(calendar);
    return calendar.id;
  };
  const claim = (id: CalendarId, owner: string, ms = 60_000) => given().calendars.claim(id, owner, ms);
  const release = (id: CalendarId, fence: number, sawRequestedSeq: number, syncedAt: Instant | null = null) =>
    given().calendars.release(id, fence, { sawRequestedSeq, dueAt: later, health: well, syncedAt });
  /** What a visitor with this fence can still write. */
  const writes = async (id: CalendarId, fence: number) => [
    await given().calendars.renew(id, fence, 60_000),
    await given().calendars.saveCursor(id, fence, cursor),
    await given().calendars.saveHealth(id, fence, sick),
    await given().calendars.markApplied(id, fence, 1),
    await given().calendars.abandon(id, fence, null, null),
    await release(id, fence, 0),
  ];
  const none = [false, false, false, false, false, 'lost'];

  describe('leases', () => {
    it('gives the lease to one of many, with a fence that only grows', async () => {
      const id = await attached();
      const claims = await Promise.all(Array.from({ length: 16 }, (_, i) => claim(id, `worker-${i}`)));
      const won = claims.filter((c) => c !== null);
      expect(won).to.have.length(1);
      const { lease } = won[0]!;
      expect(lease.fence).to.equal(1);
      expect(lease.until).to.be.greaterThan(given().now());
      expect(await given().calendars.find(id)).to.deep.equal(won[0]);
      expect(await claim(id, 'another')).to.equal(null);
      expect((await claim(id, lease.owner))?.lease.fence).to.equal(2);
      expect(await claim(newId('calendar'), 'worker')).to.equal(null);
    });

    it('fences off the earlier visit of the same owner', async () => {
      const id = await attached();
      const first = await claim(id, 'worker');
      const second = await claim(id, 'worker');
      expect(await writes(id, first!.lease.fence)).to.deep.equal(none);
      expect(await given().calendars.saveCursor(id, second!.lease.fence, cursor)).to.equal(true);
      expect((await given().calendars.find(id))?.cursor).to.deep.equal(cursor);
    });

    it('passes on when it runs out, and the late visitor can write nothing', async () => {
      const id = await attached();
      const late = await claim(id, 'late', 30);
      const next = await eventually(() => claim(id, 'next'));
      expect(next.lease.fence).to.equal(late!.lease.fence + 1);
      expect(await writes(id, late!.lease.fence)).to.deep.equal(none);
      expect((await given().calendars.find(id))?.lease).to.deep.equal(next.lease);
    });

    it('lets a visitor whose lease ran out go on while nobody else took it', async () => {
      const id = await attached();
      const held = await claim(id, 'worker', 1);
      await eventually(async () => given().now() > held!.lease.until);
      expect(await given().calendars.renew(id, held!.lease.fence, 60_000)).to.equal(true);
      expect(await claim(id, 'another')).to.equal(null);
    });

    it('keeps a lease by renewing it', async () => {
      const id = await attached();
      const held = await claim(id, 'worker', 5_000);
      expect(await given().calendars.renew(id, held!.lease.fence, 60_000)).to.equal(true);
      const after = await given().calendars.find(id);
      expect(after?.lease).to.include({ owner: 'worker', fence: held!.lease.fence });
      expect(after!.lease.until).to.be.greaterThan(held!.lease.until);
    });

    it('saves cursor and health under the fence and forgets a cursor on demand', async () => {
      const id = await attached();
      const { fence } = (await claim(id, 'worker'))!.lease;
      expect(await given().calendars.saveCursor(id, fence, cursor)).to.equal(true);
      expect(await given().calendars.saveHealth(id, fence, sick)).to.equal(true);
      expect(await given().calendars.find(id)).to.deep.include({ cursor, health: sick });
      expect(await given().calendars.saveCursor(id, fence, null)).to.equal(true);
      expect((await given().calendars.find(id))?.cursor).to.equal(null);
    });

    it('is released with everything the visit found out, and the fence stays', async () => {
      const id = await attached();
      await given().calendars.request([id]);
      const { lease, requestedSeq } = (await claim(id, 'worker'))!;
      const syncedAt = at('2027-05-03T00:00:00Z');
      expect(await release(id, lease.fence, requestedSeq, syncedAt)).to.equal('released');
      const after = await given().calendars.find(id);
      expect(after).to.deep.include({
        servedSeq: 1,
        requestedSeq: 1,
        dueAt: later,
        readDueAt: later,
        health: well,
        lastSyncedAt: syncedAt,
      });
      expect(after?.lease).to.deep.equal({ owner: '', fence: lease.fence, until: 0 });
      expect(await writes(id, lease.fence)).to.deep.equal(none);
      const next = await claim(id, 'other');
      expect(next?.lease.fence).to.equal(lease.fence + 1);
      expect(await release(id, next!.lease.fence, 1, null)).to.equal('released');
      expect((await given().calendars.find(id))?.lastSyncedAt).to.equal(syncedAt);
    });

    it('goes round again when somebody asked meanwhile, with the lease still held', async () => {
      const id = await attached();
      const { lease } = (await claim(id, 'worker'))!;
      await given().calendars.request([id]);
      expect(await release(id, lease.fence, 0)).to.equal('again');
      expect(await claim(id, 'other')).to.equal(null);
      expect(await given().calendars.find(id)).to.include({ servedSeq: 0, requestedSeq: 1 });
      expect(await release(id, lease.fence, 1)).to.equal('released');
      expect(await given().calendars.find(id)).to.include({ servedSeq: 1 });
    });

    it('loses no request that comes while the visit is being released', async () => {
      const id = await attached();
      const { lease } = (await claim(id, 'worker'))!;
      const [outcome] = await Promise.all([release(id, lease.fence, 0), given().calendars.request([id])]);
      const after = (await given().calendars.find(id))!;
      expect(after.requestedSeq).to.equal(1);
      expect(after.servedSeq).to.equal(0);
      if (outcome === 'released') expect(after.dueAt).to.be.below(later);
      else expect(outcome).to.equal('again');
    });

    it('is abandoned whatever was asked meanwhile', async () => {
      const id = await attached();
      const { lease } = (await claim(id, 'worker'))!;
      await given().calendars.request([id]);
      expect(await given().calendars.abandon(id, lease.fence, later, sick)).to.equal(true);
      // Asked to read and given up: whoever comes next has to read.
      expect(await given().calendars.find(id)).to.deep.include({
        dueAt: later,
        readDueAt: 0,
        health: sick,
        servedSeq: 0,
      });
      const next = await claim(id, 'other');
      expect(await given().calendars.abandon(id, next!.lease.fence, null, null)).to.equal(true);
      expect(await given().calendars.find(id)).to.deep.include({ dueAt: later, health: sick });
      expect(await given().calendars.abandon(id, next!.lease.fence, null, null)).to.equal(false);
    });
  });
}
