// Projections of find.
import type { Matcher } from './filter.ts';
import type { Doc } from './values.ts';

export function compileProjection(_spec: Doc, _filter: Matcher | null): (doc: Doc) => Doc {
  throw new Error('not written yet');
}
