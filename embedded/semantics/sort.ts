// Sort order of documents.
import type { Doc } from './values.ts';

export function compileSort(_spec: Doc): (a: Doc, b: Doc) => number {
  throw new Error('not written yet');
}
