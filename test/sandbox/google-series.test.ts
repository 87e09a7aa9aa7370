import { expect } from 'chai';
import { aGoogleScene, ana, type GoogleScene, refusalOf } from '../kit/google-sandbox.ts';

const berlin = 'Europe/Berlin';

describe('the Google simulator, series', () => {
  let google: GoogleScene;
  beforeEach(async () => {
    google = await aGoogleScene();
  });
  afterEach(() => google.close());

  /** Mondays at ten in Berlin, over the clock change of 28 March 2027. */
  const weekly = async (over: Record<string, unknown> = {}) => {
    const requestBody = {
      id: 'rounds',
      summary: 'Round',
      start: { dateTime: '2027-03-15T10:00:00', timeZone: berlin },
      end: { dateTime: '2027-03-15T11:00:00', timeZone: berlin },
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'],
      ...over,
    };
    return (await google.api.events.insert({ calendarId: ana, requestBody })).data;
  };
  const list = async (params: Record<string, unknown> = {}) =>
    (await google.api.events.list({ calendarId: ana, ...params })).data;
  const starts = (data: { items?: { start?: { dateTime?: string | null; date?: string | null } }[] }) =>
    (data.items ?? []).map((e) => e.start?.dateTime ?? e.start?.date);
  const instances = async (params: Record<string, unknown> = {}) =>
    (await google.api.events.instances({ calendarId: ana, eventId: 'rounds', ...params })).data;

  it('keeps the wall clock over the change of the clocks', async () => {
    await weekly();
    const all = await instances();
    expect(starts(all)).to.deep.equal([
      '2027-03-15T10:00:00+01:00',
      '2027-03-22T10:00:00+01:00',
      '2027-03-29T10:00:00+02:00',
      '2027-04-05T10:00:00+02:00',
    ]);
    expect(all.items?.map((e) => e.id)).to.deep.include('rounds_20270329T080000Z');
    expect(all.items?.[0]).to.not.have.property('recurrence');
    expect(all.items?.[0]).to.deep.include({ recurringEventId: 'rounds', iCalUID: 'rounds@google.com' });
  });

  it('refuses a series without a zone, an UNTIL that does not fit, a DTSTART and nonsense', async () => {
    const plain = { start: { dateTime: '2027-03-15T10:00:00+01:00' }, end: { dateTime: '2027-03-15T11:00:00+01:00' } };
    expect(await refusalOf(weekly(plain))).to.deep.include({ status: 400, reason: 'required' });
    for (const line of [
      'RRULE:FREQ=WEEKLY;UNTIL=20270405',
      'RRULE:FREQ=WEEKLY;UNTIL=20270405T100000',
      'DTSTART:20270315T090000Z',
      'RRULE:FREQ=SOMETIMES',
      'EXDATE:tomorrow',
    ]) {
      const refused = await refusalOf(weekly({ recurrence: [line] }));
      expect(refused, line).to.deep.include({ status: 400, reason: 'invalid' });
    }
  });

  it('takes extra dates and left-out dates in every spelling', async () => {
    await weekly({
      recurrence: [
        'RRULE:FREQ=WEEKLY;COUNT=3',
        'EXDATE;TZID=Europe/Berlin:20270322T100000',
        'RDATE;TZID=Europe/London:20270324T090000',
        'RDATE:20270401T080000Z,20270402T080000Z',
      ],
    });
    expect(starts(await instances())).to.deep.equal([
      '2027-03-15T10:00:00+01:00',
      '2027-03-24T10:00:00+01:00',
      '2027-03-29T10:00:00+02:00',
      '2027-04-01T10:00:00+02:00',
      '2027-04-02T10:00:00+02:00',
    ]);
  });

  it('names occurrences of whole days by their day', async () => {
    await weekly({
      start: { date: '2027-03-15' },
      end: { date: '2027-03-17' },
      recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20270322'],
    });
    const { items } = await instances();
    expect(items?.map((e) => [e.id, e.end?.date])).to.deep.equal([
      ['rounds_20270315', '2027-03-17'],
      ['rounds_20270322', '2027-03-24'],
    ]);
    expect(items?.[1]?.originalStartTime).to.deep.equal({ date: '2027-03-22' });
  });

  it('makes an exception of an occurrence that is written to, under a key that survives the move', async () => {
    await weekly();
    const { nextSyncToken } = await list();
    const eventId = 'rounds_20270322T090000Z';
    const moved = {
      start: { dateTime: '2027-03-23T14:00:00', timeZone: berlin },
      end: { dateTime: '2027-03-23T15:00:00', timeZone: berlin },
    };
    const { data } = await google.api.events.patch({ calendarId: ana, eventId, requestBody: moved });
    expect(data).to.deep.include({ id: eventId, recurringEventId: 'rounds' });
    expect(data.originalStartTime?.dateTime).to.equal('2027-03-22T10:00:00+01:00');
    const delta = await list({ syncToken: nextSyncToken });
    expect(delta.items?.map((e) => e.id)).to.deep.equal([eventId]);
    expect(starts(await instances())[1]).to.equal('2027-03-23T14:00:00+01:00');
    const there = await instances({ originalStart: '2027-03-22T10:00:00+01:00' });
    expect(starts(there)).to.deep.equal(['2027-03-23T14:00:00+01:00']);
  });

  it('cancels one occurrence as a sparse exception that every list shows, and takes it back when confirmed', async () => {
    await weekly();
    const eventId = 'rounds_20270322T090000Z';
    await google.api.events.delete({ calendarId: ana, eventId });
    const sparse = (await list()).items?.find((e) => e.id === eventId);
    expect(sparse).to.have.all.keys('kind', 'etag', 'id', 'status', 'recurringEventId', 'originalStartTime');
    expect(starts(await instances())).to.have.length(3);
    expect((await instances({ showDeleted: true })).items).to.have.length(4);
    const again = google.api.events.delete({ calendarId: ana, eventId });
    expect(await refusalOf(again)).to.deep.include({ status: 410, reason: 'deleted' });
    await google.api.events.patch({ calendarId: ana, eventId, requestBody: { status: 'confirmed' } });
    expect(starts(await instances())).to.have.length(4);
  });

  it('knows no occurrence at a start that the series does not have', async () => {
    await weekly();
    for (const eventId of ['rounds_20270323T090000Z', 'rounds_20270322', 'rounds_20280101T090000Z']) {
      expect(await refusalOf(google.api.events.get({ calendarId: ana, eventId }))).to.deep.include({ status: 404 });
    }
  });

  it('tells a deleted series by one tombstone', async () => {
    await weekly();
    const params = { calendarId: ana, eventId: 'rounds_20270322T090000Z', requestBody: { summary: 'special' } };
    await google.api.events.patch(params);
    const { nextSyncToken } = await list();
    await google.api.events.delete({ calendarId: ana, eventId: 'rounds' });
    const delta = await list({ syncToken: nextSyncToken });
    expect(delta.items?.map((e) => [e.id, e.status])).to.deep.equal([['rounds', 'cancelled']]);
    expect(await refusalOf(instances())).to.deep.include({ status: 410 });
  });

  it('cancels exceptions that a moved series has no place for', async () => {
    await weekly();
    const params = { calendarId: ana, eventId: 'rounds_20270322T090000Z', requestBody: { summary: 'special' } };
    await google.api.events.patch(params);
    google.control.phoneEdit({ calendarId: ana, eventId: 'rounds', start: '2027-03-15T12:00:00+01:00' });
    const data = await list();
    expect(data.items?.map((e) => [e.id, e.status])).to.deep.equal([
      ['rounds', 'confirmed'],
      ['rounds_20270322T090000Z', 'cancelled'],
    ]);
    expect(starts(data)[0]).to.equal('2027-03-15T12:00:00+01:00');
  });

  it('lists single occurrences by start, windowed, exceptions in their places', async () => {
    await weekly();
    const params = { calendarId: ana, eventId: 'rounds_20270329T080000Z', requestBody: { summary: 'special' } };
    await google.api.events.patch(params);
    const window = { timeMin: '2027-03-20T00:00:00Z', timeMax: '2027-04-01T00:00:00Z' };
    const data = await list({ ...window, singleEvents: true, orderBy: 'startTime' });
    expect(data.items?.map((e) => [e.id, e.summary])).to.deep.equal([
      ['rounds_20270322T090000Z', 'Round'],
      ['rounds_20270329T080000Z', 'special'],
    ]);
    const first = await list({ ...window, singleEvents: true });
    google.control.phoneDelete({ calendarId: ana, eventId: 'rounds' });
    const delta = await list({ singleEvents: true, syncToken: first.nextSyncToken });
    expect(delta.items?.every((e) => e.status === 'cancelled')).to.equal(true);
    expect(delta.items?.map((e) => e.id)).to.not.include('rounds');
  });

  it('pages through occurrences', async () => {
    await weekly();
    const first = await instances({ maxResults: 3 });
    expect(first.items).to.have.length(3);
    const rest = await instances({ maxResults: 3, pageToken: first.nextPageToken });
    expect(starts(rest)).to.deep.equal(['2027-04-05T10:00:00+02:00']);
    expect(rest).to.not.have.property('nextPageToken');
  });

  it('splits "this and following" into an ended series and one with a new id', async () => {
    await weekly({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=6'] });
    const eventId = 'rounds_20270412T080000Z';
    await google.api.events.patch({ calendarId: ana, eventId, requestBody: { summary: 'special' } });
    const { nextSyncToken } = await list();
    const split = google.control.phoneSplit({
      ...{ calendarId: ana, eventId: 'rounds_20270329T080000Z', title: 'Round B' },
    });
    expect(split.id).to.equal('rounds_R20270329T080000');
    const { items = [] } = await list({ syncToken: nextSyncToken });
    const told = Object.fromEntries(items.map((e) => [e.id, e]));
    expect(told.rounds?.recurrence).to.deep.equal(['RRULE:FREQ=WEEKLY;UNTIL=20270329T075959Z']);
    expect(told[split.id]).to.deep.include({ summary: 'Round B', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=4'] });
    expect(told[eventId]?.status).to.equal('cancelled');
    expect(told[`${split.id}_20270412T080000Z`]).to.deep.include({ summary: 'special', recurringEventId: split.id });
    const all = await list({ singleEvents: true, orderBy: 'startTime' });
    expect(all.items?.map((e) => e.summary)).to.deep.equal([
      'Round',
      'Round',
      'Round B',
      'Round B',
      'special',
      'Round B',
    ]);
  });

  it('cannot move an occurrence to another calendar, nor let it repeat', async () => {
    await weekly();
    const { calendarId } = google.control.calendar({ owner: ana, name: 'Van 2' });
    const eventId = 'rounds_20270322T090000Z';
    const move = google.api.events.move({ calendarId: ana, eventId, destination: calendarId });
    expect(await refusalOf(move)).to.deep.include({ status: 400, reason: 'cannotChangeOrganizerOfInstance' });
    const requestBody = { recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] };
    const repeat = google.api.events.patch({ calendarId: ana, eventId, requestBody });
    expect(await refusalOf(repeat)).to.deep.include({ status: 400 });
  });
});
