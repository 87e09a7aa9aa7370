/** Series whose rule we cannot say: each day that Graph makes of them blocks its time, and none is left open. */
import { expect } from 'chai';
import { asRemoteId } from '../../../src/domain/ids.ts';
import { expand } from '../../../src/domain/series.ts';
import { formatInstant } from '../../../src/domain/time.ts';
import { contractWindow, pullAll, upserts } from '../../contract/connector.ts';
import { berlin } from '../../kit/google-account.ts';
import { type CannedGraph, cannedGraph, type GraphReply } from '../../kit/outlook-canned.ts';
import { graphDay as day, graphMaster as master } from '../../kit/outlook-rows.ts';

const calendar = { remoteId: asRemoteId('cal'), name: 'Work', zone: berlin, canWrite: true };
const link = 'https://graph.microsoft.com/v1.0/me/calendars/cal/calendarView/delta?$deltatoken=a';
const from = { kind: 'delta', value: JSON.stringify([link]), window: contractWindow } as const;
const page = (...value: object[]): GraphReply => [200, { value }];

const daily = { type: 'daily', interval: 1 };
const odd = {
  'a home-made zone': master('m', { originalStartTimeZone: 'tzone://Microsoft/Custom' }),
  'days that are counted on another clock': master('m', {
    recurrence: { pattern: daily, range: { type: 'noEnd', startDate: '2027-05-31', recurrenceTimeZone: 'UTC' } },
  }),
  'a pattern that nobody knows': master('m', {
    recurrence: { pattern: { type: 'lunar', interval: 1 }, range: { type: 'noEnd', startDate: '2027-06-01' } },
  }),
};

describe('a series of Outlook whose rule cannot be said', () => {
  let g: CannedGraph;
  afterEach(() => g.stop());

  const read = async (head: object, days: readonly object[]) => {
    const half = Math.ceil(days.length / 2);
    const more = 'https://graph.microsoft.com/v1.0/me/events/m/instances?$skip=2';
    const first: GraphReply = [200, { value: days.slice(0, half), '@odata.nextLink': more }];
    const round: GraphReply = [200, { value: [head], '@odata.deltaLink': link }];
    g = cannedGraph({ graph: [round, [200, head], first, page(...days.slice(half))] });
    const [copy] = upserts((await pullAll({ connection: g.connection, calendar }, from)).changes);
    return copy!;
  };
  const spans = (copy: Awaited<ReturnType<typeof read>>) =>
    expand(copy.fields, contractWindow, berlin).occurrences.map(({ span, fields }) =>
      [formatInstant(span.start), formatInstant(span.end), fields.title].join(' '),
    );

  for (const [name, head] of Object.entries(odd)) {
    it(`because of ${name} blocks each of its days as Graph tells them`, async () => {
      const moved = day('c', 'm', '2027-06-04', {
        ...{ type: 'exception', subject: 'Moved' },
        start: { dateTime: '2027-06-04T15:00:00.0000000', timeZone: 'UTC' },
        end: { dateTime: '2027-06-04T15:30:00.0000000', timeZone: 'UTC' },
      });
      const copy = await read(head, [day('a', 'm', '2027-06-01'), day('b', 'm', '2027-06-03'), moved]);
      expect(spans(copy)).to.deep.equal([
        '2027-06-01T09:00:00Z 2027-06-01T10:00:00Z Dentist',
        '2027-06-03T09:00:00Z 2027-06-03T10:00:00Z Dentist',
        '2027-06-04T15:00:00Z 2027-06-04T15:30:00Z Moved',
      ]);
      const { path, query } = g.asked[2]!;
      expect(path).to.equal('/me/events/m/instances');
      const [start, end] = [query.startDateTime, query.endDateTime].map((text) => Date.parse(text!));
      expect(start).to.be.lessThan(g.clock.now());
      expect(end! - start!).to.be.lessThan(1_825 * 86_400_000);
    });
  }

  it('does not block its first start where that day was taken out', async () => {
    const copy = await read(odd['a home-made zone'], [day('b', 'm', '2027-06-03'), day('c', 'm', '2027-06-04')]);
    expect(spans(copy)).to.deep.equal([
      '2027-06-03T09:00:00Z 2027-06-03T10:00:00Z Dentist',
      '2027-06-04T09:00:00Z 2027-06-04T10:00:00Z Dentist',
    ]);
  });

  it('has another stamp when one of its days moves, and the same one when nothing does', async () => {
    const head = odd['a pattern that nobody knows'];
    const [one, two] = [day('a', 'm', '2027-06-01'), day('b', 'm', '2027-06-03')];
    const { stamp } = await read(head, [one, two]);
    await g.stop();
    expect((await read(head, [one, two])).stamp).to.equal(stamp);
    await g.stop();
    expect((await read(head, [one, day('b', 'm', '2027-06-05')])).stamp).to.not.equal(stamp);
  });
});
