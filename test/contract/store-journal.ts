/** Store contract: the journal, and answers kept for repeated requests. */

import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { JournalLine } from '../../src/domain/tenant.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Page, Store } from '../../src/store/store.ts';
import { eventually } from '../kit/eventually.ts';

type NewLine = Omit<JournalLine, 'id' | 'at'>;
const aLine = (text: string, over: Partial<NewLine> = {}): NewLine => ({
  tenantId: newId('tenant'),
  kind: 'booking.created',
  eventId: null,
  calendarId: null,
  resourceIds: [],
  version: null,
  text,
  ...over,
});
const texts = (lines: readonly JournalLine[]) => lines.map((line) => line.text);
const answer = { status: 201, body: '{"id":"bkg_1"}', headers: { 'content-type': 'application/json', 'x.y': '1' } };

export function journalContract(given: () => Store): void {
  describe('journal', () => {
    it('keeps the order in which lines were appended and tails them over all tenants', async () => {
      const { journal } = given();
      const tenantId = newId('tenant');
      await journal.append([aLine('start')]);
      const head = await journal.head();
      expect(head).to.be.a('string');
      expect(await journal.tail(head, 10)).to.deep.equal([]);
      expect(await journal.tail(null, 10)).to.deep.equal([]);
      await journal.append([aLine('one', { tenantId, version: 3 }), aLine('two')]);
      await journal.append([]);
      await journal.append([aLine('three', { tenantId })]);
      const tail = await journal.tail(head, 10);
      expect(texts(tail)).to.deep.equal(['one', 'two', 'three']);
      expect(tail.map((line) => line.id)).to.deep.equal(tail.map((line) => line.id).sort());
      expect(tail[0]).to.deep.include({ tenantId, version: 3, kind: 'booking.created', resourceIds: [] });
      expect(tail[0]!.at).to.be.at.most(given().now());
      expect(texts(await journal.tail(tail[0]!.id, 1))).to.deep.equal(['two']);
      expect(await journal.head()).to.equal(tail[2]!.id);
      expect(texts(await journal.since(tenantId, head!, 10))).to.deep.equal(['one', 'three']);
      expect(texts(await journal.since(tenantId, tail[0]!.id, 10))).to.deep.equal(['three']);
    });

    it('tells the latest of one event in order, within the tenant', async () => {
      const { journal } = given();
      const over = { tenantId: newId('tenant'), eventId: newId('event') };
      await journal.append([aLine('a', over), aLine('other', { tenantId: over.tenantId }), aLine('b', over)]);
      await journal.append([aLine('c', over)]);
      expect(texts(await journal.ofEvent(over.tenantId, over.eventId, 10))).to.deep.equal(['a', 'b', 'c']);
      expect(texts(await journal.ofEvent(over.tenantId, over.eventId, 2))).to.deep.equal(['b', 'c']);
      expect(await journal.ofEvent(newId('tenant'), over.eventId, 10)).to.deep.equal([]);
    });

    it('lists newest first, by kind, with pages that new lines do not shift', async () => {
      const { journal } = given();
      const tenantId = newId('tenant');
      await journal.append(['1', '2', '3', '4', '5'].map((text) => aLine(text, { tenantId })));
      await journal.append([aLine('hold', { tenantId, kind: 'hold.changed' })]);
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const page: Page<JournalLine> = await journal.list(tenantId, { limit: 2, after, kind: 'booking.created' });
        seen.push(...texts(page.data));
        after = page.next;
        await journal.append([aLine('later', { tenantId })]);
      } while (after !== null);
      expect(seen).to.deep.equal(['5', '4', '3', '2', '1']);
      const holds = await journal.list(tenantId, { limit: 9, after: null, kind: 'hold.changed' });
      expect(texts(holds.data)).to.deep.equal(['hold']);
    });
  });

  describe('journal, narrowed', () => {
    it('keeps details as they were given', async () => {
      const { journal } = given();
      const over = { tenantId: newId('tenant'), eventId: newId('event') };
      const details = { verdict: 'merge', units: [{ unit: 'when', verdict: 'theirs' }], names: ['a.b'], n: 1, x: null };
      await journal.append([aLine('with', { ...over, details }), aLine('without', over)]);
      const [first, second] = await journal.ofEvent(over.tenantId, over.eventId, 10);
      expect(first?.details).to.deep.equal(details);
      expect(second).to.not.have.property('details');
    });

    it('lists what concerns one event, one calendar or a stretch of time, page by page', async () => {
      const { journal } = given();
      const tenantId = newId('tenant');
      const [eventId, calendarId] = [newId('event'), newId('calendar')];
      await journal.append([
        aLine('event', { tenantId, eventId }),
        aLine('calendar', { tenantId, calendarId }),
        aLine('both', { tenantId, eventId, calendarId }),
        aLine('foreign', { eventId, calendarId }),
      ]);
      const all = { limit: 9, after: null, kind: null };
      const list = async (query: object) => texts((await journal.list(tenantId, { ...all, ...query })).data);
      expect(await list({ eventId })).to.deep.equal(['both', 'event']);
      expect(await list({ calendarId })).to.deep.equal(['both', 'calendar']);
      expect(await list({ eventId, calendarId })).to.deep.equal(['both']);
      const now = given().now();
      const [from, to] = [(now - 60_000) as Instant, (now + 60_000) as Instant];
      expect(await list({ from, to })).to.have.length(3);
      expect(await list({ from: to })).to.deep.equal([]);
      expect(await list({ to: from })).to.deep.equal([]);
      const first = await journal.list(tenantId, { ...all, from, to, limit: 2 });
      const rest = await journal.list(tenantId, { ...all, from, to, after: first.next });
      expect([...texts(first.data), ...texts(rest.data)]).to.deep.equal(['both', 'calendar', 'event']);
    });
  });

  describe('kept answers', () => {
    it('lets one of many run the request, tells the others that it runs, and then its answer', async () => {
      const { idempotency } = given();
      const tenantId = newId('tenant');
      const begin = (hash = 'h1', staleMs = 60_000) => idempotency.begin(tenantId, 'key-1', hash, staleMs);
      const starts = await Promise.all(Array.from({ length: 8 }, () => begin()));
      expect(starts.filter((s) => s === 'mine')).to.have.length(1);
      expect(starts.find((s) => s !== 'mine')).to.deep.equal({ bodyHash: 'h1', answer: null });
      await idempotency.finish(tenantId, 'key-1', answer);
      expect(await begin('h1', 0)).to.deep.equal({ bodyHash: 'h1', answer });
      expect(await begin('h2', 0)).to.deep.equal({ bodyHash: 'h1', answer });
      expect(await idempotency.begin(newId('tenant'), 'key-1', 'h1', 0)).to.equal('mine');
    });

    it('takes over a start that never finished, for the same body only', async () => {
      const { idempotency } = given();
      const tenantId = newId('tenant');
      expect(await idempotency.begin(tenantId, 'key', 'h1', 0)).to.equal('mine');
      await eventually(async () => (await idempotency.begin(tenantId, 'key', 'h1', 10)) === 'mine');
      expect(await idempotency.begin(tenantId, 'key', 'h1', 60_000)).to.deep.equal({ bodyHash: 'h1', answer: null });
      const started = given().now();
      await eventually(async () => given().now() > started + 5);
      expect(await idempotency.begin(tenantId, 'key', 'h2', 1)).to.deep.equal({ bodyHash: 'h1', answer: null });
    });

    it('forgets a start that failed but never an answer', async () => {
      const { idempotency } = given();
      const tenantId = newId('tenant');
      await idempotency.begin(tenantId, 'key', 'h1', 60_000);
      await idempotency.forget(tenantId, 'key');
      expect(await idempotency.begin(tenantId, 'key', 'h2', 60_000)).to.equal('mine');
      await idempotency.finish(tenantId, 'key', answer);
      await idempotency.forget(tenantId, 'key');
      expect(await idempotency.begin(tenantId, 'key', 'h2', 60_000)).to.deep.equal({ bodyHash: 'h2', answer });
    });
  });

  it('answers a ping', () => given().ping());
}
