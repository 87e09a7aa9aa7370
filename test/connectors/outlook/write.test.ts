/** What is asked of Graph for a write, and what its refusals become, in single answers that the real service gives. */
import { expect } from 'chai';
import type { EventFields, InstanceKey, MergeUnit } from '../../../src/domain/event.ts';
import type { Fault } from '../../../src/domain/fault.ts';
import { asRemoteId, asRemoteStamp, type IdempotencyKey, newId } from '../../../src/domain/ids.ts';
import { createIntent } from '../../contract/connector.ts';
import { someFields, zoned } from '../../kit/builders.ts';
import { type CannedGraph, cannedGraph, type GraphReply } from '../../kit/outlook-canned.ts';
import { graphDay, graphMaster, graphSingle } from '../../kit/outlook-rows.ts';

const calendar = { remoteId: asRemoteId('cal'), name: 'Work', zone: null, canWrite: true };
const refusal = (status: number, code: string, message = 'No.'): GraphReply => [status, { error: { code, message } }];
const gone = refusal(404, 'ErrorItemNotFound');
const conflict = refusal(412, 'ErrorIrresolvableConflict');
const fields = someFields({
  title: 'Boiler',
  start: zoned('2027-06-01T09:00', 'UTC'),
  end: zoned('2027-06-01T10:00', 'UTC'),
});
const seen: EventFields = { ...fields, description: 'Bring the ladder' };
const daily: EventFields = { ...fields, series: { rules: ['FREQ=DAILY;COUNT=5'], extraDates: [] } };
const second = '2027-06-02T09:00:00' as InstanceKey;
const third = '2027-06-03T09:00:00' as InstanceKey;
const { series: _series, instances: _instances, ...own } = fields;
const later = { ...own, start: zoned('2027-06-02T15:00', 'UTC'), end: zoned('2027-06-02T16:00', 'UTC') };
const mark = { eventId: newId('event'), version: 2 };
const singleStamp = 'W/"2" 2027-05-10T08:00:00.0000000Z';
const seriesStamp = `${singleStamp} -`;

