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
  zoneWish,
} from '../kit/outlook-sandbox.ts';

describe('events of the Outlook simulator', () => {
  let outlook: OutlookScene;
  before(async () => {
    outlook = await anOutlookScene();
  });
  after(() => outlook.close());

  it('answers who it is, the calendars and the zone of the mailbox', async () => {
    expect((await outlook.graph.get('/me')).userPrincipalName).to.equal(ana);
    const { value } = await outlook.graph.get('/me/calendars');
    expect(value).to.have.length(1);
    expect(value[0]).to.include({ id: outlook.calendarId, isDefaultCalendar: true, canEdit: true });
    expect((await outlook.graph.get('/me/calendar')).owner.address).to.equal(ana);
    expect((await outlook.graph.get('/me/mailboxSettings')).timeZone).to.equal('W. Europe Standard Time');
  });

  it('creates, reads, changes and deletes an event by its etag', async () => {
    const made = await outlook.graph.post('/me/events', anEvent('Boiler', '09:00', '10:00'));
    expect(made.start).to.deep.equal({ dateTime: '2027-06-01T07:00:00.0000000', timeZone: 'UTC' });
    expect(made['@odata.etag']).to.equal(`W/"${made.changeKey}"`);
    const path = `/me/events/${encodeURIComponent(made.id)}`;
    const read = await outlook.graph.get(path, { prefer: zoneWish });
    expect(read.start).to.deep.equal({ dateTime: '2027-06-01T09:00:00.0000000', timeZone: 'Europe/Berlin' });
    const changed = await outlook.graph.patch(path, { subject: 'Boiler 2' }, { ifMatch: made['@odata.etag'] });
    expect(changed).to.include({ subject: 'Boiler 2', showAs: 'busy', type: 'singleInstance' });
    const stale = await refusalOf(outlook.graph.delete(path, { ifMatch: made['@odata.etag'] }));
    expect(stale).to.include({ status: 412, code: 'ErrorIrresolvableConflict' });
    await outlook.graph.delete(path, { ifMatch: changed['@odata.etag'] });
    expect(await refusalOf(outlook.graph.get(path))).to.include({ status: 404, code: 'ErrorItemNotFound' });
  });

  it('gives ids in two forms, takes both, and keeps only one of them over a move', async () => {
    const { calendarId: other } = outlook.control.calendar({ owner: ana, name: 'Van' });
    const made = await outlook.graph.post('/me/events', anEvent('Move me', '11:00', '12:00'));
    const same = await outlook.graph.get(`/me/events/${encodeURIComponent(made.id)}`, { prefer: idWish });
    expect(same.id).not.to.equal(made.id);
    outlook.control.phoneMove({ calendarId: outlook.calendarId, eventId: same.id, toCalendarId: other });
    expect(await refusalOf(outlook.graph.get(`/me/events/${encodeURIComponent(made.id)}`))).to.include({ status: 404 });
    const moved = await outlook.graph.get(`/me/events/${encodeURIComponent(same.id)}`, { prefer: idWish });
    expect(moved.id).to.equal(same.id);
    expect((await outlook.graph.get(`/me/events/${encodeURIComponent(same.id)}/calendar`)).id).to.equal(other);
  });

  it('answers a repeated creation with the first event, or with an error when told so, and refuses another one', async () => {
    const body = anEvent('Once', '13:00', '14:00', { transactionId: 'booking-7.1' });
    const first = await outlook.graph.post('/me/events', body);
    expect((await outlook.graph.post('/me/events', body)).id).to.equal(first.id);
    const other = outlook.graph.post('/me/events', { ...body, subject: 'Twice' });
    expect(await refusalOf(other)).to.include({ status: 400, code: 'ErrorDuplicateTransactionId' });
    outlook.control.repeats({ mode: 'error' });
    expect(await refusalOf(outlook.graph.post('/me/events', body))).to.include({ code: 'ErrorDuplicateTransactionId' });
    outlook.control.repeats({ mode: 'existing' });
  });

  it('keeps whole days as digits, and refuses those that do not begin and end at midnight in one zone', async () => {
    const day = (start: string, end: string, zone = 'Europe/Berlin') => ({
      ...{ subject: 'Fair', isAllDay: true, start: { dateTime: start, timeZone: 'Europe/Berlin' } },
      end: { dateTime: end, timeZone: zone },
    });
    const made = await outlook.graph.post('/me/events', day('2027-06-02T00:00:00', '2027-06-03T00:00:00'));
    expect(made.start).to.deep.equal({ dateTime: '2027-06-02T00:00:00.0000000', timeZone: 'UTC' });
    for (const wrong of [
      day('2027-06-02T08:00:00', '2027-06-03T00:00:00'),
      day('2027-06-02T00:00:00', '2027-06-02T00:00:00'),
      day('2027-06-02T00:00:00', '2027-06-03T00:00:00', 'UTC'),
    ]) {
      expect((await refusalOf(outlook.graph.post('/me/events', wrong))).status).to.equal(400);
    }
  });

  it('takes Windows and IANA zones and refuses what it does not know', async () => {
    const at = (timeZone: string) => ({
      subject: 'Zones',
      start: { dateTime: '2027-06-03T09:00:00', timeZone },
      end: { dateTime: '2027-06-03T10:00:00', timeZone },
    });
    const windows = await outlook.graph.post('/me/events', at('W. Europe Standard Time'));
    expect(windows.start.dateTime).to.equal('2027-06-03T07:00:00.0000000');
    const iana = await outlook.graph.post('/me/events', at('America/New_York'));
    expect(iana.start.dateTime).to.equal('2027-06-03T13:00:00.0000000');
    const unknown = await refusalOf(outlook.graph.post('/me/events', at('Mars/Olympus')));
    expect(unknown.code).to.equal('TimeZoneNotSupportedException');
  });

  it('shows texts as HTML documents, as text on demand, and the preview', async () => {
    const body = { contentType: 'text', content: 'Bring <seals>\nand pipes' };
    const made = await outlook.graph.post('/me/events', anEvent('Text', '15:00', '16:00', { body }));
    expect(made.body.contentType).to.equal('html');
    expect(made.body.content).to.match(/^<html>[\s\S]*Bring &lt;seals&gt;<br>/);
    const path = `/me/events/${encodeURIComponent(made.id)}`;
    const read = await outlook.graph.get(path, { prefer: 'outlook.body-content-type="text"' });
    expect(read.body).to.deep.equal({ contentType: 'text', content: 'Bring <seals>\r\nand pipes\r\n' });
    expect(read.bodyPreview).to.equal('Bring <seals>\r\nand pipes');
  });

  it('hides extended properties from answers, and finds them by a filter on events alone', async () => {
    const id = 'String {11111111-2222-4333-8444-555555555555} Name Mark';
    const body = anEvent('Marked', '17:00', '18:00', { singleValueExtendedProperties: [{ id, value: 'k1' }] });
    const made = await outlook.graph.post('/me/events', body);
    expect(made).not.to.have.property('singleValueExtendedProperties');
    const filter = encodeURIComponent(`singleValueExtendedProperties/Any(ep: ep/id eq '${id}' and ep/value eq 'k1')`);
    const expand = encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${id}')`);
    const { value } = await outlook.graph.get(`/me/events?$filter=${filter}&$expand=${expand}`);
    expect(value).to.have.length(1);
    expect(value[0].singleValueExtendedProperties).to.deep.equal([{ id, value: 'k1' }]);
    expect((await refusalOf(outlook.graph.get(`/me/calendarView?${june}&$filter=${filter}`))).status).to.equal(400);
  });

  it('pages by ten, by what is asked for, and follows its own links', async () => {
    const { calendarId } = outlook.control.calendar({ owner: ana, name: 'Many' });
    for (let at = 0; at < 23; at += 1) {
      outlook.control.phoneCreate({
        calendarId,
        title: `e${at}`,
        start: '2027-06-04T08:00:00',
        end: '2027-06-04T09:00:00',
      });
    }
    const path = `/me/calendars/${encodeURIComponent(calendarId)}/calendarView?${june}`;
    const first = await outlook.graph.get(path);
    expect(first.value).to.have.length(10);
    const second = await outlook.graph.get(first['@odata.nextLink']);
    const third = await outlook.graph.get(second['@odata.nextLink']);
    expect(third.value).to.have.length(3);
    expect(third).not.to.have.property('@odata.nextLink');
    expect((await outlook.graph.get(`${path}&$top=50`)).value).to.have.length(23);
    const wide = 'startDateTime=2027-01-01T00:00:00Z&endDateTime=2032-01-02T00:00:00Z';
    expect(await refusalOf(outlook.graph.get(`/me/calendarView?${wide}`))).to.include({ code: 'ErrorInvalidRequest' });
  });

  it('counts the mails that attendees would have got, and none without them', async () => {
    const attendees = [{ emailAddress: { address: 'jo@example.com' }, type: 'required' }];
    expect(outlook.control.mails().mails).to.have.length(0);
    const made = await outlook.graph.post('/me/events', anEvent('Meeting', '18:00', '19:00', { attendees }));
    await outlook.graph.patch(`/me/events/${encodeURIComponent(made.id)}`, { subject: 'Meeting 2' });
    await outlook.graph.delete(`/me/events/${encodeURIComponent(made.id)}`);
    expect(outlook.control.mails().mails.map(({ kind }) => kind)).to.deep.equal([
      'invitation',
      'update',
      'cancellation',
    ]);
  });

  it('refuses what the contract does not know, and writes it down', async () => {
    outlook.control.clearRequests();
    const graph = outlook.graph;
    expect(
      (await refusalOf(graph.post('/me/events', anEvent('Odd', '20:00', '21:00', { colour: 'red' })))).status,
    ).to.equal(400);
    expect(
      (await refusalOf(graph.post('/me/events', anEvent('Odd', '20:00', '21:00', { showAs: 'asleep' })))).status,
    ).to.equal(400);
    expect((await refusalOf(graph.get('/me/calendars?colour=red'))).status).to.equal(400);
    expect((await refusalOf(graph.get('/me/nothing'))).status).to.equal(400);
    expect((await refusalOf(graph.get('/me/calendarView'))).status).to.equal(400);
    expect(outlook.control.violations().violations).to.have.length(5);
  });

  it('keeps series: masters, instances, an exception, a cancelled day, and neighbours that may not be passed', async () => {
    const master = await outlook.graph.post('/me/events', aWeeklySeries('Round'), { prefer: idWish });
    expect(master).to.include({ type: 'seriesMaster', occurrenceId: null });
    const path = `/me/events/${encodeURIComponent(master.id)}`;
    const list = async () =>
      (await outlook.graph.get(`${path}/instances?${june}`, { prefer: `${idWish}, ${zoneWish}` })).value;
    const [first, second, third] = await list();
    expect(second).to.include({
      type: 'occurrence',
      seriesMasterId: master.id,
      occurrenceId: `OID.${master.id}.2027-06-08`,
    });
    const at = (day: string) => ({
      start: { dateTime: `${day}T12:00:00`, timeZone: 'Europe/Berlin' },
      end: { dateTime: `${day}T13:00:00`, timeZone: 'Europe/Berlin' },
    });
    const onto = outlook.graph.patch(`/me/events/${encodeURIComponent(second.id)}`, at('2027-06-15'), {
      prefer: idWish,
    });
    expect(await refusalOf(onto)).to.include({ status: 400, code: 'ErrorOccurrenceCrossingBoundary' });
    const moved = await outlook.graph.patch(`/me/events/${encodeURIComponent(second.id)}`, at('2027-06-09'), {
      prefer: idWish,
    });
    expect(moved).to.include({ id: second.id, type: 'exception', occurrenceId: second.occurrenceId });
    await outlook.graph.delete(`/me/events/${encodeURIComponent(third.id)}`);
    expect(
      (await list()).map(({ start }: { start: { dateTime: string } }) => start.dateTime.slice(0, 10)),
    ).to.deep.equal(['2027-06-01', '2027-06-09', '2027-06-22']);
    const whole = await outlook.graph.get(`${path}?$select=id,cancelledOccurrences&$expand=exceptionOccurrences`, {
      prefer: idWish,
    });
    expect(whole.cancelledOccurrences).to.deep.equal([third.occurrenceId]);
    expect(whole.exceptionOccurrences).to.have.length(1);
    expect(first.type).to.equal('occurrence');
  });
});
