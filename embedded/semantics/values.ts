// What a BSON value is in memory: decoding, encoding, order, and what an index holds for a path.
import { BSON } from 'bson';

/**
 * A decoded document. Numbers are Int32, Double, Long or Decimal128 objects, so that a document that was read and
 * written back is the same document byte for byte; see `fields.ts` for names like "0", which JavaScript would reorder.
 */
export type Doc = { [field: string]: unknown };

export function decode(bytes: Uint8Array): Doc {
  return BSON.deserialize(bytes, {
    promoteValues: false,
    promoteBuffers: false,
    promoteLongs: false,
    bsonRegExp: true,
  });
}

export function encode(doc: Doc): Uint8Array {
  return BSON.serialize(doc, { ignoreUndefined: false });
}

/** The order of MongoDB over values of any type; 0 means equal (1 as Int32 equals 1 as Double). */
export function compareValues(_a: unknown, _b: unknown): number {
  throw new Error('not written yet');
}

/**
 * The keys an index on `path` holds for this document, each once: the elements where the path ends in an array,
 * null where it is missing, undefined for an empty array.
 */
export function getPathValues(_doc: Doc, _path: string): unknown[] {
  throw new Error('not written yet');
}