describe('a write to Outlook', () => {
  let g: CannedGraph;
  const given = (...graph: GraphReply[]) => {
    g = cannedGraph({ graph });
    return g.connection;
  };
  afterEach(() => g.stop());
  const asked = () => g.asked.map((a) => `${a.method} ${a.path}`);
  const bodyOf = (at: number) => g.asked[at]!.body as Record<string, unknown>;
  const create = (f: EventFields, ...graph: GraphReply[]) => given(...graph).write(calendar, createIntent(f));
  const intended = (f: EventFields, units: readonly MergeUnit[], stamp: string) => ({
    ...{ kind: 'update' as const, key: 'k' as IdempotencyKey, remoteId: asRemoteId('e') },
    ...{ ifStamp: asRemoteStamp(stamp), seen, units, fields: f, mark },
  });
  const update = (f: EventFields, units: readonly MergeUnit[], stamp: string, ...graph: GraphReply[]) =>
    given(...graph).write(calendar, intended(f, units, stamp));
  const remove = (stamp: string, ...graph: GraphReply[]) =>
    given(...graph).write(calendar, {
      ...{ kind: 'remove', key: 'k' as IdempotencyKey, remoteId: asRemoteId('e'), ifStamp: asRemoteStamp(stamp) },
    });
  const kindOf = (call: Promise<unknown>) =>
    call.then(
      () => 'none',
      (fault: Fault) => fault.kind,
    );

  it('creates under a transaction id of our own, mails nobody and rings nothing', async () => {
    const intent = createIntent(fields);
    const receipt = await given([201, graphSingle('e', { subject: 'Boiler', transactionId: intent.createId })]).write(
      calendar,
      intent,
    );
    expect(receipt).to.deep.include({ kind: 'done' });
    expect(receipt).to.have.nested.property('remote.mark').that.deep.equals(intent.mark);
    expect(asked()).to.deep.equal(['POST /me/calendars/cal/events']);
    expect(bodyOf(0)).to.deep.include({ transactionId: intent.createId, isReminderOn: false });
    expect(bodyOf(0)).to.not.have.property('attendees');
  });

  it('shows people whose copy it is by a category, and leaves categories to them from then on', async () => {
    await create(fields, [201, graphSingle('e')]);
    expect(bodyOf(0).categories).to.deep.equal(['Interlock']);
    await g.stop();
    const wish = { ...fields, title: 'Tap', location: 'Back door' };
    const units: readonly MergeUnit[] = ['what', 'where', 'when', 'busy', 'privacy'];
    await update(wish, units, singleStamp, [200, graphSingle('e', { categories: ['Important'] })]);
    expect(bodyOf(0)).to.include({ subject: 'Tap' }).and.not.have.property('categories');
  });

  it('looks for its own create by a property when the transaction id is taken, and calls it burnt when there is none', async () => {
    const intent = createIntent(fields);
    const connection = given(refusal(400, 'ErrorDuplicateTransactionId'), [200, { value: [] }]);
    expect(await connection.write(calendar, intent)).to.deep.equal({ kind: 'burnt' });
    expect(g.asked[1]!.query.$filter).to.include(intent.createId);
    expect(g.asked[1]!.query.$expand).to.include('singleValueExtendedProperties');
  });

  it('asks whether the calendar is there when a create finds none', async () => {
    expect(await kindOf(create(fields, gone, gone))).to.equal('calendar-gone');
  });

  it('refuses in words, and repeats no title in them', async () => {
    const why = 'The property subject "Boiler" is odd.';
    expect(await create(fields, refusal(400, 'ErrorInvalidProperty', why))).to.deep.equal({
      kind: 'refused',
      why: 'status 400, ErrorInvalidProperty',
    });
    await g.stop();
    expect(await create(fields, refusal(403, 'ErrorAccessDenied'))).to.have.property('kind', 'refused');
  });

  it('changes only what it has seen', async () => {
    const receipt = await update(fields, ['when'], singleStamp, [200, graphSingle('e', { '@odata.etag': 'W/"3"' })]);
    expect(receipt).to.have.nested.property('remote.mark').that.deep.equals(mark);
    expect(asked()).to.deep.equal(['PATCH /me/events/e']);
    expect(g.asked[0]!.headers['if-match']).to.equal('W/"2"');
    expect(bodyOf(0)).to.not.have.any.keys('subject', 'body', 'location', 'attendees', 'recurrence');
  });

  it('leaves formatted notes alone when only the title changed, in a single request on what it has seen', async () => {
    const html = '<html><body><p><b>Bring</b> the ladder</p></body></html>';
    const after = graphSingle('e', { subject: 'Boiler', body: { contentType: 'html', content: html } });
    await update({ ...fields, description: ' Bring the ladder ' }, ['what'], singleStamp, [200, after]);
    expect(asked()).to.deep.equal(['PATCH /me/events/e']);
    expect(g.asked[0]!.headers['if-match']).to.equal('W/"2"');
    expect(bodyOf(0)).to.include({ subject: 'Boiler' }).and.not.have.property('body');
    await g.stop();
    await update({ ...fields, description: 'Other' }, ['what'], singleStamp, [200, after]);
    expect(asked()).to.deep.equal(['PATCH /me/events/e']);
    expect(bodyOf(0)).to.have.deep.property('body', { contentType: 'text', content: 'Other' });
  });

  it('empties notes that may be there where nobody kept what the copy says', async () => {
    const connection = given([200, graphSingle('e')]);
    await connection.write(calendar, { ...intended(fields, ['what'], singleStamp), seen: null });
    expect(bodyOf(0)).to.have.deep.property('body', { contentType: 'text', content: '' });
  });

  it('is stale where the precondition fails and the event is another, whichever way Graph says so', async () => {
    const moved: GraphReply = [200, graphSingle('e', { '@odata.etag': 'W/"9"' })];
    expect(await update(fields, ['when'], singleStamp, conflict, moved)).to.deep.equal({ kind: 'stale' });
    await g.stop();
    const other = refusal(409, 'ErrorIrresolvableConflict');
    expect(await update(fields, ['when'], singleStamp, other, moved)).to.deep.equal({ kind: 'stale' });
    await g.stop();
    expect(await remove(singleStamp, conflict, moved)).to.deep.equal({ kind: 'stale' });
  });

  it('is tried again later where a precondition fails that holds', async () => {
    expect(await kindOf(update(fields, ['when'], singleStamp, conflict, [200, graphSingle('e')]))).to.equal(
      'transient',
    );
  });

  it('says gone for what is gone', async () => {
    const there: GraphReply = [200, { id: 'cal' }];
    expect(await update(fields, ['when'], singleStamp, gone, gone, there)).to.deep.equal({ kind: 'gone' });
    await g.stop();
    expect(await remove(singleStamp, gone, gone, there)).to.deep.equal({ kind: 'gone' });
    await g.stop();
    expect(await kindOf(remove(singleStamp, gone, gone, gone))).to.equal('calendar-gone');
  });

  it('writes a new series with its deleted and changed days, and the mark last', async () => {
    const wish: EventFields = { ...daily, instances: { [second]: later, [third]: 'cancelled' as const } };
    const receipt = await create(
      wish,
      [201, graphMaster('m', { subject: 'Boiler' })],
      [200, { value: [graphDay('d2', 'm', '2027-06-02')] }],
      [200, { ...graphDay('d2', 'm', '2027-06-02'), type: 'exception' }],
      [200, { value: [graphDay('d3', 'm', '2027-06-03')] }],
      [204],
      [200, graphMaster('m', { subject: 'Boiler', '@odata.etag': 'W/"5"' })],
      [200, graphMaster('m', { subject: 'Boiler', '@odata.etag': 'W/"6"' })],
    );
    expect(receipt).to.have.property('kind', 'done');
    expect(asked()).to.deep.equal([
      'POST /me/calendars/cal/events',
      'GET /me/events/m/instances',
      'PATCH /me/events/d2',
      'GET /me/events/m/instances',
      'DELETE /me/events/d3',
      'GET /me/events/m',
      'PATCH /me/events/m',
    ]);
    expect(g.asked[6]!.headers['if-match']).to.equal('W/"5"');
    expect(JSON.stringify(bodyOf(0))).to.not.include('evt_');
    expect(JSON.stringify(bodyOf(6))).to.include('evt_');
    expect(receipt).to.have.nested.property('remote.fields.instances').with.all.keys(second, third);
  });

  it('takes a new series back whole when Outlook does not take one of its days', async () => {
    const wish: EventFields = { ...daily, instances: { [second]: later } };
    const receipt = await create(
      wish,
      [201, graphMaster('m')],
      [200, { value: [graphDay('d2', 'm', '2027-06-02')] }],
      refusal(400, 'ErrorOccurrenceCrossingBoundary'),
      [204],
    );
    expect(receipt).to.have.property('kind', 'refused');
    expect(receipt).to.have.property('why').that.includes('ErrorOccurrenceCrossingBoundary');
    expect(asked().at(-1)).to.equal('DELETE /me/events/m');
  });

  it('cancels one day of a series', async () => {
    const wish: EventFields = { ...daily, title: 'Dentist', instances: { [third]: 'cancelled' as const } };
    const receipt = await update(
      wish,
      [`instance:${third}`],
      seriesStamp,
      [200, graphMaster('e')],
      [200, graphMaster('e')],
      [200, { value: [graphDay('d3', 'e', '2027-06-03')] }],
      [204],
      [200, graphMaster('e', { '@odata.etag': 'W/"3"' })],
      [200, graphMaster('e', { '@odata.etag': 'W/"4"' })],
    );
    expect(receipt)
      .to.have.nested.property('remote.fields.instances')
      .that.deep.equals({ [third]: 'cancelled' });
  });

  it('says by name that a cancelled day cannot be brought back', async () => {
    const before = graphMaster('e', { cancelledOccurrences: ['OID.e.2027-06-03'] });
    const ifStamp = await stampOfSeries(before);
    const wish: EventFields = {
      ...daily,
      instances: {
        [third]: { ...later, start: zoned('2027-06-03T11:00', 'UTC'), end: zoned('2027-06-03T12:00', 'UTC') },
      },
    };
    const receipt = await update(
      wish,
      [`instance:${third}`],
      ifStamp,
      [200, before],
      [200, before],
      [200, { value: [] }],
      [200, before],
    );
    expect(receipt).to.have.property('kind', 'refused');
    expect(receipt).to.have.property('why').that.includes('cannot bring back a cancelled occurrence');
  });

  async function stampOfSeries(series: object): Promise<string> {
    const remote = await given([200, series], [200, { id: 'cal' }], [200, series]).read(calendar, asRemoteId('e'));
    await g.stop();
    return remote!.stamp;
  }

  it('writes occurrences anew that a new time of the series made Exchange forget', async () => {
    const exception = { ...graphDay('d2', 'e', '2027-06-02'), type: 'exception', subject: 'Other' };
    const before = graphMaster('e', { exceptionOccurrences: [exception] });
    const ifStamp = await stampOfSeries(before);
    const wish: EventFields = {
      ...daily,
      title: 'Dentist',
      ...{ start: zoned('2027-06-01T09:00', 'UTC'), end: zoned('2027-06-01T11:00', 'UTC') },
      instances: {
        [second]: {
          ...own,
          title: 'Other',
          start: zoned('2027-06-02T09:00', 'UTC'),
          end: zoned('2027-06-02T10:00', 'UTC'),
        },
      },
    };
    const end = { end: { dateTime: '2027-06-01T11:00:00.0000000', timeZone: 'UTC' } };
    const after = graphMaster('e', { '@odata.etag': 'W/"3"', ...end });
    const receipt = await update(
      wish,
      ['when'],
      ifStamp,
      [200, before],
      [200, before],
      [200, after],
      [200, after],
      [200, { value: [graphDay('d2', 'e', '2027-06-02')] }],
      [200, exception],
      [200, after],
      [200, after],
    );
    expect(receipt).to.have.property('kind', 'done');
    expect(asked().slice(2)).to.deep.equal([
      'PATCH /me/events/e',
      'GET /me/events/e',
      'GET /me/events/e/instances',
      'PATCH /me/events/d2',
      'GET /me/events/e',
      'PATCH /me/events/e',
    ]);
  });

  it('is stale when somebody changed a series while its days were written, and the mark is there', async () => {
    const wish: EventFields = { ...daily, title: 'Dentist', instances: { [third]: 'cancelled' as const } };
    const theirs = graphMaster('e', { '@odata.etag': 'W/"4"', subject: 'By hand' });
    const receipt = await update(
      wish,
      [`instance:${third}`],
      seriesStamp,
      [200, graphMaster('e')],
      [200, graphMaster('e')],
      [200, { value: [graphDay('d3', 'e', '2027-06-03')] }],
      [204],
      [200, theirs],
      [200, theirs],
    );
    expect(receipt).to.deep.equal({ kind: 'stale' });
    expect(JSON.stringify(bodyOf(5))).to.include(mark.eventId);
  });

  it('refuses by name a recurrence that Graph has no words for, and asks nothing', async () => {
    const odd: EventFields = { ...fields, series: { rules: ['BYMONTHDAY=-2;FREQ=MONTHLY'], extraDates: [] } };
    const receipt = await create(odd);
    expect(receipt).to.have.property('kind', 'refused');
    expect(g.asked).to.deep.equal([]);
  });
});
