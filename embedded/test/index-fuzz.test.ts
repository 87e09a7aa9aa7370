/**
 * Random documents, indexes, changes and failed commands; then every query is answered twice, by the
 * planner and by looking at every document. The two answers must never differ.
 */
import { Double, Int32, Long, ObjectId } from 'bson';
import { expect } from 'chai';
import { Cursors } from '../commands/cursors.ts';
import { Dispatcher } from '../commands/dispatcher.ts';
import type { Collection } from '../engine/collection.ts';
import { Engine } from '../engine/engine.ts';
import { WHOLE_INDEX } from '../engine/index-tree.ts';
import { runQuery } from '../engine/query.ts';
import { CommandError } from '../semantics/errors.ts';
import { compileFilter } from '../semantics/filter.ts';
import { compileSort } from '../semantics/sort.ts';
import type { Doc } from '../semantics/values.ts';
import { MemoryStorage } from '../storage/memory-storage.ts';
import { seeded } from './running.ts';

type Random = ReturnType<typeof seeded>;

const FIELDS = ['a', 'b', 'c', 'n', 'tags', 'sub.x', 'sub.y', 'rows.p', 'rows.q'];

function scalar(random: Random): unknown {
  const small = random.below(12);
  const kinds: unknown[] = [
    new Int32(small),
    new Double(small + 0.5),
    new Double(small),
    Long.fromNumber(small),
    `s${small}`,
    new Date(small * 1000),
    null,
    small % 2 === 0,
    new ObjectId(small.toString(16).padStart(24, '0')),
    { x: new Int32(small % 3) },
  ];
  // Mostly numbers, so that queries find something.
  return random.below(3) > 0 ? kinds[random.below(4)] : random.pick(kinds);
}

function maybeArray(random: Random): unknown {
  const kind = random.below(10);
  if (kind < 6) return scalar(random);
  if (kind === 6) return [scalar(random), [scalar(random)]];
  return Array.from({ length: random.below(4) }, () => scalar(random));
}

function randomDoc(random: Random, id: number): Doc {
  const doc: Doc = { _id: new Int32(id), u: new Int32(random.below(1e6)) };
  for (const field of ['a', 'b', 'c', 'n']) if (random.below(5) > 0) doc[field] = scalar(random);
  if (random.below(4) > 0) doc.tags = maybeArray(random);
  if (random.below(4) > 0)
    doc.sub = random.below(6) === 0 ? scalar(random) : { x: maybeArray(random), y: scalar(random) };
  const rows = Array.from({ length: random.below(4) }, () => (random.below(8) === 0 ? scalar(random) : row(random)));
  if (random.below(4) > 0) doc.rows = random.below(6) === 0 ? row(random) : rows;
  return doc;
}

function row(random: Random): Doc {
  return random.below(4) === 0 ? { p: scalar(random) } : { p: scalar(random), q: scalar(random) };
}

function condition(random: Random): unknown {
  const value = scalar(random);
  const other = scalar(random);
  const kinds: (() => unknown)[] = [
    () => value,
    () => ({ $eq: value }),
    () => ({ [random.pick(['$gt', '$gte', '$lt', '$lte'])]: value }),
    () => ({ [random.pick(['$gt', '$gte'])]: value, [random.pick(['$lt', '$lte'])]: other }),
    () => ({ $in: Array.from({ length: random.below(5) }, () => (random.below(8) === 0 ? [value] : scalar(random))) }),
    () => ({ $ne: value }),
    () => ({ $nin: [value, other] }),
    () => ({ $exists: random.below(2) === 0 }),
    () => ({ $not: { $gt: value } }),
    () => ({ $all: [value, other] }),
    () => ({ $elemMatch: { $gte: value, $lt: other } }),
    () => ({ $size: new Int32(random.below(3)) }),
    () => ({ $type: random.pick(['int', 'string', 'null', 'array', 'number']) }),
    () => [value],
    () => null,
  ];
  return kinds[random.below(random.below(2) === 0 ? 5 : kinds.length)]!();
}

function randomFilter(random: Random, depth = 0): Doc {
  const filter: Doc = {};
  for (let i = random.below(3); i >= 0; i--) filter[random.pick(FIELDS)] = condition(random);
  if (random.below(6) === 0) filter.rows = { $elemMatch: { p: condition(random), q: condition(random) } };
  if (random.below(15) === 0) filter._id = { $in: [new Int32(random.below(300)), new Int32(random.below(300))] };
  if (depth < 2 && random.below(4) === 0) {
    filter[random.pick(['$or', '$or', '$and', '$nor'])] = [
      randomFilter(random, depth + 1),
      randomFilter(random, depth + 1),
    ];
  }
  return filter;
}

function randomSort(random: Random): Doc {
  const sort: Doc = {};
  for (let i = random.below(3); i > 0; i--)
    sort[random.pick([...FIELDS, '_id', 'a', 'b', 'c'])] = new Int32(random.below(2) * 2 - 1);
  // Sorting by two parallel arrays is an error, and not what this test is about.
  return 'tags' in sort || 'rows.p' in sort || 'rows.q' in sort || 'sub.x' in sort ? { a: new Int32(1) } : sort;
}

const INDEXES: readonly Doc[] = [
  { a: 1 },
  { a: 1, b: -1 },
  { b: -1, a: 1, c: 1 },
  { c: 1, n: 1, a: -1 },
  { tags: 1, a: 1 },
  { a: 1, tags: -1 },
  { 'sub.x': 1, 'sub.y': -1 },
  { 'rows.p': 1, 'rows.q': 1 },
  { n: -1, 'rows.q': -1 },
  { 'sub.y': 1, _id: -1 },
];

