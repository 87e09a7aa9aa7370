/** Store contract: calendars as records, requests and the order in which they are due. */

import { expect } from 'chai';
import type { EventId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import { settingsOf } from '../../src/store/rules.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar, at } from '../kit/builders.ts';

export function calendarContract(given: () => Store): void {
  describe('calendars', () => {
    it('gives back a calendar as it was inserted, to its own tenant only', async () => {
      const window = { start: at('2027-05-01T00:00:00Z'), end: at('2028-05-01T00:00:00Z') };
      const calendar = aCalendar({
        cursor: { kind: 'delta', value: 'v'.repeat(3000), window },
        health: {
          failures: 2,
          lastFault: 'no answer',
          alarm: {
            ...{ id: 'alarm_1', at: window.start, known: 9, wouldRemove: 8, wouldMove: 1, approvedAt: null },
            ...{ sentence: 'Nearly everything is gone', keys: ['a', 'b'] },
            shown: [{ eventId: 'evt_1' as EventId, title: null, from: window, to: null }],
          },
          quarantined: [{ remoteId: 'x' as never, why: 'no start', at: window.start, span: window }],
        },
        lastSyncedAt: window.start,
      });
      const { calendars } = given();
      expect(await calendars.insert(calendar)).to.equal('inserted');
      expect(await calendars.get(calendar.tenantId, calendar.id)).to.deep.equal(calendar);
      expect(await calendars.find(calendar.id)).to.deep.equal(calendar);
      expect(await calendars.get(newId('tenant'), calendar.id)).to.equal(null);
      expect(await calendars.find(newId('calendar'))).to.equal(null);
    });

    it('attaches a remote calendar of a connection once', async () => {
      const calendar = aCalendar();
      const { tenantId, connectionId, remoteId } = calendar;
      const { calendars } = given();
      await calendars.insert(calendar);
      expect(await calendars.insert(aCalendar({ tenantId, connectionId, remoteId }))).to.equal('duplicate');
      expect(await calendars.insert(aCalendar({ id: calendar.id }))).to.equal('duplicate');
      expect(await calendars.insert(aCalendar({ tenantId, remoteId }))).to.equal('inserted');
    });

    it('lists calendars of a tenant by age, page by page, and those of a connection or resource', async () => {
      const tenantId = newId('tenant');
      const connectionId = newId('connection');
      const resourceId = newId('resource');
      const made = Array.from({ length: 5 }, (_, i) =>
        aCalendar({
          tenantId,
          createdAt: at(`2027-05-0${i + 1}T00:00:00Z`),
          ...(i > 2 ? { connectionId, resourceId } : {}),
        }),
      );
      const { calendars } = given();
      for (const calendar of [...made].reverse()) await calendars.insert(calendar);
      await calendars.insert(aCalendar({ connectionId, resourceId }));
      const first = await calendars.list(tenantId, { limit: 3, after: null, connectionId: null });
      const second = await calendars.list(tenantId, { limit: 3, after: first.next, connectionId: null });
      expect([...first.data, ...second.data].map((c) => c.id)).to.deep.equal(made.map((c) => c.id));
      expect(second.next).to.equal(null);
      const own = made.slice(3).map((c) => c.id);
      const ofConnection = await calendars.list(tenantId, { limit: 9, after: null, connectionId });
      expect(ofConnection.data.map((c) => c.id)).to.deep.equal(own);
      expect((await calendars.ofResource(tenantId, resourceId)).map((c) => c.id)).to.deep.equal(own);
    });

    it('saves settings against the version and touches nothing that belongs to a visit', async () => {
      const calendar = aCalendar();
      const { calendars } = given();
      await calendars.insert(calendar);
      const claimed = await calendars.claim(calendar.id, 'worker', 60_000);
      const settings = { ...settingsOf(calendar), share: 'busy', name: 'Home', state: 'detaching' } as const;
      const intruding = { ...settings, cursor: null, lease: calendar.lease, tenantId: newId('tenant') };
      const saves = [
        calendars.saveSettings(calendar.id, 1, intruding),
        calendars.saveSettings(calendar.id, 1, settings),
      ];
      expect((await Promise.all(saves)).filter(Boolean)).to.have.length(1);
      const stored = await calendars.find(calendar.id);
      expect(stored).to.deep.equal({ ...claimed, ...settings, version: 2 });
      expect(await calendars.saveSettings(newId('calendar'), 1, settings)).to.equal(false);
    });

    it('deletes for its own tenant only', async () => {
      const calendar = aCalendar();
      const { calendars } = given();
      await calendars.insert(calendar);
      expect(await calendars.delete(newId('tenant'), calendar.id)).to.equal(false);
      expect(await calendars.delete(calendar.tenantId, calendar.id)).to.equal(true);
      expect(await calendars.delete(calendar.tenantId, calendar.id)).to.equal(false);
      expect(await calendars.find(calendar.id)).to.equal(null);
    });

    it('raises the request number once per asking, counts no request twice or under, and makes the calendar due', async () => {
      const later = (given().now() + 3_600_000) as Instant;
      const calendar = aCalendar({ dueAt: later });
      const waiting = aCalendar({ dueAt: at('2020-01-01T00:00:00Z') });
      const { calendars } = given();
      await calendars.insert(calendar);
      await calendars.insert(waiting);
      await Promise.all(Array.from({ length: 10 }, () => calendars.request([calendar.id, newId('calendar')])));
      await calendars.request([waiting.id, waiting.id]);
      await calendars.request([]);
      const stored = await calendars.find(calendar.id);
      expect(stored).to.include({ requestedSeq: 10, servedSeq: 0, version: 1 });
      expect(stored?.dueAt).to.be.below(later);
      // Who waits already keeps the place in the queue.
      expect(await calendars.find(waiting.id)).to.include({ requestedSeq: 1, dueAt: waiting.dueAt });
    });

    it('is to be read at once when somebody asks, but not when something is only to be written', async () => {
      const later = (given().now() + 3_600_000) as Instant;
      const calendar = aCalendar({ dueAt: later, readDueAt: later });
      const { calendars } = given();
      await calendars.insert(calendar);
      await calendars.request([calendar.id], 'write');
      const owing = await calendars.find(calendar.id);
      expect(owing).to.include({ requestedSeq: 1, readDueAt: later });
      expect(owing?.dueAt).to.be.below(later);
      await calendars.request([calendar.id]);
      await calendars.request([calendar.id], 'write');
      expect(await calendars.find(calendar.id)).to.include({ requestedSeq: 3, readDueAt: 0 });
    });

    it('names due calendars of a partition, longest waiting first, those that are leaving too, without those that are visited', async () => {
      const partition = 1_000;
      const due = (minute: number, over = {}) =>
        aCalendar({ partition, dueAt: at(`2020-01-01T00:0${minute}:00Z`), ...over });
      const second = due(2);
      const first = due(1);
      const visited = due(0);
      const later = aCalendar({ partition, dueAt: (given().now() + 3_600_000) as Instant });
      const leaving = due(3, { state: 'detaching' });
      const all = [second, first, visited, later, leaving, due(0, { partition: 1_001 })];
      const { calendars } = given();
      for (const calendar of all) await calendars.insert(calendar);
      const claimed = await calendars.claim(visited.id, 'worker', 60_000);
      expect(await calendars.due(partition, 10)).to.deep.equal([first.id, second.id, leaving.id]);
      expect(await calendars.due(partition, 1)).to.deep.equal([first.id]);
      await calendars.abandon(visited.id, claimed!.lease.fence, null, null);
      expect(await calendars.due(partition, 1)).to.deep.equal([visited.id]);
    });
  });
}
