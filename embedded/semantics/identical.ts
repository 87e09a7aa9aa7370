// Whether two values are the same bytes: stricter than equality, which takes 1 and 1.0 for the same.
import { typeOf } from './types.ts';
import { encode } from './values.ts';

export function isIdentical(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'symbol' || typeof b === 'symbol' || typeOf(a) !== typeOf(b)) return false;
  return Buffer.compare(encode({ v: a }), encode({ v: b })) === 0;
}