class Subject {
  readonly random: Random;
  readonly engine = new Engine({ storage: new MemoryStorage(), warn: () => undefined });
  readonly #dispatcher: Dispatcher;
  faults: unknown[] = [];

  constructor(seed: number) {
    this.random = seeded(seed);
    const cursors = new Cursors(Date.now);
    this.#dispatcher = new Dispatcher({
      engine: this.engine,
      cursors,
      clock: Date.now,
      onFault: (e) => this.faults.push(e),
    });
    this.run({
      insert: 'docs',
      documents: Array.from({ length: 120 + this.random.below(100) }, (_, i) => randomDoc(this.random, i)),
    });
    for (const key of INDEXES)
      if (this.random.below(2) === 0) this.createIndex(key, this.random.below(4) === 0 ? { sparse: true } : {});
    if (this.random.below(2) === 0) this.createIndex({ u: 1 }, { unique: true });
  }

  get collection(): Collection {
    return this.engine.collection('test.docs')!;
  }

  run(body: Doc): Doc {
    return this.#dispatcher.run({ body: { ...body, $db: 'test' }, sequences: new Map() }, 1).reply;
  }

  createIndex(key: Doc, options: Doc): void {
    this.run({ createIndexes: 'docs', indexes: [{ key, name: Object.entries(key).flat().join('_'), ...options }] });
  }

  change(): void {
    const { random } = this;
    const q = random.below(2) === 0 ? { _id: new Int32(random.below(300)) } : randomFilter(random);
    const field = random.pick(FIELDS);
    const updates: Doc[] = [
      { $set: { [field]: maybeArray(random) } },
      { $unset: { [field]: '' } },
      { $push: { tags: scalar(random) } },
      { $set: { u: new Int32(7) } }, // collides when u is unique
      { $inc: { n: new Int32(1) } }, // fails where n is no number
      { $set: { tags: [new Int32(1)], rows: [row(random), row(random)] } },
    ];
    const multi = random.below(3) === 0;
    const kind = random.below(10);
    if (kind === 0) this.run({ delete: 'docs', deletes: [{ q: { _id: new Int32(random.below(300)) }, limit: 1 }] });
    else if (kind === 1)
      this.run({
        insert: 'docs',
        documents: [randomDoc(random, random.below(400)), randomDoc(random, random.below(400))],
      });
    else if (kind === 2)
      this.run({
        findAndModify: 'docs',
        query: q,
        update: random.pick(updates),
        sort: randomSort(random),
        upsert: true,
      });
    else this.run({ update: 'docs', updates: [{ q, u: random.pick(updates), multi, upsert: random.below(5) === 0 }] });
  }
}

/** Sorting by two arrays of one document is refused, as MongoDB refuses it; that is no question about indexes. */
function isRefused(docs: Doc[], sort: Doc): boolean {
  try {
    docs.sort(compileSort(sort));
    return false;
  } catch (error) {
    if (error instanceof CommandError && /parallel arrays/.test(error.message)) return true;
    throw error;
  }
}

function checkQuery({ collection, random }: Subject): void {
  const filter = randomFilter(random);
  const asked = randomSort(random);
  const [skip, limit] = [random.below(3) === 0 ? random.below(5) : 0, random.below(2) === 0 ? 1 + random.below(10) : 0];
  const { matches } = compileFilter(filter);
  const all = [...collection.records()].filter((record) => matches(collection.read(record)));
  const sort = isRefused(
    all.map((record) => collection.read(record)),
    asked,
  )
    ? {}
    : asked;
  const compare = compileSort(sort);
  const wanted = all.map((record) => collection.read(record)).sort(compare);
  const whole = runQuery(collection, { filter, sort }).records;
  const ids = (records: readonly { id: number }[]): string =>
    records
      .map(({ id }) => id)
      .sort((a, b) => a - b)
      .join();
  expect(ids(whole), `answer to ${JSON.stringify(filter)}`).to.equal(ids(all));
  const found = runQuery(collection, { filter, sort, skip, limit }).records;
  const cut = wanted.slice(skip, limit === 0 ? undefined : skip + limit);
  expect(found.length, 'the number').to.equal(cut.length);
  // Documents with equal sort keys may come in any order; at each place the key must be the same.
  const isOrdered = found.every(
    (record, i) => compare(collection.read(record), cut[i]!) === 0 && matches(collection.read(record)),
  );
  expect(isOrdered, `order of ${JSON.stringify({ filter, sort, skip, limit })}`).to.equal(true);
}

/** Each index holds what a new one over the same documents would hold. */
function checkIndexes({ collection }: Subject): void {
  for (const tree of [...collection.indexes, ...collection.helpers.values()]) {
    const fresh = collection.buildIndex(tree.spec, tree.skipsNull);
    const ids = (index: typeof tree) => [...index.scan(WHOLE_INDEX, false)].map((record) => record.id);
    expect(ids(tree), tree.spec.name).to.deep.equal(ids(fresh));
  }
}

describe('queries through indexes', () => {
  it('answer 20,000 random queries as a look at every document does', function () {
    this.timeout(120_000);
    const base = Number(process.env.EMBEDDED_SEED ?? Date.now() % 1_000_000);
    for (let round = 0; round < 50; round++) {
      const subject = new Subject(base + round);
      try {
        for (let i = 0; i < 400; i++) {
          if (i % 4 === 0) subject.change();
          checkQuery(subject);
        }
        checkIndexes(subject);
        expect(subject.faults).to.deep.equal([]);
      } catch (error) {
        throw new Error(`EMBEDDED_SEED=${base + round}: ${String(error)}`, { cause: error });
      }
    }
  });
});
