import { expect } from 'chai';
import { CommandError } from '../../semantics/errors.ts';
import { compileFilter } from '../../semantics/filter.ts';
import { type Doc, decode, decodeFields, encode } from '../../semantics/values.ts';
import { queryTables } from './query-cases.ts';
import { isFailure } from './tables.ts';

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
