/** Store contract: claims on day sheets, the only place where time is won or lost. */

import { expect } from 'chai';
import type { ClaimId, ResourceId, TenantId } from '../../src/domain/ids.ts';
import { newId } from '../../src/domain/ids.ts';
import type { SheetRow } from '../../src/domain/resource.ts';
import { peak } from '../../src/domain/sheet-row.ts';
import type { Instant } from '../../src/domain/time.ts';
import type { Store } from '../../src/store/store.ts';
import { aRow, at, day } from '../kit/builders.ts';

const june1 = day('2027-06-01');
const when = (from: string, to: string) => ({ start: at(`2027-06-01T${from}:00Z`), end: at(`2027-06-01T${to}:00Z`) });

/** A row of a hold that ends at `until`. */
export function aHeldRow(until: Instant, over: Partial<SheetRow> = {}): SheetRow {
  const claim = newId('hold') as string as ClaimId;
  return aRow({ claim, eventId: null, kind: 'hold', firm: false, until, version: 0, ...over });
}

export interface Place {
  readonly tenantId: TenantId;
  readonly resourceId: ResourceId;
}
export const somewhere = (): Place => ({ tenantId: newId('tenant'), resourceId: newId('resource') });

export function sheetContract(given: () => Store): void {
  const claim = (p: Place, row: SheetRow, capacity = 1) =>
    given().sheets.claim(p.tenantId, p.resourceId, june1, row, capacity, given().now());
  const load = async (p: Place) => (await given().sheets.load(p.tenantId, [p.resourceId], [june1]))[0]!;

  describe('claims', () => {
    it('shows a day without rows as an empty sheet of version 0, in the order asked', async () => {
      const { tenantId, resourceId } = somewhere();
      const other = newId('resource');
      const row = aRow();
      await given().sheets.claim(tenantId, other, day('2027-06-02'), row, 1, given().now());
      const days = [day('2027-06-02'), june1];
      const sheets = await given().sheets.load(tenantId, [resourceId, other], days);
      expect(sheets.map((s) => [s.resourceId, s.day, s.version, s.rows.length])).to.deep.equal([
        [resourceId, days[0], 0, 0],
        [resourceId, days[1], 0, 0],
        [other, days[0], 1, 1],
        [other, days[1], 0, 0],
      ]);
      expect(sheets[2]).to.deep.equal({ tenantId, resourceId: other, day: days[0], version: 1, rows: [row] });
    });

    for (const capacity of [1, 3]) {
      it(`lets exactly ${capacity} of 32 concurrent claims of one slot win at capacity ${capacity}`, async () => {
        const place = somewhere();
        const rows = Array.from({ length: 32 }, () => aRow());
        const outcomes = await Promise.all(rows.map((row) => claim(place, row, capacity)));
        const won = rows.filter((_, i) => outcomes[i]!.kind === 'won');
        expect(won).to.have.length(capacity);
        const sheet = await load(place);
        expect(sheet.rows.map((r) => r.claim).sort()).to.deep.equal(won.map((r) => r.claim).sort());
        const versions = outcomes.flatMap((o) => (o.kind === 'won' ? [o.sheetVersion] : []));
        expect(new Set(versions).size).to.equal(capacity);
      });
    }

    it('never admits an overlap when many callers claim random stretches of several sheets', async () => {
      const places = [somewhere(), somewhere()];
      const claims = Array.from({ length: 200 }, (_, i) => {
        const start = (at('2027-06-01T08:00:00Z') + ((i * 7919) % 96) * 300_000) as Instant;
        const end = (start + (1 + ((i * 31) % 12)) * 300_000) as Instant;
        return { place: places[i % 2]!, row: aRow({ start, end }) };
      });
      const outcomes = await Promise.all(claims.map((c) => claim(c.place, c.row)));
      expect(outcomes.some((o) => o.kind === 'won')).to.equal(true);
      for (const place of places) {
        const { rows } = await load(place);
        expect(peak(rows, when('00:00', '23:59'))).to.equal(1);
      }
    });

    it('is taken by an overlapping row and names it, while touching rows stay free', async () => {
      const place = somewhere();
      const first = aRow(when('10:00', '11:00'));
      expect(await claim(place, first)).to.deep.equal({ kind: 'won', sheetVersion: 1 });
      expect(await claim(place, aRow(when('10:59', '12:00')))).to.deep.equal({ kind: 'taken', by: [first] });
      expect((await claim(place, aRow(when('11:00', '12:00')))).kind).to.equal('won');
      expect((await claim(place, aRow(when('09:00', '10:00')))).kind).to.equal('won');
      expect((await claim(place, aRow(when('09:30', '11:30')))).kind).to.equal('taken');
    });

    it('wins a repeated claim again without changing the sheet', async () => {
      const place = somewhere();
      const row = aRow();
      await claim(place, row);
      await claim(place, aRow(when('12:00', '13:00')));
      expect(await claim(place, row)).to.deep.equal({ kind: 'won', sheetVersion: 2 });
      expect(await load(place)).to.include({ version: 2 });
      expect((await load(place)).rows).to.have.length(2);
    });

    it('lets a claim overlap its own row, so that a booking can move by half an hour', async () => {
      const place = somewhere();
      const row = aRow(when('10:00', '11:00'));
      await claim(place, row);
      const moved = { ...row, ...when('10:30', '11:30'), version: 2 };
      expect((await claim(place, moved)).kind).to.equal('won');
      expect((await load(place)).rows).to.deep.equal([row, moved]);
      expect((await claim(place, aRow(when('10:00', '10:30')))).kind).to.equal('taken');
    });

    it('counts the use of every instant, not the number of overlapping rows', async () => {
      const place = somewhere();
      await claim(place, aRow(when('09:00', '10:00')), 2);
      await claim(place, aRow(when('10:00', '11:00')), 2);
      expect((await claim(place, aRow(when('09:00', '11:00')), 2)).kind).to.equal('won');
      expect((await claim(place, aRow(when('09:59', '10:01')), 2)).kind).to.equal('taken');
      expect((await claim(place, aRow({ ...when('12:00', '13:00'), quantity: 3 }), 2)).kind).to.equal('taken');
      expect((await claim(place, aRow({ ...when('12:00', '13:00'), quantity: 2 }), 2)).kind).to.equal('won');
      expect((await claim(place, aRow(when('12:00', '12:01')), 2)).kind).to.equal('taken');
    });

    it('treats an ended hold as absent, for claims and for readers, and a running one as taken', async () => {
      const place = somewhere();
      const ended = aHeldRow((given().now() - 1) as Instant);
      const running = aHeldRow((given().now() + 60_000) as Instant, when('14:00', '15:00'));
      await claim(place, ended);
      await claim(place, running);
      expect((await load(place)).rows).to.deep.equal([running]);
      expect((await claim(place, aRow())).kind).to.equal('won');
      expect((await claim(place, aRow(when('14:00', '15:00')))).kind).to.equal('taken');
      // The ended hold has lost its place for good.
      expect((await claim(place, { ...ended, until: (given().now() + 60_000) as Instant })).kind).to.equal('taken');
    });

    it('makes a held row firm by repeating the claim', async () => {
      const place = somewhere();
      const held = aRow({ firm: false, until: (given().now() + 60_000) as Instant });
      await claim(place, held);
      const firm = { ...held, firm: true, until: null };
      expect((await claim(place, firm)).kind).to.equal('won');
      expect((await load(place)).rows).to.deep.equal([firm]);
    });

    it('keeps tenants apart even where they use the same resource id', async () => {
      const place = somewhere();
      const other = { ...place, tenantId: newId('tenant') };
      await claim(place, aRow());
      expect((await load(other)).rows).to.deep.equal([]);
      expect((await claim(other, aRow())).kind).to.equal('won');
    });
  });

  describe('transfer of a hold', () => {
    const transfer = (p: Place, from: ClaimId, to: SheetRow) =>
      given().sheets.transfer(p.tenantId, p.resourceId, june1, from, to, given().now());

    it('turns a running hold into the row of a booking, and says so again when repeated', async () => {
      const place = somewhere();
      const held = aHeldRow((given().now() + 60_000) as Instant);
      await claim(place, held);
      const row = aRow();
      expect(await transfer(place, held.claim, row)).to.equal(true);
      expect((await load(place)).rows).to.deep.equal([row]);
      expect(await transfer(place, held.claim, row)).to.equal(true);
      expect(await transfer(place, held.claim, aRow())).to.equal(false);
    });

    it('is refused for a hold that ended, that never was, or that is smaller than the booking', async () => {
      const place = somewhere();
      const ended = aHeldRow((given().now() - 1) as Instant);
      const short = aHeldRow((given().now() + 60_000) as Instant, when('14:00', '15:00'));
      await claim(place, ended);
      await claim(place, short);
      expect(await transfer(place, ended.claim, aRow())).to.equal(false);
      expect(await transfer(place, newId('hold') as string as ClaimId, aRow())).to.equal(false);
      expect(await transfer(place, short.claim, aRow(when('14:00', '16:00')))).to.equal(false);
      expect(await transfer({ ...place, tenantId: newId('tenant') }, short.claim, aRow())).to.equal(false);
      expect((await load(place)).rows).to.deep.equal([short]);
    });

    it('lets exactly one of many bookings take one hold over', async () => {
      const place = somewhere();
      const held = aHeldRow((given().now() + 60_000) as Instant);
      await claim(place, held);
      const rows = Array.from({ length: 8 }, () => aRow());
      const won = await Promise.all(rows.map((row) => transfer(place, held.claim, row)));
      expect(won.filter(Boolean)).to.have.length(1);
      expect((await load(place)).rows).to.deep.equal([rows[won.indexOf(true)]]);
    });
  });

  describe('sweep of sheets', () => {
    it('removes ended rows for good and leaves everything else', async () => {
      const place = somewhere();
      const now = given().now();
      const ended = aHeldRow((now + 1000) as Instant);
      const running = aHeldRow((now + 60_000) as Instant, when('14:00', '15:00'));
      const firm = aRow(when('16:00', '17:00'));
      for (const row of [ended, running, firm]) await claim(place, row);
      expect(await given().sheets.sweep((now + 1000) as Instant, 1000)).to.be.at.least(1);
      const { rows, version } = await load(place);
      expect(rows).to.deep.equal([running, firm]);
      await given().sheets.sweep((now + 1000) as Instant, 1000);
      expect((await load(place)).version).to.equal(version);
    });
  });
}
