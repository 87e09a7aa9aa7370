/** Store contract: push channels of a calendar, consents under way, and the right to renew credentials. */

import { expect } from 'chai';
import type { PushChannel } from '../../src/domain/calendar.ts';
import { newId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { PendingConsent, Store } from '../../src/store/store.ts';
import { aCalendar, aConnection, at } from '../kit/builders.ts';

const noon = at('2027-06-01T12:00:00Z');
let made = 0;
const unique = (): string => {
  made += 1;
  return `unique-${made}-${newId('event')}`;
};

function aChannel(over: Partial<PushChannel> = {}): PushChannel {
  return {
    id: unique(),
    remoteId: 'remote',
    secretHash: 'hash',
    openedAt: noon,
    endsAt: (noon + 86_400_000) as Instant,
    renewAt: (noon + 60_000) as Instant,
    lastHintAt: null,
    missedAt: null,
    state: 'live',
    ...over,
  };
}

function aConsent(store: Store, over: Partial<PendingConsent> = {}): PendingConsent {
  return {
    id: unique(),
    tenantId: newId('tenant'),
    provider: 'memory',
    verifier: 'sealed',
    returnTo: null,
    browserHash: null,
    isOpened: false,
    expiresAt: (store.now() + 600_000) as Instant,
    ...over,
  };
}

export function accountContract(given: () => Store): void {
  describe('push channels', () => {
    async function attached() {
      const { calendars } = given();
      const calendar = aCalendar();
      await calendars.insert(calendar);
      const claimed = await calendars.claim(calendar.id, 'one', 60_000);
      return { calendars, id: calendar.id, fence: claimed!.lease.fence };
    }

    it('are saved under the lease and found by their id', async () => {
      const { calendars, id, fence } = await attached();
      const [old, fresh] = [aChannel({ state: 'retiring' }), aChannel()];
      expect(await calendars.saveChannels(id, fence - 1, [old])).to.equal(false);
      expect(await calendars.saveChannels(id, fence, [old, fresh])).to.equal(true);
      expect((await calendars.byChannel(old.id))?.channels).to.deep.equal([old, fresh]);
      expect((await calendars.byChannel(fresh.id))?.id).to.equal(id);
      expect(await calendars.byChannel(unique())).to.equal(null);
    });

    it('note the newest hint and ask for a visit only where something changed', async () => {
      const { calendars, id, fence } = await attached();
      const channel = aChannel();
      await calendars.saveChannels(id, fence, [aChannel(), channel]);
      const before = await calendars.find(id);
      await calendars.noteHint(id, channel.id, { at: (noon + 5) as Instant, isDue: false, end: null });
      await calendars.noteHint(id, channel.id, { at: noon, isDue: true, end: null });
      const after = await calendars.find(id);
      expect(after?.channels.map((c) => c.lastHintAt)).to.deep.equal([null, noon + 5]);
      expect(after).to.include({ requestedSeq: before!.requestedSeq + 1, readDueAt: 0 });
    });

    it('are told to renew or that they are gone', async () => {
      const { calendars, id, fence } = await attached();
      const [first, second] = [aChannel(), aChannel()];
      await calendars.saveChannels(id, fence, [first, second]);
      await calendars.noteHint(id, first.id, { at: noon, isDue: true, end: 'renew' });
      await calendars.noteHint(id, second.id, { at: noon, isDue: true, end: 'gone' });
      await calendars.noteHint(id, unique(), { at: noon, isDue: true, end: 'gone' });
      const after = await calendars.find(id);
      expect(after?.channels.map((c) => [c.renewAt, c.endsAt])).to.deep.equal([
        [0, first.endsAt],
        [second.renewAt, 0],
      ]);
    });
  });

  describe('feeds', () => {
    it('have one address each, which a new one replaces', async () => {
      const { feeds } = given();
      const feed = {
        resourceId: newId('resource'),
        tenantId: newId('tenant'),
        tokenHash: unique(),
        detail: 'full',
      } as const;
      await feeds.put(feed);
      const next = { ...feed, tokenHash: unique(), detail: 'busy' } as const;
      await feeds.put(next);
      expect(await feeds.byToken(feed.tokenHash)).to.equal(null);
      expect(await feeds.byToken(next.tokenHash)).to.deep.equal(next);
      expect(await feeds.delete(newId('tenant'), feed.resourceId)).to.equal(false);
      expect(await feeds.delete(feed.tenantId, feed.resourceId)).to.equal(true);
      expect(await feeds.byToken(next.tokenHash)).to.equal(null);
    });
  });

  describe('consents', () => {
    it('are opened once and taken once', async () => {
      const { consents } = given();
      const pending = aConsent(given());
      await consents.insert(pending);
      expect(await consents.open(pending.id, 'browser')).to.deep.equal({
        ...pending,
        isOpened: true,
        browserHash: 'browser',
      });
      expect(await consents.open(pending.id, 'other')).to.equal(null);
      expect((await consents.take(pending.id))?.browserHash).to.equal('browser');
      expect(await consents.take(pending.id)).to.equal(null);
    });

    it('are nothing any more when their time is over', async () => {
      const { consents } = given();
      const pending = aConsent(given(), { expiresAt: (given().now() - 1) as Instant });
      await consents.insert(pending);
      expect(await consents.open(pending.id, 'browser')).to.equal(null);
      expect(await consents.take(pending.id)).to.equal(null);
    });
  });

  describe('renewal of credentials', () => {
    it('is the right of one at a time and touches nothing else', async () => {
      const { connections } = given();
      const connection = aConnection();
      await connections.insert(connection);
      expect(await connections.claimRenewal(connection.id, 'one', 60_000)).to.equal(true);
      expect(await connections.claimRenewal(connection.id, 'two', 60_000)).to.equal(false);
      expect(await connections.claimRenewal(connection.id, 'one', 60_000)).to.equal(true);
      expect(await connections.get(connection.tenantId, connection.id)).to.deep.equal(connection);
      expect(await connections.save({ ...connection, version: 2, tokenRev: 2 })).to.equal(true);
      expect(await connections.claimRenewal(connection.id, 'two', 60_000)).to.equal(false);
      await connections.endRenewal(connection.id, 'two');
      expect(await connections.claimRenewal(connection.id, 'two', 60_000)).to.equal(false);
      await connections.endRenewal(connection.id, 'one');
      expect(await connections.claimRenewal(connection.id, 'two', 60_000)).to.equal(true);
    });

    it('passes on when the holder died', async () => {
      const { connections } = given();
      const connection = aConnection();
      await connections.insert(connection);
      expect(await connections.claimRenewal(connection.id, 'dead', -1)).to.equal(true);
      expect(await connections.claimRenewal(connection.id, 'next', 60_000)).to.equal(true);
    });

    it('finds an account of another tenant', async () => {
      const { connections } = given();
      const connection = aConnection({ account: unique() });
      await connections.insert(connection);
      const { provider, account, tenantId } = connection;
      expect(await connections.elsewhere(provider, account, newId('tenant'))).to.equal(true);
      expect(await connections.elsewhere(provider, account, tenantId)).to.equal(false);
      expect(await connections.elsewhere(provider, unique(), newId('tenant'))).to.equal(false);
    });
  });
}
