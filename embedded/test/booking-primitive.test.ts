import { expect } from 'chai';
import { type Running, run, seeded } from './running.ts';

const CALLERS = 32;
const ATTEMPTS = 3000;
const RESOURCES = 12;

interface Row {
  id: string;
  start: number;
  end: number;
}
interface Sheet {
  _id: string;
  version: number;
  rows: Row[];
}

describe('the booking primitive', () => {
  let running: Running;
  before(async () => {
    running = await run({}, { maxPoolSize: CALLERS });
  });
  after(() => running.stop());

  it(`never books twice with ${CALLERS} callers and ${ATTEMPTS} attempts`, async function () {
    this.timeout(180_000);
    const sheets = running.db.collection<Sheet>('sheets');
    const random = seeded(7);
    const booked = new Set<string>();

    /** The guard and the write are one conditional upsert: E11000 means it failed, or two racers created the sheet. */
    async function book(sheet: string, row: Row, upsert = true): Promise<boolean> {
      const overlap = { $elemMatch: { start: { $lt: row.end }, end: { $gt: row.start } } };
      const filter = { _id: sheet, 'rows.id': { $ne: row.id }, rows: { $not: overlap } };
      try {
        const update = { $push: { rows: row }, $inc: { version: 1 } };
        return (await sheets.findOneAndUpdate(filter, update, { upsert, returnDocument: 'after' })) !== null;
      } catch (error) {
        if ((error as { code?: number }).code !== 11000) throw error;
        return upsert ? book(sheet, row, false) : false;
      }
    }

    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < ATTEMPTS) {
        const id = `b${next}`;
        next += 1;
        const start = random.below(1000);
        if (await book(`r${random.below(RESOURCES)}`, { id, start, end: start + 1 + random.below(30) })) booked.add(id);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));

    const stored = await sheets.find().toArray();
    const rows = stored.flatMap((sheet) => sheet.rows);
    expect(new Set(rows.map((row) => row.id))).to.deep.equal(booked);
    expect(rows.length)
      .to.equal(booked.size)
      .and.be.greaterThan(RESOURCES * 10);
    for (const sheet of stored) {
      expect(sheet.version).to.equal(sheet.rows.length);
      const sorted = sheet.rows.sort((a, b) => a.start - b.start);
      const overlaps = sorted.filter((row, i) => i > 0 && sorted[i - 1]!.end > row.start);
      expect(overlaps).to.deep.equal([]);
    }
  });
});
