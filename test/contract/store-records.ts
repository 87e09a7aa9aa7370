/** Store contract: connections, resources, conflicts, holds, tenants and their keys. */

import { expect } from 'chai';
import type { ConflictId, TenantId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Conflict } from '../../src/domain/policy.ts';
import type { Hold } from '../../src/domain/resource.ts';
import type { ApiKey } from '../../src/domain/tenant.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Page, PageQuery, Store } from '../../src/store/store.ts';
import { aConnection, aResource, at, day } from '../kit/builders.ts';

const noon = at('2027-06-01T12:00:00Z');

function aConflict(over: Partial<Conflict> = {}): Conflict {
  return {
    id: newId('conflict') as ConflictId,
    tenantId: newId('tenant'),
    version: 1,
    state: 'open',
    kind: 'edit',
    eventId: newId('event'),
    other: null,
    isBooking: true,
    resourceId: null,
    calendarId: newId('calendar'),
    unit: 'when',
    ours: '10:00',
    theirs: '11:00',
    oursAt: noon,
    theirsAt: null,
    sentence: 'Both sides moved it',
    alternatives: [{ start: noon, end: (noon + 60_000) as Instant, resourceIds: [newId('resource')] }],
    openedAt: noon,
    decision: null,
    resolvedAt: null,
    choice: null,
    ...over,
  };
}

function aKey(over: Partial<ApiKey> = {}): ApiKey {
  const id = newId('key');
  return {
    id,
    tenantId: newId('tenant'),
    name: 'website',
    scopes: ['read', 'book'],
    hash: `hash-of-${id}`,
    createdAt: noon,
    expiresAt: null,
    revokedAt: null,
    ...over,
  };
}

async function fault(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

/** Every id, read in pages of two. */
async function idsOf<T extends { readonly id: string }>(list: (q: PageQuery) => Promise<Page<T>>): Promise<string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const page: Page<T> = await list({ limit: 2, after });
    expect(page.data.length).to.be.at.most(2);
    ids.push(...page.data.map((row) => row.id));
    after = page.next;
  } while (after !== null);
  return ids;
}
const minute = (i: number) => (noon + i * 60_000) as Instant;

