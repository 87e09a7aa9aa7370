import { expect } from 'chai';
import { ana, anEvent, anOutlookScene, graphAt, type OutlookScene, refusalOf } from '../kit/outlook-sandbox.ts';

describe('limits and faults of the Outlook simulator', () => {
  let outlook: OutlookScene;
  beforeEach(async () => {
    outlook = await anOutlookScene();
  });
  afterEach(() => outlook.close());

  it('lets four requests of a mailbox in at once and refuses the fifth, with 429 or 503 and either form of Retry-After', async () => {
    outlook.control.latency({ ms: 50 });
    const five = () => Promise.allSettled(Array.from({ length: 5 }, () => outlook.graph.get('/me/calendar')));
    const first = await five();
    expect(first.filter(({ status }) => status === 'fulfilled')).to.have.length(4);
    const refused = first.find((entry) => entry.status === 'rejected')!;
    const seconds = await refusalOf(Promise.reject(refused.reason));
    expect(seconds).to.include({ status: 429, code: 'ApplicationThrottled' });
    expect(seconds.message).to.contain('MailboxConcurrency');
    expect(seconds.headers.get('retry-after')).to.equal('1');
    outlook.control.lanes({ status: 503, retryAfter: 'date' });
    const second = (await five()).find((entry) => entry.status === 'rejected')!;
    const dated = await refusalOf(Promise.reject(second.reason));
    expect(dated.status).to.equal(503);
    expect(Date.parse(dated.headers.get('retry-after')!)).to.be.a('number').and.not.to.be.NaN;
    expect(outlook.control.lanes().peaks[ana]).to.equal(5);
  });

  it('answers a batch one by one, in chains, and refuses too many', async () => {
    const get = (id: string, more: object = {}) => ({ id, method: 'GET', url: '/me/calendar', ...more });
    const create = {
      id: 'c',
      method: 'POST',
      url: '/me/events',
      headers: { 'Content-Type': 'application/json' },
      body: anEvent('Batch', '09:00', '10:00'),
    };
    const missing = { id: 'm', method: 'GET', url: '/me/events/none' };
    const after = get('a', { dependsOn: ['m'] });
    const { responses } = await outlook.graph.post('/$batch', { requests: [get('1'), create, missing, after] });
    const statuses = Object.fromEntries(
      responses.map(({ id, status }: { id: string; status: number }) => [id, status]),
    );
    expect(statuses).to.deep.equal({ 1: 200, c: 201, m: 400, a: 424 });
    outlook.control.latency({ ms: 20 });
    const parallel = await outlook.graph.post('/$batch', {
      requests: ['1', '2', '3', '4', '5', '6'].map((id) => get(id)),
    });
    expect(parallel.responses.filter(({ status }: { status: number }) => status === 429)).to.have.length(2);
    const many = Array.from({ length: 21 }, (_, at) => get(String(at)));
    expect((await refusalOf(outlook.graph.post('/$batch', { requests: many }))).status).to.equal(400);
  });

  it('loses the answer of a creation that was made', async () => {
    outlook.control.fault({ kind: 'lose-answer', on: 'events.create', times: 1 });
    let failed = false;
    await outlook.graph.post('/me/events', anEvent('Lost', '09:00', '10:00', { transactionId: 't1' })).catch(() => {
      failed = true;
    });
    expect(failed).to.equal(true);
    const again = await outlook.graph.post('/me/events', anEvent('Lost', '09:00', '10:00', { transactionId: 't1' }));
    const { value } = await outlook.graph.get('/me/events');
    expect(value.map(({ id }: { id: string }) => id)).to.deep.equal([again.id]);
  });

  it('refuses on demand with codes of Graph, or a page of a gateway', async () => {
    outlook.control.fault({ kind: 'refuse', on: 'write', status: 500, times: 1 });
    const made = outlook.graph.post('/me/events', anEvent('No', '09:00', '10:00'));
    expect(await refusalOf(made)).to.include({ status: 500, code: 'ErrorInternalServerTransientError' });
    outlook.control.fault({ kind: 'refuse', on: '*', status: 502, html: true, times: 1 });
    expect((await refusalOf(outlook.graph.get('/me/calendar'))).status).to.equal(502);
  });

  it('tells free and busy of work accounts only', async () => {
    await outlook.graph.post('/me/events', anEvent('Busy', '09:00', '10:00'));
    const at = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });
    const wish = {
      schedules: [ana, 'nobody@example.com'],
      startTime: at('2027-06-01T08:00:00'),
      endTime: at('2027-06-01T11:00:00'),
    };
    const { value } = await outlook.graph.post('/me/calendar/getSchedule', wish);
    expect(value[0].availabilityView).to.equal('002200');
    expect(value[1].error.responseCode).to.equal('ErrorMailRecipientNotFound');
    outlook.control.account({ email: 'jo@outlook.test', personal: true });
    expect((await refusalOf(outlook.as('jo@outlook.test').post('/me/calendar/getSchedule', wish))).status).to.equal(
      403,
    );
  });

  it('refuses requests without a token', async () => {
    expect((await refusalOf(graphAt(outlook.url, 'none').get('/me'))).status).to.equal(401);
  });
});
