import { expect } from 'chai';
import { aGoogleScene, ana, type GoogleScene, refusalOf } from '../kit/google-sandbox.ts';

const berlin = 'Europe/Berlin';
const visit = (over: Record<string, unknown> = {}) => ({
  summary: 'Boiler service',
  start: { dateTime: '2027-06-01T10:00:00+02:00', timeZone: berlin },
  end: { dateTime: '2027-06-01T11:30:00+02:00', timeZone: berlin },
  ...over,
});

describe('the Google simulator, single events', () => {
  let google: GoogleScene;
  beforeEach(async () => {
    google = await aGoogleScene();
  });
  afterEach(() => google.close());

  const insert = async (over: Record<string, unknown> = {}) =>
    (await google.api.events.insert({ calendarId: ana, requestBody: visit(over) })).data;
  const get = async (eventId: string) => (await google.api.events.get({ calendarId: ana, eventId })).data;

  it('keeps what was inserted and leaves out what is only a default', async () => {
    const made = await insert({ transparency: 'opaque', visibility: 'default', location: 'Main St 1' });
    expect(made).to.deep.include({ kind: 'calendar#event', status: 'confirmed', eventType: 'default', sequence: 0 });
    expect(made).to.deep.include({ location: 'Main St 1', iCalUID: `${made.id}@google.com` });
    expect(made.organizer).to.deep.equal({ email: ana, self: true });
    expect(made.reminders).to.deep.equal({ useDefault: true });
    expect(made).to.not.have.any.keys('transparency', 'visibility', 'recurrence', 'attendees', 'guestsCanModify');
    expect(await get(made.id!)).to.deep.equal(made);
  });

  it('answers times in the zone of the calendar, or in the one that was asked for', async () => {
    const { id } = await insert({
      start: { dateTime: '2027-06-01T08:00:00Z' },
      end: { dateTime: '2027-06-01T09:30:00Z' },
    });
    expect((await get(id!)).start).to.deep.equal({ dateTime: '2027-06-01T10:00:00+02:00', timeZone: berlin });
    const there = await google.api.events.get({ calendarId: ana, eventId: id!, timeZone: 'America/New_York' });
    expect(there.data.start?.dateTime).to.equal('2027-06-01T04:00:00-04:00');
  });

  it('reads wall time in its zone, on both sides of the clock change', async () => {
    const winter = await insert({
      start: { dateTime: '2027-03-28T01:30:00', timeZone: berlin },
      end: { dateTime: '2027-03-28T03:30:00', timeZone: berlin },
    });
    expect(winter.start?.dateTime).to.equal('2027-03-28T01:30:00+01:00');
    expect(winter.end?.dateTime).to.equal('2027-03-28T03:30:00+02:00');
  });

  it('takes an id of the client, and never again the same one, deleted or not', async () => {
    await insert({ id: 'v0123456789' });
    expect(await refusalOf(insert({ id: 'v0123456789' }))).to.deep.include({ status: 409, reason: 'duplicate' });
    await google.api.events.delete({ calendarId: ana, eventId: 'v0123456789' });
    expect(await refusalOf(insert({ id: 'v0123456789' }))).to.deep.include({ status: 409, reason: 'duplicate' });
    const put = google.api.events.update({ calendarId: ana, eventId: 'v0123456789', requestBody: visit() });
    expect(await refusalOf(put)).to.deep.include({ status: 403 });
  });

  it('refuses ids outside base32hex, and an id together with a UID', async () => {
    expect(await refusalOf(insert({ id: 'wxyz-1' }))).to.deep.include({ status: 400, reason: 'invalid' });
    expect(await refusalOf(insert({ id: 'abcde', iCalUID: 'u@x' }))).to.deep.include({ status: 400 });
  });

  it('refuses a UID that the calendar has had before', async () => {
    const made = await insert({ iCalUID: 'one@crm' });
    await google.api.events.delete({ calendarId: ana, eventId: made.id! });
    expect(await refusalOf(insert({ iCalUID: 'one@crm' }))).to.deep.include({ status: 409, reason: 'duplicate' });
  });

  it('refuses times that mean nothing', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [{ end: { dateTime: '2027-06-01T10:00:00+02:00' } }, 'timeRangeEmpty'],
      [{ end: { date: '2027-06-02' } }, 'invalid'],
      [{ start: { dateTime: '2027-06-01T10:00:00' } }, 'invalid'],
      [{ start: { dateTime: '2027-06-01T10:00:00', timeZone: 'W. Europe Standard Time' } }, 'invalid'],
      [{ start: { dateTime: '2027-02-30T10:00:00Z' } }, 'invalid'],
      [{ start: { date: '2027-06-01', dateTime: '2027-06-01T10:00:00Z' } }, 'invalid'],
      [{ start: {} }, 'required'],
    ];
    for (const [over, reason] of cases) {
      expect(await refusalOf(insert(over)), JSON.stringify(over)).to.deep.include({ status: 400, reason });
    }
    expect(google.control.events({ calendarId: ana }).events).to.deep.equal([]);
  });

  it('merges objects in a patch, replaces arrays whole, and takes away what is null', async () => {
    const made = await insert({
      description: 'bring keys',
      extendedProperties: { private: { a: '1', b: '2' } },
      attendees: [{ email: 'jo@example.com' }, { email: 'kim@example.com' }],
    });
    const patch = {
      description: null,
      // The client's types know no null inside maps; on the wire it takes one key away.
      extendedProperties: { private: { b: null as unknown as string, c: '3' } },
      attendees: [{ email: 'jo@example.com' }],
    };
    const { data } = await google.api.events.patch({ calendarId: ana, eventId: made.id!, requestBody: patch });
    expect(data).to.not.have.property('description');
    expect(data.summary).to.equal('Boiler service');
    expect(data.extendedProperties).to.deep.equal({ private: { a: '1', c: '3' } });
    expect(data.attendees).to.deep.equal([{ email: 'jo@example.com', responseStatus: 'needsAction' }]);
  });

  it('clears with an update what is left out', async () => {
    const made = await insert({ description: 'bring keys', extendedProperties: { private: { a: '1' } } });
    const { data } = await google.api.events.update({ calendarId: ana, eventId: made.id!, requestBody: visit() });
    expect(data).to.not.have.any.keys('description', 'extendedProperties');
    expect(data.etag).to.not.equal(made.etag);
  });

  it('turns hours into whole days only when the other form is taken away', async () => {
    const { id } = await insert();
    const days = { start: { date: '2027-06-01' }, end: { date: '2027-06-02' } };
    const both = google.api.events.patch({ calendarId: ana, eventId: id!, requestBody: days });
    expect(await refusalOf(both)).to.deep.include({ status: 400 });
    const requestBody = { start: { ...days.start, dateTime: null }, end: { ...days.end, dateTime: null } };
    const { data } = await google.api.events.patch({ calendarId: ana, eventId: id!, requestBody });
    expect(data.start).to.deep.equal({ date: '2027-06-01' });
  });

  it('changes and deletes only what the client saw last', async () => {
    const made = await insert();
    const stale = { headers: { 'If-Match': made.etag! } };
    google.control.phoneEdit({ calendarId: ana, eventId: made.id!, title: 'Moved by Ana' });
    const params = { calendarId: ana, eventId: made.id! };
    const patch = google.api.events.patch({ ...params, requestBody: { summary: 'x' } }, stale);
    expect(await refusalOf(patch)).to.deep.include({ status: 412, reason: 'conditionNotMet' });
    expect(await refusalOf(google.api.events.delete(params, stale))).to.deep.include({ status: 412 });
    const fresh = { headers: { 'If-Match': (await get(made.id!)).etag! } };
    expect((await google.api.events.delete(params, fresh)).status).to.equal(204);
  });

  it('tells a deleted event by its status, by 410 on a second delete, and by 412 to who comes with an old etag', async () => {
    const made = await insert();
    const params = { calendarId: ana, eventId: made.id! };
    await google.api.events.delete(params);
    expect((await get(made.id!)).status).to.equal('cancelled');
    expect(await refusalOf(google.api.events.delete(params))).to.deep.include({ status: 410, reason: 'deleted' });
    const stale = google.api.events.delete(params, { headers: { 'If-Match': made.etag! } });
    expect(await refusalOf(stale)).to.deep.include({ status: 412 });
    const unknown = google.api.events.delete({ calendarId: ana, eventId: 'nobody12' });
    expect(await refusalOf(unknown)).to.deep.include({ status: 404, reason: 'notFound' });
  });

  it('answers 304 to who has the current version', async () => {
    const made = await insert();
    const response = await google.api.events.get(
      { calendarId: ana, eventId: made.id! },
      { headers: { 'If-None-Match': made.etag! }, validateStatus: (status) => status < 400 },
    );
    expect(response.status).to.equal(304);
  });

  it('lets a guest answer with his own row alone, and an organizer lose the others', async () => {
    const asked = google.control.phoneCreate({
      ...{ calendarId: ana, title: 'Fair', start: '2027-06-01T10:00:00', end: '2027-06-01T11:00:00' },
      organizer: 'boss@example.com',
    });
    const answer = { attendees: [{ email: ana, responseStatus: 'declined' }] };
    const { data } = await google.api.events.patch({ calendarId: ana, eventId: asked.id, requestBody: answer });
    expect(data.attendees).to.deep.equal([
      { email: 'boss@example.com', responseStatus: 'accepted', organizer: true },
      { email: ana, responseStatus: 'declined', self: true },
    ]);
    const own = await insert({ attendees: [{ email: ana }, { email: 'jo@example.com' }] });
    const mine = await google.api.events.patch({ calendarId: ana, eventId: own.id!, requestBody: answer });
    expect(mine.data.attendees).to.have.length(1);
  });

  it('remembers whom Google would have written to', async () => {
    const attendees = [{ email: 'jo@example.com' }];
    await insert({ attendees });
    expect(google.control.mails().mails).to.deep.equal([]);
    const loud = await google.api.events.insert({
      calendarId: ana,
      sendUpdates: 'all',
      requestBody: visit({ attendees }),
    });
    expect(google.control.mails().mails).to.deep.equal([
      { calendarId: ana, eventId: loud.data.id, to: ['jo@example.com'] },
    ]);
  });

  it('imports under a foreign UID and updates it the second time', async () => {
    const requestBody = visit({ iCalUID: 'x@crm', organizer: { email: 'crm@example.com' } });
    const first = await google.api.events.import({ calendarId: ana, requestBody });
    const again = await google.api.events.import({ calendarId: ana, requestBody: { ...requestBody, summary: 'New' } });
    expect(again.data).to.deep.include({ id: first.data.id, summary: 'New', organizer: { email: 'crm@example.com' } });
    const nameless = google.api.events.import({ calendarId: ana, requestBody: visit() });
    expect(await refusalOf(nameless)).to.deep.include({ status: 400, reason: 'required' });
  });

  it('moves an event to another calendar and leaves a tombstone behind', async () => {
    const { calendarId } = google.control.calendar({ owner: ana, name: 'Van 2' });
    const made = await insert();
    const moved = await google.api.events.move({ calendarId: ana, eventId: made.id!, destination: calendarId });
    expect(moved.data).to.deep.include({ id: made.id });
    expect(moved.data.organizer).to.deep.include({ email: calendarId });
    expect((await get(made.id!)).status).to.equal('cancelled');
    const other = await google.api.events.get({ calendarId, eventId: made.id! });
    expect(other.data.status).to.equal('confirmed');
  });

  it('makes an hour of a typed line', async () => {
    const { data } = await google.api.events.quickAdd({ calendarId: ana, text: 'Dentist 14:30' });
    expect(data.summary).to.equal('Dentist 14:30');
    expect(data.start?.dateTime).to.match(/T14:30:00/);
    expect(data.end?.dateTime).to.match(/T15:30:00/);
  });

  it('creates special types on primary calendars only, and none from mail', async () => {
    const { calendarId } = google.control.calendar({ owner: ana, name: 'Van 2' });
    expect((await insert({ eventType: 'outOfOffice' })).eventType).to.equal('outOfOffice');
    const requestBody = visit({ eventType: 'focusTime' });
    expect(await refusalOf(google.api.events.insert({ calendarId, requestBody }))).to.deep.include({ status: 400 });
    expect(await refusalOf(insert({ eventType: 'fromGmail' }))).to.deep.include({ status: 400 });
  });

  it('leaves `updated` alone when only reminders change', async () => {
    const made = await insert();
    google.control.clock({ advanceSeconds: 60 });
    const params = { calendarId: ana, eventId: made.id! };
    const quiet = await google.api.events.patch({
      ...params,
      requestBody: { reminders: { useDefault: false, overrides: [] } },
    });
    expect(quiet.data.updated).to.equal(made.updated);
    expect(quiet.data.etag).to.not.equal(made.etag);
    const loud = await google.api.events.patch({ ...params, requestBody: { summary: 'Other' } });
    expect(loud.data.updated).to.not.equal(made.updated);
  });
});
