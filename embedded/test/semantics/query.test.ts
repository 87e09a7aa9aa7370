import { expect } from 'chai';
import { CommandError } from '../../semantics/errors.ts';
import { compileFilter } from '../../semantics/filter.ts';
import { type Doc, decode, decodeFields, encode } from '../../semantics/values.ts';
import { arrayTables } from './query-array-cases.ts';
import { comparisonTables } from './query-comparison-cases.ts';
import { structureTables } from './query-structure-cases.ts';
import { typeTables } from './query-type-cases.ts';
import { isFailure, type QueryTable } from './tables.ts';

export const queryTables: Readonly<Record<string, QueryTable>> = {
  ...comparisonTables,
  ...structureTables,
  ...arrayTables,
  ...typeTables,
};

/** As the server does it: from bytes, and only the fields that the query reads. */
function findIds(docs: readonly Doc[], filter: Doc): unknown[] {
  const matcher = compileFilter(decode(encode(filter)));
  const stored = docs.map((doc) => ({ id: doc._id, bytes: encode(doc) }));
  return stored.filter(({ bytes }) => matcher.matches(decodeFields(bytes, matcher.fields))).map(({ id }) => id);
}

for (const [name, { manual, docs, cases }] of Object.entries(queryTables)) {
  describe(`queries, ${name} (manual: ${manual})`, () => {
    for (const [title, filter, expected] of cases) {
      it(title, () => {
        if (!isFailure(expected)) {
          expect(findIds(docs, filter)).to.deep.equal(expected);
          return;
        }
        expect(() => findIds(docs, filter))
          .to.throw(CommandError)
          .with.property('code', expected.code);
      });
    }
  });
}
