import { EJSON } from 'bson';
import { expect } from 'chai';
import { aggregate, leadingMatch } from '../../semantics/aggregate.ts';
import { CommandError } from '../../semantics/errors.ts';
import { compileFilter } from '../../semantics/filter.ts';
import { compileProjection } from '../../semantics/project.ts';
import { type Doc, decode, encode } from '../../semantics/values.ts';
import { aggregateTables } from './aggregate-cases.ts';
import { projectionTables } from './project-cases.ts';
import { isFailure } from './tables.ts';

const now = new Date('2026-03-04T05:06:07Z');
const stored = (doc: Doc): Doc => decode(encode(doc));
const text = (docs: readonly Doc[]): string => EJSON.stringify(docs.map(stored), { relaxed: false });

function refuses(code: number, call: () => unknown): void {
  expect(call).to.throw(CommandError).with.property('code', code);
}

for (const [name, { manual, docs, cases }] of Object.entries(aggregateTables)) {
  describe(`aggregations, ${name} (manual: ${manual})`, () => {
    for (const [title, pipeline, expected] of cases) {
      it(title, () => {
        const run = (): Doc[] => aggregate(docs.map(stored), pipeline.map(stored), { now });
        if (isFailure(expected)) refuses(expected.code, run);
        else expect(text(run())).to.equal(text(expected));
      });
    }
  });
}

for (const [name, { manual, doc, cases }] of Object.entries(projectionTables)) {
  describe(`projections, ${name} (manual: ${manual})`, () => {
    for (const [title, projection, expected, filter] of cases) {
      it(title, () => {
        const run = (): Doc => compileProjection(stored(projection), compileFilter(stored(filter ?? {})))(stored(doc));
        if (isFailure(expected)) refuses(expected.code, run);
        else expect(text([run()])).to.equal(text([expected]));
      });
    }
  });
}

describe('pipelines', () => {
  it('give their leading $match stages away', () => {
    const rest = [{ $limit: 1 }, { $match: { c: 1 } }];
    expect(leadingMatch(rest)).to.deep.equal({ filter: {}, rest });
    expect(leadingMatch([{ $match: { a: 1 } }, ...rest])).to.deep.equal({ filter: { a: 1 }, rest });
    const two = leadingMatch([{ $match: { a: 1 } }, { $match: { b: 1 } }, ...rest]);
    expect(two).to.deep.equal({ filter: { $and: [{ a: 1 }, { b: 1 }] }, rest });
  });

  it('refuse what we do not have by its name', () => {
    for (const stage of ['$lookup', '$facet', '$merge', '$out', '$sample', '$unionWith', '$geoNear']) {
      const message = `${stage} is not supported by the embedded database; set MONGODB_URI to use MongoDB`;
      expect(() => aggregate([], [{ [stage]: {} }], { now })).to.throw(CommandError, message);
    }
    for (const operator of ['$expr', '$where', '$text', '$jsonSchema']) {
      expect(() => compileFilter({ [operator]: {} })).to.throw(CommandError, `${operator} is not supported`);
    }
    for (const operator of ['$near', '$geoWithin', '$bitsAllSet']) {
      expect(() => compileFilter({ a: { [operator]: {} } })).to.throw(CommandError, `${operator} is not supported`);
    }
    expect(() => aggregate([], [{ $project: { a: { $function: {} } } }], { now })).to.throw(
      '$function is not supported',
    );
  });

  it('use one clock for the whole command', () => {
    expect(
      aggregate([{ _id: 1 }, { _id: 2 }].map(stored), [{ $project: { _id: 0, t: '$$NOW' } }], { now }),
    ).to.deep.equal([{ t: now }, { t: now }]);
  });
});
