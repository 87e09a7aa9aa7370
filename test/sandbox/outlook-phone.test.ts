import { expect } from 'chai';
import {
  ana,
  anOutlookScene,
  aWeeklySeries,
  idWish,
  june,
  type OutlookScene,
  zoneWish,
} from '../kit/outlook-sandbox.ts';

describe('the phone of the Outlook simulator', () => {
  let outlook: OutlookScene;
  let calendarId: string;
  beforeEach(async () => {
    outlook = await anOutlookScene();
    calendarId = outlook.calendarId;
  });
  afterEach(() => outlook.close());

  const series = async (): Promise<string> =>
    (await outlook.graph.post('/me/events', aWeeklySeries('Round'), { prefer: idWish })).id;
  /** Starts in June, Berlin time. */
  const starts = async (): Promise<string[]> => {
    const { value } = await outlook.graph.get(`/me/calendarView?${june}&$top=100`, { prefer: zoneWish });
    return value.map(({ start }: { start: { dateTime: string } }) => start.dateTime.slice(5, 16));
  };
  const onDay = (day: string): string => outlook.control.phoneDay({ calendarIds: [calendarId], day }).entries[0]!.id;

  it('shows a day with wall times, whole days and private events, and drags the end along with the start', () => {
    const { id } = outlook.control.phoneCreate({
      calendarId,
      title: 'Dentist',
      start: '2027-06-01T10:00:00',
      end: '2027-06-01T11:30:00',
    });
    outlook.control.phoneCreate({
      calendarId,
      title: 'Fair',
      start: '2027-06-01',
      end: '2027-06-02',
      fields: { sensitivity: 'private' },
    });
    outlook.control.phoneEdit({ calendarId, eventId: id, start: '2027-06-01T12:00:00' });
    const { entries } = outlook.control.phoneDay({ calendarIds: [calendarId], day: '2027-06-01' });
    expect(entries.map(({ title, start, end }) => [title, start, end])).to.deep.equal([
      ['Fair', '2027-06-01', '2027-06-02'],
      ['Dentist', '2027-06-01T10:00:00.000Z', '2027-06-01T11:30:00.000Z'],
    ]);
  });

  it('splits a series: the old one ends before the occurrence, a new one counts on', async () => {
    await series();
    const next = outlook.control.phoneSplit({
      calendarId,
      eventId: onDay('2027-06-15'),
      start: '2027-06-15T14:00:00',
      end: '2027-06-15T15:00:00',
    });
    expect(await starts()).to.deep.equal(['06-01T09:00', '06-08T09:00', '06-15T14:00', '06-22T14:00']);
    expect(next.event).to.deep.include({ type: 'seriesMaster', subject: 'Round' });
  });

  it('moves a whole series by one of its occurrences', async () => {
    await series();
    outlook.control.phoneEditAll({ calendarId, eventId: onDay('2027-06-15'), start: '2027-06-15T11:00:00' });
    expect(await starts()).to.deep.equal(['06-01T11:00', '06-08T11:00', '06-15T11:00', '06-22T11:00']);
  });

  it('ends a series before an occurrence, and takes all of it away from the first one on', async () => {
    await series();
    outlook.control.phoneEndSeries({ calendarId, eventId: onDay('2027-06-15') });
    expect(await starts()).to.deep.equal(['06-01T09:00', '06-08T09:00']);
    outlook.control.phoneEndSeries({ calendarId, eventId: onDay('2027-06-01') });
    expect(await starts()).to.deep.equal([]);
  });

  it('keeps an invitation as its organiser’s, answers it, and shows it called off', async () => {
    const times = { start: '2027-06-01T10:00:00', end: '2027-06-01T11:00:00' };
    const { id, event } = outlook.control.phoneCreate({
      calendarId,
      title: 'Training',
      ...times,
      organizer: 'boss@example.com',
    });
    expect(event).to.include({ isOrganizer: false });
    const answered = outlook.control.phoneAnswer({ calendarId, eventId: id, answer: 'declined' });
    expect(answered.event).to.have.nested.property('responseStatus.response', 'declined');
    expect(outlook.control.phoneCancel({ calendarId, eventId: id }).event).to.include({ isCancelled: true });
  });

  it('is a page that lists the calendars and knows every verb that it calls', async () => {
    const page = await (await fetch(`${outlook.url}/phone`)).text();
    expect(page).to.contain('phone.js');
    const script = await (await fetch(`${outlook.url}/phone/phone.js`)).text();
    const called = [...script.matchAll(/call\('([a-z-]+)'/g)].map((m) => m[1]);
    const { verbs } = JSON.parse(await (await fetch(`${outlook.url}/_control`)).text());
    expect(verbs.map(({ verb }: { verb: string }) => verb)).to.include.members(called);
    const [account] = outlook.control.accounts().accounts;
    expect(account).to.deep.include({ email: ana, timeZone: 'Europe/Berlin' });
  });

  it('expands every kind of pattern, days of short months clamped', async () => {
    const first = (type: string, more: object, startDate: string) => ({
      ...{ calendarId, title: type, start: `${startDate}T08:00:00`, end: `${startDate}T09:00:00` },
      recurrence: { pattern: { type, interval: 1, ...more }, range: { type: 'numbered', numberOfOccurrences: 3 } },
    });
    const cases: readonly (readonly [ReturnType<typeof first>, readonly string[]])[] = [
      [first('daily', { interval: 2 }, '2027-01-01'), ['2027-01-01', '2027-01-03', '2027-01-05']],
      [
        first('weekly', { interval: 2, daysOfWeek: ['monday', 'friday'] }, '2027-01-01'),
        ['2027-01-01', '2027-01-11', '2027-01-15'],
      ],
      [first('absoluteMonthly', { dayOfMonth: 31 }, '2027-01-31'), ['2027-01-31', '2027-02-28', '2027-03-31']],
      [
        first('relativeMonthly', { index: 'last', daysOfWeek: ['friday'] }, '2027-01-29'),
        ['2027-01-29', '2027-02-26', '2027-03-26'],
      ],
      [
        first(
          'relativeMonthly',
          { index: 'first', daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] },
          '2027-01-01',
        ),
        ['2027-01-01', '2027-02-01', '2027-03-01'],
      ],
      [first('absoluteYearly', { month: 2, dayOfMonth: 29 }, '2027-02-28'), ['2027-02-28', '2028-02-29', '2029-02-28']],
      [
        first('relativeYearly', { month: 11, index: 'fourth', daysOfWeek: ['thursday'] }, '2027-11-25'),
        ['2027-11-25', '2028-11-23', '2029-11-22'],
      ],
    ];
    for (const [wish, days] of cases) {
      const { id } = outlook.control.phoneCreate(wish);
      const window = 'startDateTime=2027-01-01T00:00:00Z&endDateTime=2030-01-01T00:00:00Z';
      const { value } = await outlook.graph.get(`/me/events/${encodeURIComponent(id)}/instances?${window}`);
      expect(
        value.map(({ start }: { start: { dateTime: string } }) => start.dateTime.slice(0, 10)),
        wish.title,
      ).to.deep.equal(days);
    }
  });
});
