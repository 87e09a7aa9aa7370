/** Single answers of Google that the simulator does not give, and the exact form of what is asked. */
import { expect } from 'chai';
import type { Change } from '../../../src/domain/connector.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { asRemoteId, asRemoteStamp } from '../../../src/domain/ids.ts';
import {
  contractWindow,
  createIntent,
  pullAll,
  removeIntent,
  updateIntent,
  upserts,
} from '../../contract/connector.ts';
import { someFields, zoned } from '../../kit/builders.ts';
import { berlin } from '../../kit/google-account.ts';
import { type CannedGoogle, cannedGoogle, type Reply } from '../../kit/google-contract.ts';

const calendar = {
  remoteId: asRemoteId('team#1/x@group.calendar.google.com'),
  name: 'Team',
  zone: berlin,
  canWrite: true,
};
const row = (id: string, more: object = {}) => ({
  ...{ id, etag: '"1"', status: 'confirmed', updated: '2027-05-01T00:00:00.000Z' },
  ...{ start: { dateTime: '2027-06-01T12:00:00+02:00' }, end: { dateTime: '2027-06-01T13:00:00+02:00' } },
  ...more,
});
const refusal = (code: number, reason: string): Reply => [
  code,
  { error: { code, message: 'No.', errors: [{ domain: 'global', reason }] } },
];
const kindOf = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (fault: Fault) => fault.kind,
  );

