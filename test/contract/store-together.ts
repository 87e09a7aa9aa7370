/** Store contract: many callers at one moment hear what each would have heard alone. */

import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { Span } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { aCalendar, anEvent, aResource, at, someFields, zoned } from '../kit/builders.ts';
import { aBooked } from './store-events.ts';

const span = (from: number, to: number): Span => ({ start: hour(from), end: hour(to) });
const hour = (n: number) => at(`2027-06-01T${String(n).padStart(2, '0')}:00:00Z`);
const hours = (from: number) =>
  someFields({ start: zoned(`2027-06-01T${10 + from}:00`, 'UTC'), end: zoned(`2027-06-01T${11 + from}:00`, 'UTC') });

export function togetherContract(given: () => Store): void {
  describe('many callers at one moment', () => {
    it('insert each their own event, and only those whose id or reference is there already are told so', async () => {
      const tenantId = newId('tenant');
      const stored = anEvent({ tenantId });
      await given().events.insert(stored);
      const plain = Array.from({ length: 70 }, () => anEvent({ tenantId }));
      const twice = anEvent({ tenantId });
      const referring = [1, 2].map(() => aBooked({ tenantId }, { externalRef: 'A' }));
      const all = [...plain.slice(0, 35), stored, twice, ...referring, twice, ...plain.slice(35)];
      const answers = await Promise.all(all.map((event) => given().events.insert(event)));
      expect(answers.filter((answer) => answer === 'inserted')).to.have.length(72);
      expect(answers[35]).to.equal('duplicate');
      expect([answers[36], answers[39]].sort()).to.deep.equal(['duplicate', 'inserted']);
      expect(answers.slice(37, 39).sort()).to.deep.equal(['duplicate', 'inserted']);
      const found = await given().events.getMany(
        tenantId,
        plain.map((event) => event.id),
      );
      expect(found).to.have.length(70);
    });

    it('find each those who owe rows near their own time and resource', async () => {
      const tenants = [newId('tenant'), newId('tenant')] as const;
      const resources = [newId('resource'), newId('resource'), newId('resource')];
      const placed = tenants.flatMap((tenantId) =>
        resources.flatMap((id) =>
          // The one in the middle has its rows.
          [0, 2, 4].map((after) => {
            const sheetVersion = after === 2 ? 1 : 0;
            return { after, event: anEvent({ tenantId, resources: [id], fields: hours(after), sheetVersion }) };
          }),
        ),
      );
      const deleted = { ...anEvent({ tenantId: tenants[0], resources, fields: hours(0) }), sheetVersion: 0 };
      await given().events.saveMany([...placed.map(({ event }) => event), { ...deleted, deletedAt: hour(1) }]);
      const asks = tenants.flatMap((tenantId) =>
        [...resources.map((id) => [id]), resources.slice(0, 2), null].flatMap((ids) =>
          [span(10, 11), span(11, 13), span(14, 15), span(9, 20)].map((time) => ({ tenantId, ids, time })),
        ),
      );
      for (const limit of [100, 2]) {
        const found = await Promise.all(
          asks.map(({ tenantId, ids, time }) => given().events.inSpan(tenantId, ids, time, limit, 'owing-rows')),
        );
        for (const [i, { tenantId, ids, time }] of asks.entries()) {
          const names = placed
            .filter(({ event }) => event.tenantId === tenantId && event.sheetVersion === 0)
            .filter(({ event }) => ids === null || ids.includes(event.resources[0]!))
            .filter(({ after }) => hour(10 + after) < time.end && hour(11 + after) > time.start)
            .map(({ event }) => event.id);
          const got = found[i]!.map((event) => event.id);
          expect(names).to.include.members(got);
          expect(got).to.have.length(Math.min(limit, names.length));
        }
      }
    });

    it('read each their own resources and calendars of their own tenant', async () => {
      const tenants = [newId('tenant'), newId('tenant')] as const;
      const resources = tenants.flatMap((tenantId) => [1, 2, 3].map(() => aResource({ tenantId })));
      await Promise.all(resources.map((resource) => given().resources.insert(resource)));
      const calendars = resources.map(({ id, tenantId }) => aCalendar({ tenantId, resourceId: id }));
      await Promise.all(calendars.map((calendar) => given().calendars.insert(calendar)));
      for (const tenantId of tenants) {
        const read = await Promise.all(resources.map(({ id }) => given().resources.getMany(tenantId, [id, id])));
        expect(read).to.deep.equal(resources.map((r) => (r.tenantId === tenantId ? [r] : [])));
        const of = await Promise.all(resources.map(({ id }) => given().calendars.ofResources(tenantId, [id])));
        expect(of).to.deep.equal(calendars.map((c) => (c.tenantId === tenantId ? [c] : [])));
      }
    });
  });
}
