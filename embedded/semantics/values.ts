// What a BSON value is in memory: decoding, encoding and MongoDB's order of all values.
import { Binary, BSONRegExp, BSONSymbol, Code, Int32, ObjectId, Timestamp } from 'bson';
import { fieldNames } from './fields.ts';
import { indexKeys } from './index-keys.ts';
import { comparePlain, plainOf } from './numbers.ts';
import { readDocument, readFields } from './read-bson.ts';
import { isDoc, rankOf } from './types.ts';
import { writeDocument } from './write-bson.ts';

/**
 * A decoded document. Numbers are Int32, Double, Long or Decimal128 objects, so that a document that was read and
 * written back is the same document byte for byte. Read, copy and change it with the functions of `fields.ts`: they
 * keep the order of names like "0", which JavaScript alone would move to the front.
 */
export type Doc = { [field: string]: unknown };

/** Damaged or hostile bytes end in a CommandError. Of a name that occurs twice in a document the last value wins. */
export function decode(bytes: Uint8Array): Doc {
  return readDocument(bytes);
}

/** Decodes some top-level fields only; matching a large document on one field costs little that way. */
export function decodeFields(bytes: Uint8Array, wanted: ReadonlySet<string>): Doc {
  return readFields(bytes, wanted);
}

/** Also takes plain numbers (Int32 where they fit, else Double), bigint (Long), Uint8Array and `RawDocument`. */
export function encode(doc: Doc): Uint8Array {
  return writeDocument(doc);
}

/** The order of MongoDB over values of any type; 0 means equal (1 as Int32 equals 1 as Double). */
export function compareValues(a: unknown, b: unknown): number {
  // What is compared most often goes first.
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (a instanceof Date && b instanceof Date) return Math.sign(a.getTime() - b.getTime());
  if (a instanceof Int32 && b instanceof Int32) return Math.sign(a.value - b.value);
  const rank = rankOf(a);
  const difference = rank - rankOf(b);
  if (difference !== 0) return difference < 0 ? -1 : 1;
  return compareSameRank(a, b);
}

/** For values whose types MongoDB compares with one another, such as Int32 and Double. */
export function compareSameRank(a: unknown, b: unknown): number {
  const left = plainOf(a);
  const right = plainOf(b);
  if (left !== null && right !== null) return comparePlain(left, right);
  if (isDoc(a) && isDoc(b)) return compareDocs(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (a instanceof Date && b instanceof Date) return Math.sign(a.getTime() - b.getTime());
  if (a instanceof ObjectId && b instanceof ObjectId) return compareBytes(a.id, b.id);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return compareRare(a, b);
}

function compareRare(a: unknown, b: unknown): number {
  const binary = [binaryOf(a), binaryOf(b)] as const;
  if (binary[0] !== null && binary[1] !== null) return compareBinaries(binary[0], binary[1]);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.t - b.t || a.i - b.i;
  if (a instanceof BSONRegExp && b instanceof BSONRegExp) {
    return compareText(a.pattern, b.pattern) || compareText(a.options, b.options);
  }
  if (a instanceof Code && b instanceof Code) {
    return compareText(a.code, b.code) || compareDocs(a.scope ?? {}, b.scope ?? {});
  }
  const left = textOf(a);
  const right = textOf(b);
  // Missing, undefined, null, MinKey and MaxKey have one value each.
  return left !== null && right !== null ? compareText(left, right) : 0;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return value instanceof BSONSymbol ? value.value : null;
}

/** By UTF-8 bytes, that is by code point: only surrogate pairs sort differently in JavaScript's own order. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointWeight(left) < codePointWeight(right) ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** Half of a surrogate pair stands for a code point above 0xffff, so it goes after all other units. */
function codePointWeight(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Field by field in stored order: first the type, then the name, then the value. */
function compareDocs(a: Doc, b: Doc): number {
  const left = fieldNames(a);
  const right = fieldNames(b);
  for (let i = 0; i < left.length && i < right.length; i += 1) {
    const leftName = left[i]!;
    const rightName = right[i]!;
    const rank = rankOf(a[leftName]) - rankOf(b[rightName]);
    if (rank !== 0) return rank < 0 ? -1 : 1;
    const order = compareText(leftName, rightName) || compareSameRank(a[leftName], b[rightName]);
    if (order !== 0) return order;
  }
  return Math.sign(left.length - right.length);
}

function compareArrays(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    const order = compareValues(a[i], b[i]);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

/**
 * The keys an index on `path` holds for this document, each once: the elements where the path ends in an array,
 * null where it is missing, undefined for an empty array.
 */
export function getPathValues(doc: Doc, path: string): unknown[] {
  const rows = indexKeys(doc, [path.split('.')]);
  return distinct(rows.map((row) => row[0]));
}

/** Each value once, by MongoDB's equality, in the order of first appearance. */
function distinct(values: readonly unknown[]): unknown[] {
  if (values.length < 2) return [...values];
  return values.filter((value, at) => values.findIndex((other) => compareValues(other, value) === 0) === at);
}

interface Bytes {
  readonly subType: number;
  readonly bytes: Uint8Array;
}

function binaryOf(value: unknown): Bytes | null {
  if (value instanceof Binary) return { subType: value.sub_type, bytes: value.value() };
  return value instanceof Uint8Array ? { subType: 0, bytes: value } : null;
}

/** First by length, then by subtype, then by content. */
function compareBinaries(a: Bytes, b: Bytes): number {
  return (
    Math.sign(a.bytes.length - b.bytes.length) || Math.sign(a.subType - b.subType) || compareBytes(a.bytes, b.bytes)
  );
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}
