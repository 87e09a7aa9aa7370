import { EJSON, ObjectId, Timestamp } from 'bson';
import { expect } from 'chai';
import { CommandError } from '../../semantics/errors.ts';
import { fieldNames } from '../../semantics/fields.ts';
import { compileFilter } from '../../semantics/filter.ts';
import { applyUpdate } from '../../semantics/update.ts';
import { upsertDocument } from '../../semantics/upsert.ts';
import { type Doc, decode, encode } from '../../semantics/values.ts';
import { isFailure, type UpdateCase } from './tables.ts';
import { updateTables } from './update-cases.ts';
import { upsertTables } from './update-pipeline-cases.ts';

const now = new Date('2026-03-04T05:06:07Z');
const stored = (doc: Doc): Doc => decode(encode(doc));
const text = (doc: Doc): string => EJSON.stringify(stored(doc), { relaxed: false });

function isList(update: Doc | readonly Doc[]): update is readonly Doc[] {
  return Array.isArray(update);
}

function storedUpdate(update: Doc | readonly Doc[]): Doc | readonly Doc[] {
  return isList(update) ? update.map(stored) : stored(update);
}

function run({ doc, update, filter, arrayFilters }: UpdateCase): Doc {
  return applyUpdate(stored(doc), storedUpdate(update), {
    filter: compileFilter(stored(filter ?? {})),
    arrayFilters: (arrayFilters ?? []).map(stored),
    isInsert: false,
    now,
  });
}

function refuses(code: number, call: () => unknown): void {
  expect(call).to.throw(CommandError).with.property('code', code);
}

for (const [name, { manual, cases }] of Object.entries(updateTables)) {
  describe(`updates, ${name} (manual: ${manual})`, () => {
    for (const one of cases) {
      it(one.title, () => {
        if (isFailure(one.expected)) refuses(one.expected.code, () => run(one));
        else expect(text(run(one))).to.equal(text(one.expected));
      });
    }
  });
}

for (const [name, { manual, cases }] of Object.entries(upsertTables)) {
  describe(`upserts, ${name} (manual: ${manual})`, () => {
    for (const [title, filter, update, expected] of cases) {
      it(title, () => {
        const o = { filter: null, isInsert: true, now };
        const insert = (): Doc => upsertDocument(stored(filter), storedUpdate(update), o);
        if (isFailure(expected)) refuses(expected.code, insert);
        else expect(text(insert())).to.equal(text(expected));
      });
    }
  });
}

describe('updates', () => {
  const o = { filter: null, isInsert: false, now };

  it('leaves the document it was given alone', () => {
    const doc = stored({ _id: 1, a: { b: [1, { c: 2 }] } });
    const before = text(doc);
    applyUpdate(doc, stored({ $set: { 'a.b.1.c': 3 }, $push: { 'a.x': 1 } }), o);
    expect(text(doc)).to.equal(before);
  });

  it('gives back the very document when nothing changes', () => {
    const doc = stored({ _id: 1, a: 1, b: [1] });
    const changes: Doc[] = [
      { $set: { a: 1 } },
      { $unset: { z: 1 } },
      { $addToSet: { b: 1 } },
      { _id: 1, a: 1, b: [1] },
    ];
    for (const update of changes) expect(applyUpdate(doc, stored(update), o)).to.equal(doc);
  });

  it('takes a lease by the clock of the database, and raises its fence', () => {
    const update = [
      {
        $set: {
          lease: {
            $cond: [
              { $lt: ['$lease.until', '$$NOW'] },
              { owner: 'me', until: { $add: ['$$NOW', 60000] }, fence: { $add: ['$lease.fence', 1] } },
              '$lease',
            ],
          },
        },
      },
    ].map(stored);
    const expired = stored({ _id: 1, lease: { owner: 'you', until: new Date(now.getTime() - 1), fence: 6 } });
    const held = stored({ _id: 1, lease: { owner: 'you', until: new Date(now.getTime() + 1), fence: 6 } });
    const until = new Date(now.getTime() + 60000);
    expect(text(applyUpdate(expired, update, o))).to.equal(text({ _id: 1, lease: { owner: 'me', until, fence: 7 } }));
    expect(applyUpdate(held, update, o)).to.equal(held);
  });

  it('sets the current date and timestamp', () => {
    const result = applyUpdate(stored({ _id: 1 }), stored({ $currentDate: { d: true, t: { $type: 'timestamp' } } }), o);
    expect(result.d).to.deep.equal(now);
    expect(result.t)
      .to.be.instanceOf(Timestamp)
      .with.property('t', now.getTime() / 1000);
  });

  it('gives an upserted document an _id in the first place', () => {
    const result = upsertDocument(stored({ a: 1 }), stored({ $set: { b: 2 } }), { ...o, isInsert: true });
    expect(Object.keys(result)).to.deep.equal(['_id', 'a', 'b']);
    expect(result._id).to.be.instanceOf(ObjectId);
  });

  it('keeps the order of names that are numbers', () => {
    const numbered = applyUpdate(stored({ _id: 1, b: 1 }), stored({ $set: { 10: 'x', 9: 'y' } }), o);
    const result = applyUpdate(numbered, stored({ $unset: { b: 1 }, $set: { a: 1 } }), o);
    expect(fieldNames(decode(encode(result)))).to.deep.equal(['_id', '9', '10', 'a']);
  });
});