export function recordContract(given: () => Store): void {
  describe('connections', () => {
    it('keeps one connection per account, saves against the version and deletes within the tenant', async () => {
      const tenantId = newId('tenant');
      const connection = aConnection({ tenantId, settings: { 'server.url': 'https://dav.example.com', $x: '1' } });
      const { connections } = given();
      await connections.insert(connection);
      const { provider, account } = connection;
      expect(await connections.get(tenantId, connection.id)).to.deep.equal(connection);
      expect(await connections.byAccount(tenantId, provider, account)).to.deep.equal(connection);
      expect(await connections.byAccount(newId('tenant'), provider, account)).to.equal(null);
      expect(await fault(connections.insert(aConnection({ tenantId, account })))).to.include({ kind: 'clash' });
      const next = { ...connection, version: 2, secret: 'resealed', tokenRev: 2, pausedUntil: noon };
      const saves = await Promise.all([connections.save(next), connections.save(next)]);
      expect(saves.filter(Boolean)).to.have.length(1);
      expect(await connections.get(tenantId, connection.id)).to.deep.equal(next);
      expect(await connections.save({ ...next, version: 3, tenantId: newId('tenant') })).to.equal(false);
      expect(await connections.delete(newId('tenant'), connection.id)).to.equal(false);
      expect(await connections.delete(tenantId, connection.id)).to.equal(true);
      expect(await connections.get(tenantId, connection.id)).to.equal(null);
    });

    it('lists the connections of a tenant by age', async () => {
      const tenantId = newId('tenant');
      const made = Array.from({ length: 5 }, (_, i) => aConnection({ tenantId, createdAt: minute(i) }));
      for (const connection of [...made].reverse()) await given().connections.insert(connection);
      expect(await idsOf((q) => given().connections.list(tenantId, q))).to.deep.equal(made.map((c) => c.id));
    });
  });

  describe('resources', () => {
    it('gives back what was saved, within the tenant and against the version', async () => {
      const resource = aResource({
        tenantId: newId('tenant'),
        skills: [{ skill: 'gas', level: 3, validUntil: day('2028-01-01') }],
        home: { lat: 52.5, lng: 13.25, address: null },
        workingHours: [{ days: ['mon', 'fri'], from: '08:00', to: '26:00' }],
        overrides: [{ date: day('2027-06-02'), spans: [{ from: '10:00', to: '12:00' }] }],
        limits: { 'jobs.perDay': 6 },
      });
      const { resources } = given();
      const { tenantId, id } = resource;
      await resources.insert(resource);
      expect(await resources.get(tenantId, id)).to.deep.equal(resource);
      expect(await resources.get(newId('tenant'), id)).to.equal(null);
      expect(await fault(resources.insert(resource))).to.include({ kind: 'clash' });
      expect(await resources.getMany(tenantId, [id, newId('resource'), id])).to.deep.equal([resource]);
      expect(await resources.getMany(newId('tenant'), [id])).to.deep.equal([]);
      expect(await resources.save({ ...resource, version: 3 })).to.equal(false);
      expect(await resources.save({ ...resource, version: 2, tenantId: newId('tenant') })).to.equal(false);
      expect(await resources.save({ ...resource, version: 2, name: 'Kim' })).to.equal(true);
      expect(await resources.get(tenantId, id)).to.include({ name: 'Kim', version: 2 });
    });

    it('keeps a deleted resource readable by id and leaves it out of the list', async () => {
      const tenantId = newId('tenant');
      const made = Array.from({ length: 5 }, (_, i) => aResource({ tenantId, createdAt: minute(i) }));
      for (const resource of [...made].reverse()) await given().resources.insert(resource);
      const gone = { ...made[2]!, version: 2, deletedAt: noon };
      await given().resources.save(gone);
      const left = made.filter((r) => r.id !== gone.id).map((r) => r.id);
      expect(await idsOf((q) => given().resources.list(tenantId, q))).to.deep.equal(left);
      expect(await given().resources.get(tenantId, gone.id)).to.deep.equal(gone);
    });
  });

  describe('conflicts', () => {
    it('opens each conflict once, also when many open it, and never reopens a resolved one', async () => {
      const { conflicts } = given();
      const conflict = aConflict();
      const { tenantId, id } = conflict;
      const opened = await Promise.all([conflicts.open([conflict]), conflicts.open([conflict])]);
      expect(opened.sort()).to.deep.equal([0, 1]);
      expect(await conflicts.open([])).to.equal(0);
      expect(await conflicts.get(tenantId, id)).to.deep.equal(conflict);
      expect(await conflicts.get(newId('tenant'), id)).to.equal(null);
      expect(await conflicts.countOpen(tenantId, conflict.calendarId!)).to.equal(1);
      const resolved = { ...conflict, version: 2, state: 'resolved', resolvedAt: noon, choice: 'ours' } as const;
      expect(await conflicts.save(resolved)).to.equal(true);
      expect(await conflicts.save(resolved)).to.equal(false);
      expect(await conflicts.open([conflict, aConflict({ tenantId })])).to.equal(1);
      expect(await conflicts.get(tenantId, id)).to.deep.equal(resolved);
      expect(await conflicts.countOpen(tenantId, conflict.calendarId!)).to.equal(0);
    });

    it('keeps what is not told yet until it is told, also when it is opened again', async () => {
      const { conflicts, connections } = given();
      const news = { at: noon, text: 'Somebody chose.' };
      const owing = aConflict({ kind: 'overlap', untold: [news], state: 'resolved', resolvedAt: noon, choice: 'ours' });
      await conflicts.open([owing, aConflict()]);
      const { untold: _, ...told } = owing;
      await conflicts.open([{ ...told, state: 'open', resolvedAt: null, choice: null }]);
      const found = (await conflicts.untold(noon, 1000)).filter((c) => c.id === owing.id);
      expect(found.map((c) => [c.state, c.version, c.untold])).to.deep.equal([['open', 2, [news]]]);
      expect((await conflicts.untold(minute(-1), 1000)).filter((c) => c.id === owing.id)).to.deep.equal([]);
      await conflicts.told(owing);
      expect((await conflicts.get(owing.tenantId, owing.id))!.untold).to.deep.equal([news]);
      await conflicts.told(found[0]!);
      expect(await conflicts.get(owing.tenantId, owing.id)).to.not.have.property('untold');

      const connection = aConnection({ tenantId: newId('tenant') });
      const stopped = { ...news, calendarId: newId('calendar'), resourceId: newId('resource') };
      await connections.insert(connection);
      const next = { ...connection, version: 2, untold: [stopped] };
      await connections.save(next);
      // Somebody who read it before saves it without the news: they stay owed.
      await connections.save({ ...connection, version: 3 });
      const mine = (await connections.untold(noon, 1000)).filter((c) => c.id === connection.id);
      expect(mine.map((c) => [c.version, c.untold])).to.deep.equal([[3, [stopped]]]);
      await connections.told(next);
      expect(await connections.get(connection.tenantId, connection.id)).to.have.property('untold');
      await connections.told(mine[0]!);
      expect(await connections.get(connection.tenantId, connection.id)).to.not.have.property('untold');
    });

    it('opens again what can happen again, and nothing that was accepted knowingly', async () => {
      const { conflicts } = given();
      const end = { version: 2, state: 'resolved', resolvedAt: noon } as const;
      const cases = [
        [{ kind: 'overlap' }, { choice: null }, 1],
        [{ kind: 'overlap' }, { choice: 'both' }, 0],
        [{ kind: 'removed' }, { choice: 'ours' }, 1],
        [{ kind: 'edit' }, { choice: 'ours' }, 0],
      ] as const;
      for (const [over, choice, news] of cases) {
        const conflict = aConflict({ ...over });
        await conflicts.open([conflict]);
        await conflicts.save({ ...conflict, ...end, ...choice });
        expect(await conflicts.open([conflict]), over.kind).to.equal(news);
        const now = await conflicts.get(conflict.tenantId, conflict.id);
        expect(now).to.deep.include(news === 1 ? { state: 'open', version: 3, choice: null } : { state: 'resolved' });
      }
    });

    it('tells all open conflicts of all tenants, with what was decided and is not done yet', async () => {
      const { conflicts } = given();
      const decision = { choice: 'move', start: noon, resourceIds: [newId('resource')] } as const;
      const made = [
        aConflict({ decision, other: { eventId: newId('event'), isBooking: true } }),
        aConflict({ openedAt: minute(1) }),
        aConflict({ openedAt: minute(2) }),
      ];
      await conflicts.open(made);
      await conflicts.save({ ...made[1]!, version: 2, state: 'resolved' });
      const ids = await idsOf((q) => conflicts.allOpen(q));
      expect(ids.filter((id) => made.some((c) => c.id === id))).to.deep.equal([made[0]!.id, made[2]!.id]);
      expect((await conflicts.get(made[0]!.tenantId, made[0]!.id))!.decision).to.deep.equal(decision);
    });

    it('lists conflicts newest first, by state and by event', async () => {
      const tenantId = newId('tenant');
      const made = Array.from({ length: 5 }, (_, i) => aConflict({ tenantId, openedAt: minute(i) }));
      await given().conflicts.open([...made, aConflict()]);
      await given().conflicts.save({ ...made[1]!, version: 2, state: 'resolved' });
      const list = (over: object) =>
        idsOf((q) => given().conflicts.list(tenantId, { state: null, eventId: null, ...q, ...over }));
      const newest = made.map((c) => c.id).reverse();
      expect(await list({})).to.deep.equal(newest);
      expect(await list({ state: 'open' })).to.deep.equal(newest.filter((id) => id !== made[1]!.id));
      expect(await list({ state: 'resolved' })).to.deep.equal([made[1]!.id]);
      expect(await list({ eventId: made[3]!.eventId })).to.deep.equal([made[3]!.id]);
    });
  });

  describe('holds', () => {
    const aHold = (tenantId: TenantId, from: number, expiresAt = minute(90)): Hold => ({
      id: newId('hold'),
      tenantId,
      span: { start: minute(from), end: minute(from + 30) },
      resourceIds: [newId('resource')],
      note: null,
      expiresAt: (expiresAt + 10 * 365 * 86_400_000) as Instant,
      createdAt: noon,
    });

    it('finds running holds that touch a span, by start', async () => {
      const tenantId = newId('tenant');
      const { holds } = given();
      const now = (minute(60) + 10 * 365 * 86_400_000) as Instant;
      const first = aHold(tenantId, 0);
      const second = aHold(tenantId, 29);
      const others = [
        aHold(tenantId, 30),
        aHold(tenantId, -30),
        aHold(tenantId, 0, minute(60)),
        aHold(newId('tenant'), 0),
      ];
      for (const hold of [second, first, ...others]) await holds.insert(hold);
      const found = await holds.inSpan(tenantId, { start: minute(0), end: minute(30) }, now);
      expect(found).to.deep.equal([first, second]);
    });

    it('reads and deletes within the tenant', async () => {
      const hold = aHold(newId('tenant'), 0);
      const { holds } = given();
      await holds.insert(hold);
      expect(await holds.get(hold.tenantId, hold.id)).to.deep.equal(hold);
      expect(await holds.get(newId('tenant'), hold.id)).to.equal(null);
      expect(await holds.delete(newId('tenant'), hold.id)).to.equal(false);
      expect(await holds.delete(hold.tenantId, hold.id)).to.equal(true);
      expect(await holds.get(hold.tenantId, hold.id)).to.equal(null);
    });
  });

  describe('tenants and keys', () => {
    it('keeps the rules of a tenant against their version, and knows who still has to follow', async () => {
      const { tenants } = given();
      const id = newId('tenant');
      const none = { version: 0, own: { policy: {}, busyRules: {} }, appliedVersion: 0 };
      const own = {
        policy: { removedThere: 'restore', authority: { when: 'ask' } },
        busyRules: { free: true },
      } as const;
      const first = { version: 1, own, appliedVersion: 0 };
      expect(await tenants.saveRules(id, first)).to.equal(false);
      await tenants.insert({ id, name: 'One', createdAt: noon });
      expect(await tenants.rules(id)).to.deep.equal(none);
      expect((await Promise.all([tenants.saveRules(id, first), tenants.saveRules(id, first)])).sort()).to.deep.equal([
        false,
        true,
      ]);
      expect(await tenants.rules(id)).to.deep.equal(first);
      expect(await tenants.rulesOwed(1000)).to.include(id);
      expect(await tenants.saveRules(id, { ...first, version: 2 })).to.equal(true);
      await tenants.markRulesApplied(id, 1);
      expect(await tenants.rulesOwed(1000)).to.include(id);
      await tenants.markRulesApplied(id, 2);
      expect(await tenants.rulesOwed(1000)).to.not.include(id);
      expect((await tenants.rules(id)).appliedVersion).to.equal(2);
      expect(await tenants.get(id)).to.deep.equal({ id, name: 'One', createdAt: noon });
    });

    it('makes a tenant once and lists all by age', async () => {
      const made = Array.from({ length: 3 }, (_, i) => ({ id: newId('tenant'), name: `T${i}`, createdAt: minute(i) }));
      const { tenants } = given();
      for (const tenant of [...made].reverse()) expect(await tenants.insert(tenant)).to.equal('inserted');
      expect(await tenants.insert({ ...made[0]!, name: 'other' })).to.equal('duplicate');
      expect(await tenants.get(made[0]!.id)).to.deep.equal(made[0]);
      expect(await tenants.get(newId('tenant'))).to.equal(null);
      const own = new Set<string>(made.map((t) => t.id));
      expect((await idsOf((q) => tenants.list(q))).filter((id) => own.has(id))).to.deep.equal(made.map((t) => t.id));
    });

    it('finds a key by its hash, lists keys within the tenant and revokes once', async () => {
      const { tenants } = given();
      const tenantId = newId('tenant');
      const before = await tenants.countKeys();
      const made = Array.from({ length: 3 }, (_, i) => aKey({ tenantId, createdAt: minute(i) }));
      for (const key of made) await tenants.insertKey(key);
      await tenants.insertKey(aKey());
      expect(await tenants.countKeys()).to.equal(before + 4);
      const first = made[0]!;
      expect(await fault(tenants.insertKey(aKey({ hash: first.hash })))).to.include({ kind: 'clash' });
      expect(await tenants.keyByHash(first.hash)).to.deep.equal(first);
      expect(await tenants.keyByHash('no such hash')).to.equal(null);
      expect(await idsOf((q) => tenants.keys(tenantId, q))).to.deep.equal(made.map((k) => k.id));
      expect(await tenants.revokeKey(newId('tenant'), first.id, noon)).to.equal(false);
      expect(await tenants.revokeKey(tenantId, first.id, noon)).to.equal(true);
      expect(await tenants.revokeKey(tenantId, first.id, minute(1))).to.equal(false);
      expect(await tenants.keyByHash(first.hash)).to.deep.equal({ ...first, revokedAt: noon });
    });
  });
}
