import { expect } from 'chai';
import {
  ana,
  anEvent,
  anOutlookScene,
  aWeeklySeries,
  idWish,
  june,
  type OutlookScene,
  refusalOf,
  roundOf,
  zoneWish,
} from '../kit/outlook-sandbox.ts';

const start = `/me/calendarView/delta?${june}`;

describe('delta of the Outlook simulator', () => {
  let outlook: OutlookScene;
  beforeEach(async () => {
    outlook = await anOutlookScene();
  });
  afterEach(() => outlook.close());

  it('shows masters and singles in full and untouched occurrences bare, with zones named in two ways', async () => {
    outlook.control.phoneCreate({
      calendarId: outlook.calendarId,
      title: 'Dentist',
      start: '2027-06-01T10:00:00',
      end: '2027-06-01T11:00:00',
    });
    const master = await outlook.graph.post('/me/events', aWeeklySeries('Round'), { prefer: idWish });
    const path = `/me/events/${encodeURIComponent(master.id)}/instances?${june}`;
    const [, second] = (await outlook.graph.get(path, { prefer: idWish })).value;
    await outlook.graph.patch(`/me/events/${encodeURIComponent(second.id)}`, { subject: 'Other' });
    const { items } = await roundOf(outlook.graph, start, `${idWish}, ${zoneWish}`);
    const byType = (type: string) => items.filter((item) => item.type === type);
    expect(byType('seriesMaster')).to.have.length(1);
    expect(byType('seriesMaster')[0].recurrence.pattern).to.include({ type: 'weekly', dayOfMonth: 0, index: 'first' });
    expect(byType('occurrence')).to.have.length(3);
    const [bare] = byType('occurrence');
    expect(Object.keys(bare).sort()).to.deep.equal([
      '@odata.etag',
      '@odata.type',
      'end',
      'id',
      'seriesMasterId',
      'start',
      'type',
    ]);
    expect(bare.start.timeZone).to.equal('W. Europe Standard Time');
    const [exception] = byType('exception');
    expect(exception).to.include({ subject: 'Other', occurrenceId: `OID.${master.id}.2027-06-08` });
    expect(exception).not.to.have.property('originalStart');
    expect(exception.start.timeZone).to.equal('Europe/Berlin');
    expect(byType('singleInstance')[0]).to.include({ subject: 'Dentist', isAllDay: false });
    expect(bare['@odata.etag']).not.to.equal(byType('seriesMaster')[0]['@odata.etag']);
  });

  it('tells changes once, removals of what was deleted, and of what changed outside the window', async () => {
    const { calendarId } = outlook;
    const kept = await outlook.graph.post('/me/events', anEvent('Kept', '09:00', '10:00'), { prefer: idWish });
    const dropped = await outlook.graph.post('/me/events', anEvent('Dropped', '11:00', '12:00'), { prefer: idWish });
    const first = await roundOf(outlook.graph, start);
    expect((await roundOf(outlook.graph, first.link)).items).to.deep.equal([]);
    outlook.control.phoneEdit({ calendarId, eventId: kept.id, start: '2027-06-02T09:00:00' });
    outlook.control.phoneDelete({ calendarId, eventId: dropped.id });
    const far = outlook.control.phoneCreate({
      calendarId,
      title: 'Far',
      start: '2028-06-01T10:00:00',
      end: '2028-06-01T11:00:00',
    });
    const { items } = await roundOf(outlook.graph, first.link);
    expect(items.filter((item) => item['@removed'] === undefined).map(({ id }) => id)).to.deep.equal([kept.id]);
    const removed = items.filter((item) => item['@removed'] !== undefined);
    expect(removed.map(({ id }) => id)).to.have.members([dropped.id, far.id]);
    expect(removed[0]).to.deep.equal({
      '@odata.type': '#microsoft.graph.event',
      id: removed[0].id,
      '@removed': { reason: 'deleted' },
    });
  });

  it('tells of a deleted occurrence by its series alone', async () => {
    const master = await outlook.graph.post('/me/events', aWeeklySeries('Round'), { prefer: idWish });
    const first = await roundOf(outlook.graph, start);
    const gone = first.items.find(({ type }) => type === 'occurrence');
    outlook.control.phoneDelete({ calendarId: outlook.calendarId, eventId: gone.id });
    const { items } = await roundOf(outlook.graph, first.link);
    expect(items.map(({ id }) => id))
      .to.include(master.id)
      .and.not.to.include(gone.id);
    expect(items.filter((item) => item['@removed'] !== undefined)).to.deep.equal([]);
  });

  it('pages by maxpagesize, with empty pages, repeated entities, replays and any order when told so', async () => {
    for (let at = 0; at < 5; at += 1) await outlook.graph.post('/me/events', anEvent(`e${at}`, '09:00', '10:00'));
    const prefer = `${idWish}, odata.maxpagesize=2`;
    expect((await roundOf(outlook.graph, start, prefer)).pages).to.equal(3);
    outlook.control.delta({ emptyPages: 2, repeat: true, shuffle: true });
    const odd = await roundOf(outlook.graph, start, prefer);
    expect(odd.pages).to.equal(5);
    expect(odd.items).to.have.length(7);
    expect(new Set(odd.items.map(({ id }) => id)).size).to.equal(5);
    outlook.control.delta({ emptyPages: 0, repeat: false, shuffle: false, replay: 2 });
    expect((await roundOf(outlook.graph, odd.link)).items).to.have.length(2);
  });

  it('holds changes back until they are replicated', async () => {
    const first = await roundOf(outlook.graph, start);
    outlook.control.delta({ hold: true });
    await roundOf(outlook.graph, first.link);
    const made = await outlook.graph.post('/me/events', anEvent('Late', '09:00', '10:00'), { prefer: idWish });
    const early = await roundOf(outlook.graph, first.link);
    expect(early.items).to.deep.equal([]);
    outlook.control.delta({ hold: false });
    expect((await roundOf(outlook.graph, early.link)).items.map(({ id }) => id)).to.deep.equal([made.id]);
  });

  it('loses tokens with a 410 that names where to begin, or with syncStateNotFound', async () => {
    const { link } = await roundOf(outlook.graph, start);
    outlook.control.expireDeltaTokens({ calendarId: outlook.calendarId });
    const gone = await refusalOf(outlook.graph.get(link));
    expect(gone.status).to.equal(410);
    const again = gone.headers.get('location')!;
    expect(again).to.match(/startDateTime=2027-06-01.*\$deltatoken=$/);
    const next = await roundOf(outlook.graph, again);
    outlook.control.expireDeltaTokens({ status: 400 });
    expect(await refusalOf(outlook.graph.get(next.link))).to.include({ status: 400, code: 'syncStateNotFound' });
  });

  it('refuses select, expand and filter, and knows tokens of one calendar in any case', async () => {
    for (const option of ['$select=id', '$expand=extensions', "$filter=type eq 'occurrence'", '$top=5']) {
      expect((await refusalOf(outlook.graph.get(`${start}&${option}`))).status, option).to.equal(400);
    }
    const { link } = await roundOf(outlook.graph, start);
    expect((await outlook.graph.get(link.replace('$deltatoken', '$DeltaToken'))).value).to.deep.equal([]);
    const { calendarId } = outlook.control.calendar({ owner: ana, name: 'Van' });
    const other = link.replace('/me/', `/me/calendars/${encodeURIComponent(calendarId)}/`);
    expect((await refusalOf(outlook.graph.get(other))).status).to.equal(400);
  });

  it('gives occurrences other ids when their series moves', async () => {
    const master = await outlook.graph.post('/me/events', aWeeklySeries('Round'), { prefer: idWish });
    const first = await roundOf(outlook.graph, start);
    outlook.control.phoneEdit({ calendarId: outlook.calendarId, eventId: master.id, start: '2027-06-01T14:00:00' });
    const { items } = await roundOf(outlook.graph, first.link);
    const ids = (list: readonly { id: string; type: string }[]) =>
      list.filter(({ type }) => type === 'occurrence').map(({ id }) => id);
    expect(ids(items)).to.have.length(4);
    expect(ids(items).filter((id) => ids(first.items).includes(id))).to.deep.equal([]);
  });
});
