/** Why a calendar is stale or degraded, in sentences that a dispatcher understands. */
import { expect } from 'chai';
import { whyOf } from '../../src/api/sync-why.ts';
import type { Calendar, Connection } from '../../src/domain/calendar.ts';
import { asRemoteId, type CalendarId, defaultTenantId } from '../../src/domain/ids.ts';
import type { Instant } from '../../src/domain/time.ts';
import { aConnectionOf, anApi, aTechnician } from '../kit/api.ts';
import { aCalendar, aConnection, aLink, anEvent, at } from '../kit/builders.ts';

const now = at('2027-06-01T12:00:00Z');
const synced = at('2027-06-01T11:59:00Z');
const ago = (minutes: number) => (now - minutes * 60_000) as Instant;
const healthy: Partial<Calendar> = { lastSyncedAt: synced, dueAt: (now + 60_000) as Instant };
const noHealth = { failures: 0, lastFault: null, alarm: null, quarantined: [] };

const why = (
  calendar: Partial<Calendar>,
  connection: Partial<Connection> | null = {},
  facts: { pending?: number; conflicts?: number; oldestPendingAt?: Instant } = {},
) =>
  whyOf(
    aCalendar({ ...healthy, ...calendar }),
    connection === null ? null : aConnection({ account: 'sam@example.com', ...connection }),
    { now, pending: 0, conflicts: 0, oldestPendingAt: null, ...facts },
  );

describe('why a calendar is as it is', () => {
  it('is nothing to tell when all is well', () => {
    expect(why({})).to.deep.equal([]);
  });

  it('names the account that needs consent, since when nothing was read, and what the provider said', () => {
    expect(why({}, { state: 'needs_consent', lastFault: 'the password was refused' })).to.deep.equal([
      'The account sam@example.com needs consent. The password was refused. Nothing was read since 2027-06-01T11:59:00Z.',
    ]);
    expect(why({ lastSyncedAt: null }, { state: 'revoked' })).to.deep.equal([
      'The account sam@example.com was disconnected.',
    ]);
    expect(why({}, { state: 'paused' })[0]).to.include('is paused');
    expect(why({}, null)).to.deep.equal(['The account that it belongs to was removed.']);
  });

  it('names the time until which the provider asked us to wait, and only while it is to come', () => {
    expect(why({}, { pausedUntil: at('2027-06-01T12:05:00Z') })).to.deep.equal([
      'The provider asked us to wait until 2027-06-01T12:05:00Z.',
    ]);
    expect(why({}, { pausedUntil: ago(1) })).to.deep.equal([]);
  });

  it('counts failed visits, with the last reason and the next try', () => {
    const health = { ...noHealth, failures: 3, lastFault: 'the server does not answer' };
    expect(why({ health, dueAt: at('2027-06-01T12:04:00Z') })).to.deep.equal([
      '3 visits in a row failed: The server does not answer. Next try at 2027-06-01T12:04:00Z.',
    ]);
    expect(why({ health: { ...health, failures: 1 }, dueAt: ago(1) })[0]).to.match(/^The last visit failed: .* now\.$/);
  });

  it('says what is held and since when', () => {
    const alarm = {
      ...{
        id: 'alarm_1',
        at: ago(30),
        known: 60,
        wouldRemove: 40,
        wouldMove: 0,
        shown: [],
        keys: [],
        approvedAt: null,
      },
      sentence: '40 of 60 events would be removed',
    };
    expect(why({ health: { ...noHealth, alarm } })).to.deep.equal([
      'Held since 2027-06-01T11:30:00Z: 40 of 60 events would be removed.',
    ]);
  });

  it('tells a calendar that was not visited yet from one that nobody visits', () => {
    const fresh = { lastSyncedAt: null, dueAt: ago(1) };
    expect(why(fresh)).to.deep.equal(['Not visited yet.']);
    const lease = { owner: 'one', fence: 1, until: (now + 1) as Instant };
    expect(why({ ...fresh, lease })).to.deep.equal(['It is being read for the first time.']);
    expect(why({ dueAt: ago(11) })).to.deep.equal([
      'It has been due since 2027-06-01T11:49:00Z, and nobody has visited it: are the sweeps running?',
    ]);
    expect(why({ state: 'detaching' })).to.deep.equal(['It is being detached; our copies are taken back first.']);
  });

  it('counts what waits: writes, answers, events that could not be read', () => {
    const quarantined = [{ remoteId: asRemoteId('x'), why: 'no start', at: ago(5), span: null }];
    expect(
      why({ health: { ...noHealth, quarantined } }, {}, { pending: 2, conflicts: 1, oldestPendingAt: ago(60) }),
    ).to.deep.equal([
      '2 changes wait to be written, the oldest since 2027-06-01T11:00:00Z.',
      '1 conflict waits for an answer.',
      '1 event could not be read and is set aside.',
    ]);
    expect(why({}, {}, { pending: 1 })).to.deep.equal(['1 change waits to be written.']);
  });

  it('is shown in the answer, with the age of the oldest debt where one calendar is asked for', async () => {
    const api = await anApi();
    try {
      const resourceId = await aTechnician(api);
      const connectionId = await aConnectionOf(api);
      const id = 'cal_slow' as CalendarId;
      const far = (api.clock.now() + 3_600_000) as Instant;
      const fields = { id, resourceId, connectionId, dueAt: far, lastSyncedAt: api.clock.now() };
      await api.store.calendars.insert(aCalendar(fields as Partial<Calendar>));
      const updatedAt = at('2027-06-01T05:00:00Z');
      const owing = { calendarId: id, settledVersion: 0, retryAt: far };
      await api.store.events.insert(anEvent({ tenantId: defaultTenantId, updatedAt, links: [aLink(owing)] }));
      const one = await api.ask('GET', `/v1/calendars/${id}`);
      expect(one.body.sync.why).to.deep.equal(['1 change waits to be written, the oldest since 2027-06-01T05:00:00Z.']);
      const list = await api.ask('GET', '/v1/calendars');
      expect(list.body.data[0].sync.why).to.deep.equal(['1 change waits to be written.']);
    } finally {
      await api.close();
    }
  });
});
