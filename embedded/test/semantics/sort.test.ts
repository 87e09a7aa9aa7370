import { expect } from 'chai';
import { CommandError } from '../../semantics/errors.ts';
import { compileSort } from '../../semantics/sort.ts';
import { type Doc, decode, encode } from '../../semantics/values.ts';
import { sortTables } from './sort-cases.ts';
import { isFailure } from './tables.ts';

function sortedIds(docs: readonly Doc[], spec: Doc): unknown[] {
  const compare = compileSort(decode(encode(spec)));
  const ids = new Map(docs.map((doc) => [decode(encode(doc)), doc._id]));
  // A single document is compared, too: its key may be what is refused.
  for (const doc of ids.keys()) compare(doc, doc);
  return [...ids.keys()].sort(compare).map((doc) => ids.get(doc));
}

for (const [name, { manual, docs, cases }] of Object.entries(sortTables)) {
  describe(`sorting, ${name} (manual: ${manual})`, () => {
    for (const [title, spec, expected] of cases) {
      it(title, () => {
        if (!isFailure(expected)) {
          expect(sortedIds(docs, spec)).to.deep.equal(expected);
          return;
        }
        expect(() => sortedIds(docs, spec))
          .to.throw(CommandError)
          .with.property('code', expected.code);
      });
    }
  });
}
