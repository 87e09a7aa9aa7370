/** Invariant 18: no read, link, claim or mark crosses from one tenant to another, whatever they have in common. */
import { expect } from 'chai';
import fc from 'fast-check';
import { addCalendar, makeWorld, memoryConnector, ownerOf } from '../../connectors/memory/index.ts';
import { store as putItem } from '../../connectors/memory/world.ts';
import type { CalendarId, ConnectionId, ResourceId, TenantId } from '../../src/domain/ids.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import { spanOf } from '../../src/domain/series.ts';
import { utcDaysOf } from '../../src/domain/span.ts';
import type { Instant } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { aCalendar, aConnection, aResource, at, someFields, zoned } from '../kit/builders.ts';
import { fakeClock } from '../kit/clock.ts';
import { aRequest, deskOver } from '../kit/desk.ts';
import { suiteSeed } from '../kit/fuzz.ts';
import { stageStart, visitDeps } from '../kit/stage.ts';

const names = ['ten_a', 'ten_b'] as TenantId[];
const hour = (n: number) => ({
  start: zoned(`2027-06-01T${String(8 + n).padStart(2, '0')}:00`),
  end: zoned(`2027-06-01T${String(9 + n).padStart(2, '0')}:00`),
});
const always = { start: 0 as Instant, end: at('2099-01-01T00:00:00Z') };

async function aTenant(store: Store, clock: ReturnType<typeof fakeClock>, tenantId: TenantId) {
  const world = makeWorld();
  const provider = `memory ${tenantId}`;
  const connector = memoryConnector({ world, provider });
  // The same names on both sides: only the tenant keeps them apart.
  const server = addCalendar(world, 'work', { zone: utcZone });
  const resource = aResource({ id: `res_${tenantId.slice(4)}` as ResourceId, tenantId });
  const connection = aConnection({ id: `con_${tenantId.slice(4)}` as ConnectionId, tenantId, provider });
  const id = `cal_${tenantId.slice(4)}` as CalendarId;
  await store.resources.insert(resource);
  await store.connections.insert(connection);
  await store.calendars.insert(
    aCalendar({
      ...{ id, tenantId, provider, connectionId: connection.id },
      ...{ remoteId: server.remoteId, resourceId: resource.id },
    }),
  );
  const visitor = makeVisitor({
    ...visitDeps(store, clock, connector),
    registry: new Map([[provider, connector]]),
  });
  return { tenantId, resource, id, server, owner: ownerOf(server), visit: () => visitor.visit(id) };
}

describe('invariant 18: tenants', function () {
  this.timeout(600_000);
  it('never see, block or adopt what is the other’s, though ids, references, times and marks are the same', async () => {
    const act = fc.record({
      who: fc.nat({ max: 1 }),
      what: fc.constantFrom('create', 'book', 'visit', 'steal'),
      n: fc.nat({ max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), async (acts) => {
        const clock = fakeClock(stageStart);
        const store = memoryStore({ clock });
        const sides = [await aTenant(store, clock, names[0]!), await aTenant(store, clock, names[1]!)] as const;
        const desk = deskOver(store, clock);
        const own: readonly Set<string>[] = [new Set(), new Set()];
        for (const { who, what, n } of acts) {
          const [me, other] = who === 0 ? sides : [sides[1], sides[0]];
          const title = `${me.tenantId} ${n}`;
          if (what === 'create') me.owner.create(someFields({ ...hour(n), title }));
          if (what === 'visit') await me.visit();
          if (what === 'book') {
            const request = { resourceIds: [me.resource.id], externalRef: `J-${n}`, idempotencyKey: `k${n}`, title };
            const outcome = await desk.book(
              me.tenantId,
              aRequest({ ...request, span: spanOf(someFields(hour(n)), utcZone) }),
            );
            if (outcome.kind === 'booked' || outcome.kind === 'existing') {
              expect(outcome.event.tenantId).to.equal(me.tenantId);
            }
            const refused = await desk.book(me.tenantId, aRequest({ resourceIds: [other.resource.id], title }));
            expect(refused.kind).to.equal('not-found');
          }
          // Somebody exports a copy with our mark on it from the other's calendar into their own.
          const copy = other.owner.events()[0];
          if (what === 'steal' && copy !== undefined) {
            putItem(me.server, { ...copy, remoteId: asRemoteId(`stolen-${n}`), createId: null });
            own[who]!.add(copy.fields.title);
          }
        }
        for (const side of sides) await side.visit();
        for (const [i, side] of sides.entries()) {
          const events = await store.events.inSpan(side.tenantId, null, always, 1000);
          for (const event of events) {
            const isOwn = event.fields.title.startsWith(side.tenantId) || own[i]!.has(event.fields.title);
            expect(isOwn, `${event.fields.title} in ${side.tenantId}`).to.equal(true);
            expect(event.resources).to.deep.equal([side.resource.id]);
            expect(event.links.map((link) => link.calendarId)).to.deep.equal([side.id]);
          }
          const sheets = await store.sheets.load(
            side.tenantId,
            sides.map((s) => s.resource.id),
            utcDaysOf(spanOf(someFields(hour(3)), utcZone)),
          );
          const ids = new Set(events.map((event) => event.id));
          for (const row of sheets.flatMap((sheet) => sheet.rows))
            expect(row.eventId !== null && ids.has(row.eventId)).to.equal(true);
        }
      }),
      { numRuns: 80, seed: suiteSeed },
    );
  });
});