describe('Google’s answers', () => {
  let g: CannedGoogle;
  const given = (...replies: Reply[]) => {
    g = cannedGoogle(replies);
    return { connection: g.connection, calendar };
  };
  afterEach(async () => {
    await g.stop();
    expect(g.wrongs).to.deep.equal([]);
  });

  it('are asked for with the window on the first list only, and with the same parameters afterwards', async () => {
    const f = given(
      [200, { items: [], nextPageToken: 'p' }],
      [200, { items: [], nextSyncToken: 's' }],
      [200, { items: [], nextSyncToken: 't' }],
    );
    const { next } = await pullAll(f, null);
    await pullAll(f, next);
    const queries = g.asked.map(({ query }) => Object.fromEntries(query));
    const { fields, ...plain } = queries[2]!;
    expect(plain).to.deep.equal({ singleEvents: 'false', maxResults: '1000', syncToken: 's' });
    expect(queries[0]).to.deep.equal({
      singleEvents: 'false',
      maxResults: '1000',
      fields,
      timeMin: new Date(contractWindow.start).toISOString().replace('.000', ''),
    });
    expect(queries[1]).to.deep.equal({ ...queries[0], pageToken: 'p' });
  });

  it('may have empty pages while more follow', async () => {
    const f = given([200, { nextPageToken: 'p' }], [200, { items: [row('aaaaa')], nextSyncToken: 's' }]);
    expect(upserts((await pullAll(f, null)).changes)).to.have.length(1);
  });

  it('without a sync token at the end are no complete list', async () => {
    expect(await kindOf(pullAll(given([200, { items: [] }]), null))).to.equal('transient');
  });

  it('tell no older state of an event after a newer one', async () => {
    const f = given(
      [200, { items: [], nextSyncToken: 's' }],
      [200, { items: [row('aaaaa', { etag: '"2"', updated: '2027-05-02T00:00:00.000Z' })], nextPageToken: 'p' }],
      [200, { items: [row('aaaaa')], nextSyncToken: 't' }],
    );
    const { next } = await pullAll(f, null);
    expect(upserts((await pullAll(f, next)).changes).map((r) => r.stamp)).to.deep.equal(['"2"']);
  });

  it('may hold cancelled occurrences without start, end or UID, and what is no event at all', async () => {
    const f = given(
      [200, { items: [], nextSyncToken: 's' }],
      [
        200,
        {
          items: [
            null,
            7,
            {},
            {
              id: 'm_20270601T100000Z',
              status: 'cancelled',
              recurringEventId: 'mmmmm',
              originalStartTime: { dateTime: '2027-06-01T12:00:00+02:00' },
            },
          ],
          nextSyncToken: 't',
        },
      ],
      refusal(404, 'notFound'),
    );
    const { next } = await pullAll(f, null);
    expect((await pullAll(f, next)).changes).to.deep.equal([]);
  });

  it('show an invitation to one occurrence as an event of its own', async () => {
    const guest = row('m_20270601T100000Z', {
      recurringEventId: 'mmmmm',
      iCalUID: 'u',
      originalStartTime: { dateTime: '2027-06-01T12:00:00+02:00' },
      attendees: [{ self: true, responseStatus: 'needsAction' }],
    });
    const f = given([200, { items: [guest], nextSyncToken: 's' }], [200, { items: [guest] }]);
    const [change] = (await pullAll(f, null)).changes as [Extract<Change, { kind: 'upsert' }>];
    expect(change.remote).to.deep.include({ remoteId: guest.id, stamp: '"1"' });
    expect(change.remote.fields).to.deep.include({
      series: null,
      response: 'unanswered',
      start: zoned('2027-06-01T12:00', berlin),
    });
  });

  it('410 with another reason than a deleted event is a lost place', async () => {
    for (const reason of ['fullSyncRequired', 'updatedMinTooLongAgo']) {
      const f = given([200, { items: [], nextSyncToken: 's' }], refusal(410, reason));
      const { next } = await pullAll(f, null);
      expect(await kindOf(pullAll(f, next))).to.equal('cursor-lost');
      await g.stop();
    }
  });

  it('404 on a list of a calendar that the account still has is no reason to give it up', async () => {
    expect(await kindOf(pullAll(given(refusal(404, 'notFound'), [200, { id: calendar.remoteId }]), null))).to.equal(
      'transient',
    );
  });

  it('403 is read by its reason, in the old and in the new form', async () => {
    const details = [
      403,
      { error: { code: 403, status: 'PERMISSION_DENIED', details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }] } },
    ] as const;
    expect(await kindOf(given(refusal(403, 'insufficientPermissions')).connection.calendars())).to.equal('consent');
    await g.stop();
    expect(await kindOf(given(details).connection.calendars())).to.equal('consent');
    await g.stop();
    expect(await kindOf(given(refusal(403, 'accessNotConfigured')).connection.calendars())).to.equal('invalid');
  });

  it('are taken for an insert that asks nobody to be mailed, has no guests and rings no bell', async () => {
    const intent = createIntent(someFields({ location: 'Main St. 1' }));
    const f = given([200, row(intent.createId, { summary: 'Boiler service' })]);
    await f.connection.write(calendar, intent);
    const [{ method, query, body }] = g.asked as [(typeof g.asked)[0]];
    expect(method).to.equal('events.insert');
    expect(query.get('sendUpdates')).to.equal('none');
    expect(body).to.deep.equal({
      id: intent.createId,
      summary: 'Boiler service',
      description: '',
      location: 'Main St. 1',
      start: { dateTime: '2027-06-01T10:00:00Z', timeZone: 'UTC' },
      end: { dateTime: '2027-06-01T11:00:00Z', timeZone: 'UTC' },
      transparency: 'opaque',
      status: 'confirmed',
      visibility: 'default',
      reminders: { useDefault: false, overrides: [] },
      extendedProperties: { private: { interlockMark: `${intent.mark.eventId};1` } },
    });
  });

  const copy = {
    remoteId: asRemoteId('aaaaa'),
    createId: null,
    stamp: asRemoteStamp('"1"'),
    fields: someFields(),
    mark: null,
  };

  it('are taken for a patch of the named units alone, on the ETag that we saw', async () => {
    const f = given([200, row('aaaaa', { etag: '"2"' })]);
    const day = someFields({
      start: { kind: 'date', day: '2027-06-01' as never },
      end: { kind: 'date', day: '2027-06-02' as never },
    });
    await f.connection.write(calendar, updateIntent(copy, day, ['when']));
    const [{ method, query, body, headers }] = g.asked as [(typeof g.asked)[0]];
    expect([method, query.get('sendUpdates'), String(headers['if-match'])]).to.deep.equal([
      'events.patch',
      'none',
      '"1"',
    ]);
    expect(body).to.deep.include({
      start: { date: '2027-06-01', dateTime: null, timeZone: null },
      end: { date: '2027-06-02', dateTime: null, timeZone: null },
      recurrence: null,
    });
    expect(Object.keys(body as object)).to.have.members(['start', 'end', 'recurrence', 'extendedProperties']);
  });

  it('are not even asked for where the stamp of a copy is not known', async () => {
    const f = given();
    const blind = { ...copy, stamp: asRemoteStamp('') };
    expect(await f.connection.write(calendar, removeIntent(blind))).to.deep.equal({ kind: 'stale' });
    expect(await f.connection.write(calendar, updateIntent(blind, someFields(), ['what']))).to.deep.equal({
      kind: 'stale',
    });
    expect(g.asked).to.deep.equal([]);
  });

  it('412 on the removal of an event that somebody deleted means gone', async () => {
    const f = given(refusal(412, 'conditionNotMet'), [200, { id: 'aaaaa', status: 'cancelled', etag: '"9"' }]);
    expect(await f.connection.write(calendar, removeIntent(copy))).to.deep.equal({ kind: 'gone' });
    expect(g.asked.map(({ method }) => method)).to.deep.equal(['events.delete', 'events.get']);
  });

  it('412 although the ETag is the one we named is a refusal, not a reason to try for ever', async () => {
    const f = given(refusal(412, 'conditionNotMet'), [200, row('aaaaa')]);
    const receipt = await f.connection.write(calendar, removeIntent(copy));
    expect(receipt).to.deep.equal({ kind: 'refused', why: 'status 412, conditionNotMet, No' });
  });

  it('400 and the 403 of a meeting that others organise are refusals with their reason', async () => {
    const bad = given(refusal(400, 'timeRangeEmpty'));
    expect(await bad.connection.write(calendar, createIntent(someFields()))).to.deep.equal({
      kind: 'refused',
      why: 'status 400, timeRangeEmpty, No',
    });
    await g.stop();
    const foreign = given(refusal(403, 'forbiddenForNonOrganizer'), [200, row('aaaaa')]);
    const receipt = await foreign.connection.write(calendar, updateIntent(copy, someFields(), ['when']));
    expect(receipt).to.deep.equal({ kind: 'refused', why: 'status 403, forbiddenForNonOrganizer, No' });
  });

  it('for a channel may come without an end', async () => {
    const f = given([200, { id: 'c', resourceId: 'r' }]);
    const addresses = { notify: 'https://gate.example.com/hooks/google', lifecycle: '' };
    const grant = await f.connection.channels!.open(calendar, { id: 'c', secret: 's', addresses });
    expect(grant).to.deep.equal({ remoteId: 'r', endsAt: g.clock.now() + 604_800_000 });
    expect(g.asked[0]!.body).to.deep.equal({
      id: 'c',
      type: 'web_hook',
      address: addresses.notify,
      token: 's',
      params: { ttl: '604800' },
    });
  });
});
