/** Whatever is sent to the addresses that ask for time: no failure of ours and no hang. FUZZ=100000 for the long run. */
import { expect } from 'chai';
import fc from 'fast-check';
import { type Api, anApi, aTechnician } from '../kit/api.ts';

const requests = Number(process.env.FUZZ ?? 800);
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '\u0000', '\ud800', '__proto__', '$where', 'PT1H', 'P99999999W', '2027-06-02T10:00:00Z', 'opt_x'),
);
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 1e308, -1, 2 ** 53));
const anything = fc.oneof(text, number, fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(null, true, [], {}, [[]]));

describe('Any request for time', () => {
  let api: Api;
  let id: string;
  before(async () => {
    api = await anApi();
    id = await aTechnician(api, { workingHours: [] });
  });
  after(() => api.close());

  it('is answered, and never as a failure of ours', async () => {
    const span = { start: '2027-06-02T10:00:00Z', end: '2027-06-02T11:00:00Z' };
    const wish = { from: span.start, to: '2027-06-03T10:00:00Z', duration: 'PT1H', granularity: 'PT30M' };
    const job = { title: 'X', customer: { name: 'K', language: 'de' }, metadata: {}, notes: null };
    const shapes: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
      [
        '/v1/bookings',
        { ...span, ...job, resourceIds: [id], buffers: {}, quantities: null, holdId: null, assign: null },
      ],
      ['/v1/bookings', { ...span, ...job, assign: { kind: 'technician', quantity: 1 }, maxStaleness: null }],
      ['/v1/bookings/bulk', { bookings: [{ ...span, ...job, resourceIds: [id], key: 'k' }] }],
      ['/v1/holds', { ...span, resourceIds: [id], expiresIn: 'PT1S', note: null, buffers: null }],
      ['/v1/offers', { ...wish, resourceIds: [id], count: 1, expiresIn: 'PT5S', timeZone: 'UTC', language: 'en' }],
      ['/v1/availability', { ...wish, requires: [{ kind: 'technician' }], limit: 5, explain: true, whenIll: 'open' }],
      ['/v1/offers/off_x/accept', { option: 'opt_x', ...job }],
    ];
    const request = fc.nat(shapes.length - 1).chain((n) => {
      const [path, right] = shapes[n]!;
      const keys = fc.oneof(fc.constantFrom(...Object.keys(right)), text);
      return fc.record({
        path: fc.constant(path),
        body: fc
          .array(fc.tuple(keys, anything), { maxLength: 3 })
          .map((bent) => ({ ...right, ...Object.fromEntries(bent) })),
        key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: null }),
      });
    });
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ path, body, key }) => {
        const headers: Record<string, string> = key === null ? {} : { 'Idempotency-Key': key };
        const reply = await api.ask('POST', path, body, { headers });
        seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
        expect(reply.status, `${path} ${JSON.stringify(body)} -> ${reply.text}`).to.be.lessThan(500);
      }),
      { numRuns: requests, endOnFailure: true },
    );
    for (const status of [201, 400, 409]) expect(seen.get(status) ?? 0, `${status}`).to.be.greaterThan(0);
  }).timeout(Math.max(120_000, requests * 40));
});
