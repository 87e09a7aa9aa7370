/**
 * Order-preserving, self-delimiting keys: comparing two keys as strings is comparing the values in
 * MongoDB's cross-type order. Keys are latin1 strings (one char per byte), which V8 stores in one
 * byte per char and compares with memcmp.
 */
import { Binary, type BSONRegExp, type BSONSymbol, type Code, type ObjectId, type Timestamp } from 'bson';
import { CommandError } from '../semantics/errors.ts';
import { fieldNames } from '../semantics/fields.ts';
import { BsonType, rankOf, typeOf } from '../semantics/types.ts';
import type { Doc } from '../semantics/values.ts';
import { pushNumber } from './number-key.ts';

export function valueKey(value: unknown, descending = false): string {
  const out: number[] = [];
  pushValue(out, value);
  if (descending) for (let i = 0; i < out.length; i++) out[i] = out[i]! ^ 0xff;
  return bytesToKey(out);
}

/** The least key that is greater than every key starting with `prefix`. */
export function prefixEnd(prefix: string): string {
  let end = prefix.length;
  while (end > 0 && prefix.charCodeAt(end - 1) === 0xff) end--;
  if (end === 0) return '\u0100';
  return prefix.slice(0, end - 1) + String.fromCharCode(prefix.charCodeAt(end - 1) + 1);
}

/** The first byte of the keys of all values that compare with this one; 0 stays free for "the end". */
export function bracketOf(value: unknown): number {
  return rankOf(value) + 2;
}

function pushValue(out: number[], value: unknown): void {
  out.push(bracketOf(value));
  switch (typeOf(value)) {
    case BsonType.double:
    case BsonType.int:
    case BsonType.long:
    case BsonType.decimal:
      pushNumber(out, value);
      return;
    case BsonType.string:
    case BsonType.symbol:
      pushText(out, typeof value === 'string' ? value : (value as BSONSymbol).value);
      return;
    case BsonType.object:
      pushObject(out, value as Doc);
      return;
    case BsonType.array:
      pushArray(out, value as unknown[]);
      return;
    default:
      pushScalar(out, value);
      return;
  }
}

function pushScalar(out: number[], value: unknown): void {
  switch (typeOf(value)) {
    case BsonType.bool:
      out.push(value ? 1 : 0);
      return;
    case BsonType.date:
      pushInt64(out, BigInt((value as Date).getTime()));
      return;
    case BsonType.objectId:
      pushBytes(out, (value as ObjectId).id);
      return;
    case BsonType.timestamp:
      pushUint64(out, (value as Timestamp).toBigInt());
      return;
    case BsonType.binData:
      pushBinary(out, value as Binary | Uint8Array);
      return;
    case BsonType.regex:
      pushText(out, (value as BSONRegExp).pattern);
      pushText(out, (value as BSONRegExp).options);
      return;
    case BsonType.javascript:
    case BsonType.javascriptWithScope:
      pushCode(out, value as Code);
      return;
    case BsonType.missing:
    case BsonType.undefined:
    case BsonType.null:
    case BsonType.minKey:
    case BsonType.maxKey:
      return; // one value each: the bracket says it all
    default:
      throw new CommandError(2, `cannot index a value of type ${typeof value}`);
  }
}

function pushText(out: number[], text: string): void {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) {
      pushUtf8Tail(out, text.slice(i));
      return;
    }
    pushEscaped(out, code);
  }
  out.push(0);
}

function pushUtf8Tail(out: number[], text: string): void {
  for (const byte of Buffer.from(text, 'utf8')) pushEscaped(out, byte);
  out.push(0);
}

/** A zero byte inside a text must not look like its end: it becomes 01 01, and 01 becomes 01 02. */
function pushEscaped(out: number[], byte: number): void {
  if (byte > 1) out.push(byte);
  else out.push(1, byte + 1);
}

function pushInt64(out: number[], value: bigint): void {
  pushUint64(out, BigInt.asUintN(64, value) ^ (1n << 63n));
}

function pushUint64(out: number[], value: bigint): void {
  const high = Number(value >> 32n);
  const low = Number(value & 0xffffffffn);
  out.push(high >>> 24, (high >>> 16) & 0xff, (high >>> 8) & 0xff, high & 0xff);
  out.push(low >>> 24, (low >>> 16) & 0xff, (low >>> 8) & 0xff, low & 0xff);
}

function pushBytes(out: number[], bytes: Uint8Array): void {
  for (const byte of bytes) out.push(byte);
}

/** Length first, then subtype, then content: that is MongoDB's order for binary data. */
function pushBinary(out: number[], value: Binary | Uint8Array): void {
  const bytes = value instanceof Binary ? value.buffer.subarray(0, value.position) : value;
  const length = bytes.length;
  out.push(length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff);
  out.push(value instanceof Binary ? value.sub_type : 0);
  pushBytes(out, bytes);
}

function pushArray(out: number[], values: readonly unknown[]): void {
  for (const value of values) pushValue(out, value);
  out.push(0);
}

/** Field by field: type, then name, then value. A shorter object that is a prefix sorts first. */
function pushObject(out: number[], object: Doc): void {
  for (const name of fieldNames(object)) {
    const inner: number[] = [];
    pushValue(inner, object[name]);
    out.push(inner[0]!);
    pushText(out, name);
    for (let i = 1; i < inner.length; i++) out.push(inner[i]!);
  }
  out.push(0);
}

function pushCode(out: number[], value: Code): void {
  pushText(out, value.code);
  if (value.scope) pushObject(out, value.scope);
}

/** Chunked because String.fromCharCode takes its arguments on the stack. */
function bytesToKey(bytes: readonly number[]): string {
  if (bytes.length < 4096) return String.fromCharCode(...bytes);
  return Buffer.from(bytes).toString('latin1');
}
