import { expect } from 'chai';
import { aGoogleScene, ana, type GoogleScene, refusalOf } from '../kit/google-sandbox.ts';

describe('the Google simulator, lists', () => {
  let google: GoogleScene;
  beforeEach(async () => {
    google = await aGoogleScene();
  });
  afterEach(() => google.close());

  const type = (title: string, hour = 9, day = '2027-06-01') =>
    google.control.phoneCreate({
      ...{ calendarId: ana, title },
      ...{
        start: `${day}T${String(hour).padStart(2, '0')}:00:00`,
        end: `${day}T${String(hour + 1).padStart(2, '0')}:00:00`,
      },
    });
  const list = async (params: Record<string, unknown> = {}) =>
    (await google.api.events.list({ calendarId: ana, ...params })).data;
  const titles = (data: { items?: { summary?: string | null }[] }) => (data.items ?? []).map((e) => e.summary);

  it('pages to the end and gives the sync token on the last page only', async () => {
    for (let n = 1; n <= 5; n += 1) type(`job ${n}`);
    const seen: unknown[] = [];
    let page = await list({ maxResults: 2 });
    for (let pages = 1; page.nextPageToken !== undefined; pages += 1) {
      expect(page).to.not.have.property('nextSyncToken');
      seen.push(...titles(page));
      page = await list({ maxResults: 2, pageToken: page.nextPageToken });
      expect(pages).to.be.at.most(2);
    }
    expect([...seen, ...titles(page)]).to.deep.equal(['job 1', 'job 2', 'job 3', 'job 4', 'job 5']);
    expect(page.nextSyncToken).to.be.a('string');
  });

  it('misses nothing that changes while somebody pages', async () => {
    const first = type('job 1');
    type('job 2');
    type('job 3');
    const page = await list({ maxResults: 2 });
    google.control.phoneEdit({ calendarId: ana, eventId: first.id, title: 'job 1, later' });
    const last = await list({ maxResults: 2, pageToken: page.nextPageToken });
    expect(titles(last)).to.deep.equal(['job 3', 'job 1, later']);
    expect(titles(await list({ syncToken: last.nextSyncToken }))).to.deep.equal(['job 1, later']);
  });

  it('tells after a sync token only what changed, deletions as bare ids', async () => {
    const gone = type('gone');
    type('stays');
    const { nextSyncToken } = await list();
    google.control.phoneDelete({ calendarId: ana, eventId: gone.id });
    type('new');
    const delta = await list({ syncToken: nextSyncToken });
    expect(delta.items?.[0]).to.have.all.keys('kind', 'etag', 'id', 'status');
    expect(delta.items?.[0]).to.deep.include({ id: gone.id, status: 'cancelled' });
    expect(titles(delta)).to.deep.equal([undefined, 'new']);
    expect((await list({ syncToken: delta.nextSyncToken })).items).to.deep.equal([]);
    expect(titles(await list())).to.deep.equal(['stays', 'new']);
    expect(titles(await list({ showDeleted: true }))).to.have.length(3);
  });

  it('tells changes outside the first window too', async () => {
    const window = { timeMin: '2027-06-01T00:00:00Z', timeMax: '2027-06-30T00:00:00Z' };
    const job = type('job');
    const { nextSyncToken } = await list(window);
    google.control.phoneEdit({ ...{ calendarId: ana, eventId: job.id }, start: '2028-01-01T09:00:00+01:00' });
    expect(titles(await list({ syncToken: nextSyncToken }))).to.deep.equal(['job']);
    expect(titles(await list(window))).to.deep.equal([]);
  });

  it('bounds the end by timeMin and the start by timeMax, both excluded', async () => {
    type('before', 8);
    type('inside', 9);
    type('after', 10);
    const data = await list({ timeMin: '2027-06-01T09:00:00+02:00', timeMax: '2027-06-01T10:00:00+02:00' });
    expect(titles(data)).to.deep.equal(['inside']);
  });

  for (const [name, value] of Object.entries({
    ...{ iCalUID: 'x', orderBy: 'updated', privateExtendedProperty: 'a=b', sharedExtendedProperty: 'a=b', q: 'x' },
    ...{ timeMin: '2027-01-01T00:00:00Z', timeMax: '2027-01-01T00:00:00Z', updatedMin: '2027-01-01T00:00:00Z' },
    ...{ showDeleted: false, singleEvents: true },
  })) {
    it(`refuses ${name} beside a sync token`, async () => {
      const { nextSyncToken } = await list();
      expect(await refusalOf(list({ syncToken: nextSyncToken, [name]: value }))).to.deep.include({ status: 400 });
      expect(google.control.violations().violations).to.have.length(1);
    });
  }

  it('asks for a full sync when the token has expired, and takes a fresh one again', async () => {
    type('job');
    const { nextSyncToken } = await list();
    google.control.expireSyncTokens({ calendarId: ana });
    const refused = await refusalOf(list({ syncToken: nextSyncToken }));
    expect(refused).to.deep.include({ status: 410, reason: 'fullSyncRequired' });
    const fresh = await list();
    expect((await list({ syncToken: fresh.nextSyncToken })).items).to.deep.equal([]);
  });

  it('refuses tokens that it did not make, and page tokens with another question', async () => {
    type('job 1');
    type('job 2');
    expect(await refusalOf(list({ syncToken: 'made-up' }))).to.deep.include({ status: 400, reason: 'invalid' });
    const { nextPageToken } = await list({ maxResults: 1 });
    expect(await refusalOf(list({ pageToken: nextPageToken, q: 'x' }))).to.deep.include({ status: 400 });
  });

  it('gives no sync token to a list that could not be continued', async () => {
    expect(await list({ q: 'job' })).to.not.have.property('nextSyncToken');
    expect(await list({ orderBy: 'updated' })).to.not.have.property('nextSyncToken');
  });

  it('finds by private property, UID, text and type', async () => {
    const requestBody = {
      summary: 'Pump',
      start: { date: '2027-06-01' },
      end: { date: '2027-06-02' },
      extendedProperties: { private: { booking: 'b1' } },
    };
    const { data } = await google.api.events.insert({ calendarId: ana, requestBody });
    type('other');
    google.control.phoneCreate({
      ...{ calendarId: ana, title: 'at home', start: '2027-06-01', end: '2027-06-02', eventType: 'workingLocation' },
    });
    expect(titles(await list({ privateExtendedProperty: ['booking=b1'] }))).to.deep.equal(['Pump']);
    expect(titles(await list({ privateExtendedProperty: ['booking=b2'] }))).to.deep.equal([]);
    expect(titles(await list({ iCalUID: data.iCalUID }))).to.deep.equal(['Pump']);
    expect(titles(await list({ q: 'pump' }))).to.deep.equal(['Pump']);
    expect(titles(await list({ eventTypes: ['workingLocation'] }))).to.deep.equal(['at home']);
  });

  it('includes what was deleted since updatedMin, and refuses one of long ago', async () => {
    const gone = type('gone');
    google.control.phoneDelete({ calendarId: ana, eventId: gone.id });
    const since = new Date(Date.now() - 60_000).toISOString();
    expect((await list({ updatedMin: since })).items?.map((e) => e.status)).to.deep.equal(['cancelled']);
    const long = new Date(Date.now() - 40 * 86_400_000).toISOString();
    expect(await refusalOf(list({ updatedMin: long }))).to.deep.include({
      status: 410,
      reason: 'updatedMinTooLongAgo',
    });
  });

  it('answers only the fields that were asked for, and refuses names that there are not', async () => {
    type('job');
    const data = await list({ fields: 'nextSyncToken,items(id,start/dateTime)' });
    expect(data).to.have.all.keys('nextSyncToken', 'items');
    expect(data.items?.[0]).to.have.all.keys('id', 'start');
    expect(data.items?.[0]?.start).to.have.all.keys('dateTime');
    expect(await refusalOf(list({ fields: 'items(nonsense)' }))).to.deep.include({ status: 400 });
    expect(await refusalOf(list({ fields: 'items(' }))).to.deep.include({ status: 400 });
  });

  it('shows a mere reader of free and busy no words', async () => {
    google.control.account({ email: 'ben@example.com' });
    google.control.share({ calendarId: ana, account: 'ben@example.com', role: 'freeBusyReader' });
    type('secret');
    const { data } = await google.as('ben@example.com').events.list({ calendarId: ana });
    expect(data.accessRole).to.equal('freeBusyReader');
    expect(data.items?.[0]).to.not.have.any.keys('summary', 'organizer', 'htmlLink');
    const write = google.as('ben@example.com').events.delete({ calendarId: ana, eventId: data.items![0]!.id! });
    expect(await refusalOf(write)).to.deep.include({ status: 403, reason: 'requiredAccessLevel' });
  });

  it('lists calendars by pages and by deltas, and refuses a minimum role beside a token', async () => {
    const van = google.control.calendar({ owner: ana, name: 'Van 2', timeZone: 'Europe/Paris' }).calendarId;
    const first = (await google.api.calendarList.list({ maxResults: 1 })).data;
    expect(first.items?.map((c) => [c.id, c.primary, c.accessRole])).to.deep.equal([[ana, true, 'owner']]);
    const rest = (await google.api.calendarList.list({ maxResults: 1, pageToken: first.nextPageToken! })).data;
    expect(rest.items?.map((c) => [c.id, c.timeZone])).to.deep.equal([[van, 'Europe/Paris']]);
    google.control.share({ calendarId: van, account: ana, role: 'none' });
    const delta = (await google.api.calendarList.list({ syncToken: rest.nextSyncToken! })).data;
    expect(delta.items).to.have.length(1);
    expect(delta.items?.[0]).to.deep.include({ id: van, deleted: true });
    const clash = google.api.calendarList.list({ syncToken: rest.nextSyncToken!, minAccessRole: 'owner' });
    expect(await refusalOf(clash)).to.deep.include({ status: 400 });
    expect(await refusalOf(google.api.events.list({ calendarId: van }))).to.deep.include({ status: 404 });
    google.control.expireSyncTokens({ listOf: ana });
    const old = google.api.calendarList.list({ syncToken: rest.nextSyncToken! });
    expect(await refusalOf(old)).to.deep.include({ status: 410, reason: 'fullSyncRequired' });
  });

  it('tells busy time merged, free events and declined invitations left out, errors for strangers', async () => {
    type('a', 9);
    type('b', 10);
    google.control.phoneCreate({
      ...{ calendarId: ana, title: 'free', start: '2027-06-01T14:00:00', end: '2027-06-01T15:00:00' },
      fields: { transparency: 'transparent' },
    });
    const asked = google.control.phoneCreate({
      ...{ calendarId: ana, title: 'no', start: '2027-06-01T16:00:00', end: '2027-06-01T17:00:00' },
      organizer: 'boss@example.com',
    });
    google.control.phoneAnswer({ calendarId: ana, eventId: asked.id, answer: 'declined' });
    const query = {
      timeMin: '2027-06-01T00:00:00Z',
      timeMax: '2027-06-02T00:00:00Z',
      items: [{ id: ana }, { id: 'x' }],
    };
    const { data } = await google.api.freebusy.query({ requestBody: query });
    expect(data.calendars?.[ana]?.busy).to.deep.equal([{ start: '2027-06-01T07:00:00Z', end: '2027-06-01T09:00:00Z' }]);
    expect(data.calendars?.x?.errors?.[0]?.reason).to.equal('notFound');
    const long = google.api.freebusy.query({ requestBody: { ...query, timeMax: '2027-12-01T00:00:00Z' } });
    expect(await refusalOf(long)).to.deep.include({ status: 400, reason: 'timeRangeTooLong' });
  });

  it('tells the calendar itself, settings and colours', async () => {
    expect((await google.api.calendars.get({ calendarId: 'primary' })).data).to.deep.include({
      id: ana,
      timeZone: 'Europe/Berlin',
    });
    const settings = (await google.api.settings.list()).data.items?.map((s) => [s.id, s.value]);
    expect(settings).to.deep.include(['timezone', 'Europe/Berlin']);
    expect((await google.api.settings.get({ setting: 'locale' })).data.value).to.equal('en');
    expect((await google.api.colors.get()).data.event).to.have.property('11');
  });
});
