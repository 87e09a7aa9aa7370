/** Store contract: facts put on day sheets without asking anybody. */

import { expect } from 'chai';
import { newId } from '../../src/domain/ids.ts';
import type { SheetRow } from '../../src/domain/resource.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { aRow, at, day } from '../kit/builders.ts';
import { type Place, somewhere } from './store-sheets.ts';

const june1 = day('2027-06-01');
const when = (from: string, to: string) => ({ start: at(`2027-06-01T${from}:00Z`), end: at(`2027-06-01T${to}:00Z`) });

export function sheetPutContract(given: () => Store): void {
  const put = (p: Place, claim: SheetRow['claim'], rows: readonly SheetRow[], version?: number) =>
    given().sheets.put(p.tenantId, p.resourceId, june1, claim, rows, version);
  const load = async (p: Place) => (await given().sheets.load(p.tenantId, [p.resourceId], [june1]))[0]!;

  describe('put', () => {
    it('writes over whatever stands there and leaves other claims alone', async () => {
      const place = somewhere();
      const booking = aRow();
      const fact = aRow({ kind: 'calendar', ...when('10:30', '11:30') });
      await put(place, booking.claim, [booking]);
      const sheet = await put(place, fact.claim, [fact]);
      expect(sheet.rows).to.deep.equal([booking, fact]);
      expect(sheet).to.deep.equal(await load(place));
      const moved = { ...fact, ...when('12:00', '13:00'), version: 2 };
      expect((await put(place, fact.claim, [moved])).rows).to.deep.equal([booking, moved]);
      expect((await put(place, fact.claim, [])).rows).to.deep.equal([booking]);
    });

    it('changes nothing when repeated, and makes no sheet out of nothing', async () => {
      const place = somewhere();
      const row = aRow();
      expect((await put(place, row.claim, [])).version).to.equal(0);
      const first = await put(place, row.claim, [row]);
      expect(await put(place, row.claim, [row])).to.deep.equal(first);
    });

    it('leaves the rows of a newer version alone, whether a late writer puts or clears', async () => {
      const place = somewhere();
      const newer = aRow({ version: 3, ...when('12:00', '13:00') });
      await put(place, newer.claim, [newer]);
      const late = { ...newer, version: 2, ...when('10:00', '11:00') };
      expect((await put(place, newer.claim, [late])).rows).to.deep.equal([newer]);
      expect((await put(place, newer.claim, [], 2)).rows).to.deep.equal([newer]);
      expect((await put(place, newer.claim, [], 3)).rows).to.deep.equal([]);
    });

    it('does not take an unconfirmed claim of a newer version for a saved one', async () => {
      const place = somewhere();
      const fact = aRow({ version: 2 });
      const until = (given().now() + 60_000) as Instant;
      const pending = { ...fact, ...when('12:00', '13:00'), version: 3, firm: false, until };
      await given().sheets.claim(place.tenantId, place.resourceId, june1, pending, 1, given().now());
      expect((await put(place, fact.claim, [fact])).rows).to.deep.equal([fact, pending]);
    });

    it('loses no row when many put on one sheet at once', async () => {
      const place = somewhere();
      const rows = Array.from({ length: 24 }, (_, i) => aRow({ quantity: i + 1 }));
      await Promise.all(rows.map((row) => put(place, row.claim, [row])));
      const sheet = await load(place);
      expect(sheet.rows.map((r) => r.quantity).sort((a, b) => a - b)).to.deep.equal(rows.map((r) => r.quantity));
      expect(sheet.version).to.equal(24);
    });

    it('never lets a claim slip in between: a fact that is there blocks', async () => {
      const place = somewhere();
      const fact = aRow();
      const row = aRow();
      const [, outcome] = await Promise.all([
        put(place, fact.claim, [fact]),
        given().sheets.claim(place.tenantId, place.resourceId, june1, row, 1, given().now()),
      ]);
      const claims = (await load(place)).rows.map((r) => r.claim);
      expect(claims).to.include(fact.claim);
      expect(claims.includes(row.claim)).to.equal(outcome.kind === 'won');
    });
  });

  describe('putMany', () => {
    it('puts on many sheets, several claims on one of them, and answers in the order given', async () => {
      const place = somewhere();
      const other = newId('resource');
      const rows = [aRow(), aRow(when('12:00', '13:00')), aRow()];
      const change = (resourceId: typeof other, row: SheetRow) => ({
        resourceId,
        day: june1,
        claim: row.claim,
        rows: [row],
      });
      const changes = [
        change(place.resourceId, rows[0]!),
        change(other, rows[2]!),
        change(place.resourceId, rows[1]!),
        { ...change(newId('resource'), aRow()), rows: [] },
      ];
      const sheets = await given().sheets.putMany(place.tenantId, changes);
      expect(sheets.map((s) => s.resourceId)).to.deep.equal(changes.map((c) => c.resourceId));
      expect(sheets[0]!.rows).to.deep.equal([rows[0], rows[1]]);
      expect(sheets[1]!.rows).to.deep.equal([rows[2]]);
      expect(sheets[2]).to.deep.equal(sheets[0]);
      expect(sheets[3]).to.include({ version: 0 });
      expect(await load(place)).to.deep.equal(sheets[0]);
      expect(await given().sheets.putMany(place.tenantId, [])).to.deep.equal([]);
    });

    it('loses nothing when pages of several feeds land on the same sheets at once', async () => {
      const { tenantId } = somewhere();
      const resources = Array.from({ length: 4 }, () => newId('resource'));
      const pages = Array.from({ length: 8 }, () => {
        const row = aRow();
        return resources.map((resourceId) => ({ resourceId, day: june1, claim: row.claim, rows: [row] }));
      });
      await Promise.all(pages.map((page) => given().sheets.putMany(tenantId, page)));
      const sheets = await given().sheets.load(tenantId, resources, [june1]);
      expect(sheets.map((s) => s.rows.length)).to.deep.equal([8, 8, 8, 8]);
    });

    it('leaves newer rows alone', async () => {
      const { tenantId, resourceId } = somewhere();
      const newer = aRow({ version: 5 });
      await given().sheets.put(tenantId, resourceId, june1, newer.claim, [newer]);
      const late = { resourceId, day: june1, claim: newer.claim, rows: [], version: 4 };
      expect((await given().sheets.putMany(tenantId, [late]))[0]!.rows).to.deep.equal([newer]);
    });
  });
}
