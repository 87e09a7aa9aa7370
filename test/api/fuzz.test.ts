/** Whatever comes in, the answer is never a failure of ours, and always a document that the contract names. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Api, anApi, aTechnician } from '../kit/api.ts';

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
    '$where',
    'a.b',
    '2027-06-02T10:00:00Z',
    'PT1H',
  ),
);
const json = fc.oneof(text, fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(null, 0, -1, 1e308, true, [], {}));

/** A right body with one to three of its fields, or further ones, turned into anything. */
const bent = (right: Readonly<Record<string, unknown>>) =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...Object.keys(right)), text), json), { minLength: 1, maxLength: 3 })
    .map((changes) => JSON.stringify({ ...right, ...Object.fromEntries(changes) }));

const time = fc
  .date({ min: new Date('1890-01-01T00:00:00Z'), max: new Date('2250-01-01T00:00:00Z'), noInvalidDate: true })
  .map((d) => d.toISOString());

describe('any input', () => {
  let api: Api;
  let id: string;
  before(async () => {
    api = await anApi();
    id = await aTechnician(api);
  });
  after(() => api.close());

  const span = { start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' };
  const rightBodies = (): readonly (readonly [path: string, body: Readonly<Record<string, unknown>>])[] => [
    [
      '/v1/resources',
      { kind: 'technician', name: 'Sam', timeZone: 'UTC', skills: [], workingHours: [], home: null, limits: {} },
    ],
    [
      '/v1/bookings',
      {
        ...span,
        resourceIds: [id],
        title: 'X',
        customer: { name: 'K' },
        metadata: {},
        location: {},
        assign: null,
        holdId: null,
      },
    ],
    ['/v1/holds', { ...span, resourceIds: [id], expiresIn: 'PT5M', note: 'x' }],
    [
      '/v1/availability',
      { from: span.start, to: span.end, duration: 'PT1H', resourceIds: [id], requires: null, granularity: 'PT15M' },
    ],
    ['/v1/connections', { provider: 'memory', account: 'sam' }],
    [
      '/v1/calendars',
      { connectionId: 'con_1', remoteId: '/x/', resourceId: id, role: 'read', busyRules: {}, policy: {} },
    ],
    ['/v1/keys', { name: 'k', scopes: ['read'], expiresAt: null }],
    ['/v1/tenants', { name: 't' }],
  ];

  it('in a body is answered without a failure', async () => {
    const bodies = rightBodies();
    const request = fc
      .nat(bodies.length - 1)
      .chain((n) => bent(bodies[n]![1]).map((raw) => ({ path: bodies[n]![0], raw })));
    await fc.assert(
      fc.asyncProperty(request, async ({ path, raw }) => {
        const reply = await api.ask('POST', path, undefined, { raw });
        expect(reply.status, reply.text).to.be.lessThan(500);
      }),
      { numRuns: 400 },
    );
  });

  it('as times is booked, refused or found taken', async () => {
    await fc.assert(
      fc.asyncProperty(time, time, async (start, end) => {
        const reply = await api.ask('POST', '/v1/bookings', { start, end, resourceIds: [id], title: 'X' });
        expect([200, 201, 400, 409, 422], reply.text).to.include(reply.status);
      }),
      { numRuns: 100 },
    );
  });

  it('in a query, a path or a header is answered without a failure', async () => {
    const paths = ['/v1/bookings', '/v1/schedule', '/v1/conflicts', '/v1/calendars', '/v1/resources', '/v1/keys'];
    const names = ['from', 'to', 'limit', 'after', 'resourceId', 'resourceIds', 'status', 'state', 'externalRef'];
    const query = fc.array(fc.tuple(fc.constantFrom(...names), fc.oneof(text, time)), { maxLength: 4 });
    const header = fc.stringMatching(/^[ -~]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), query, text, header, async (path, pairs, segment, value) => {
        const search = new URLSearchParams(pairs.map(([k, v]): [string, string] => [k, v.toWellFormed()])).toString();
        expect((await api.ask('GET', `${path}?${search}`)).status).to.be.lessThan(500);
        const inPath = `${path}/${encodeURIComponent(segment.toWellFormed()) || 'x'}`;
        const headers = { 'If-Match': value, Prefer: value, 'Idempotency-Key': value, 'Last-Event-ID': value };
        expect((await api.ask('PATCH', inPath, {}, { headers })).status).to.be.lessThan(500);
      }),
      { numRuns: 150 },
    );
  });
});
