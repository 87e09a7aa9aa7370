// Decodes BSON. Our own reader, because the library's loses field order ("0" moves to the front), turns {$ref, $id}
// into a DBRef, undefined into null, and because a damaged document must end in an error with a code.
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { CommandError } from './errors.ts';
import { defineField, isIndexName, rememberOrder } from './fields.ts';
import { readName } from './name-cache.ts';
import type { Doc } from './values.ts';

const MAX_DEPTH = 200;
/** The last moment a JavaScript Date can hold. */
const MAX_DATE_MS = 8.64e15;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readDocument(bytes: Uint8Array): Doc {
  const reader = new Reader(bytes);
  const doc = reader.document(null, 0);
  if (reader.position !== bytes.length) throw damaged('bytes after the end of the document');
  return doc;
}

/** Decodes only the named top-level fields, and steps over the others without looking at them. */
export function readFields(bytes: Uint8Array, wanted: ReadonlySet<string>): Doc {
  return new Reader(bytes).document(wanted, 0);
}

function damaged(what: string): CommandError {
  return new CommandError(22, `invalid BSON: ${what}`);
}

class Reader {
  position = 0;
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(wanted: ReadonlySet<string> | null, depth: number): Doc {
    const end = this.#enter(depth);
    const doc: Doc = {};
    let order: string[] | null = null;
    for (let type = this.#byte(); type !== 0; type = this.#byte()) {
      const name = this.#name();
      if (wanted !== null && !wanted.has(name)) {
        this.#skip(type);
        continue;
      }
      if (order === null && isIndexName(name)) order = Object.keys(doc);
      if (order !== null && !Object.hasOwn(doc, name)) order.push(name);
      defineField(doc, name, this.#value(type, depth));
    }
    if (order !== null) rememberOrder(doc, order);
    this.#leave(end);
    return doc;
  }

  #array(depth: number): unknown[] {
    const end = this.#enter(depth);
    const values: unknown[] = [];
    for (let type = this.#byte(); type !== 0; type = this.#byte()) {
      this.#endOfName();
      values.push(this.#value(type, depth));
    }
    this.#leave(end);
    return values;
  }

  #enter(depth: number): number {
    if (depth > MAX_DEPTH) throw new CommandError(15, `documents nest at most ${MAX_DEPTH} deep`);
    const start = this.position;
    const size = this.#int32();
    if (size < 5 || start + size > this.#bytes.length) throw damaged('wrong document length');
    return start + size;
  }

  #leave(end: number): void {
    if (this.position !== end) throw damaged('document length does not match its content');
  }

  #value(type: number, depth: number): unknown {
    switch (type) {
      case 0x01:
        return new Double(this.#view.getFloat64(this.#advance(8), true));
      case 0x02:
        return this.#string();
      case 0x03:
        return this.document(null, depth + 1);
      case 0x04:
        return this.#array(depth + 1);
      case 0x05:
        return this.#binary();
      case 0x06:
        return undefined;
      case 0x07:
        return new ObjectId(this.#copy(12));
      case 0x08:
        return this.#boolean();
      case 0x09:
        return this.#date();
      case 0x0a:
        return null;
      case 0x10:
        return new Int32(this.#int32());
      case 0x12:
        return new Long(this.#int32(), this.#int32());
      default:
        return this.#rareValue(type, depth);
    }
  }

  #rareValue(type: number, depth: number): unknown {
    switch (type) {
      case 0x0b:
        return this.#regex();
      case 0x0c:
        throw new CommandError(22, 'the BSON type DBPointer is not supported by the embedded database');
      case 0x0d:
        return new Code(this.#string());
      case 0x0e:
        return new BSONSymbol(this.#string());
      case 0x0f:
        return this.#codeWithScope(depth);
      case 0x11:
        return new Timestamp(this.#view.getBigUint64(this.#advance(8), true));
      case 0x13:
        return new Decimal128(this.#copy(16));
      case 0xff:
        return new MinKey();
      case 0x7f:
        return new MaxKey();
      default:
        throw damaged(`unknown type ${type}`);
    }
  }

  #skip(type: number): void {
    switch (type) {
      case 0x01:
      case 0x09:
      case 0x11:
      case 0x12:
        this.#advance(8);
        return;
      case 0x02:
      case 0x0d:
      case 0x0e:
        this.#advance(this.#length(1));
        return;
      case 0x03:
      case 0x04:
      case 0x0f:
        this.#advance(this.#length(5) - 4);
        return;
      case 0x05:
        this.#advance(this.#length(0) + 1);
        return;
      default:
        this.#value(type, 0);
    }
  }

  /** Steps over so many bytes and tells where they start. */
  #advance(count: number): number {
    const start = this.position;
    if (start + count > this.#bytes.length) throw damaged('value beyond the end');
    this.position = start + count;
    return start;
  }

  /** Values must not keep the whole message they came in alive. */
  #copy(count: number): Uint8Array {
    const start = this.#advance(count);
    return Uint8Array.prototype.slice.call(this.#bytes, start, start + count);
  }

  #byte(): number {
    const value = this.#bytes[this.position];
    if (value === undefined) throw damaged('no terminator');
    this.position += 1;
    return value;
  }

  #int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  #length(minimum: number): number {
    const length = this.#int32();
    if (length < minimum) throw damaged('negative or too small length');
    return length;
  }

  /** The end of a name, which is a few bytes away: a loop is faster than a call. */
  #endOfName(): number {
    const bytes = this.#bytes;
    let end = this.position;
    while (end < bytes.length && bytes[end] !== 0) end += 1;
    if (end === bytes.length) throw damaged('unterminated name');
    this.position = end + 1;
    return end;
  }

  #name(): string {
    const start = this.position;
    const end = this.#endOfName();
    return readName(this.#bytes, start, end) ?? this.#text(start, end);
  }

  #cstring(): string {
    const start = this.position;
    return this.#text(start, this.#endOfName());
  }

  #string(): string {
    const start = this.position + 4;
    const bytes = this.#length(1);
    this.#advance(bytes);
    if (this.#bytes[this.position - 1] !== 0) throw damaged('unterminated string');
    return this.#text(start, this.position - 1);
  }

  #text(start: number, end: number): string {
    const bytes = this.#bytes;
    if (end - start < 24) {
      let text = '';
      let at = start;
      for (; at < end && bytes[at]! < 128; at += 1) text += String.fromCharCode(bytes[at]!);
      if (at === end) return text;
    }
    const text = bytes.toString('utf8', start, end);
    return text.includes('\ufffd') ? this.#strictText(start, end) : text;
  }

  #strictText(start: number, end: number): string {
    try {
      return strictUtf8.decode(this.#bytes.subarray(start, end));
    } catch {
      throw damaged('text is not UTF-8');
    }
  }

  #boolean(): boolean {
    const value = this.#byte();
    if (value > 1) throw damaged('a boolean is 0 or 1');
    return value === 1;
  }

  #date(): Date {
    const low = this.#int32() >>> 0;
    const ms = this.#int32() * 4294967296 + low;
    // What is not exact in a double is far outside of this range.
    if (ms > MAX_DATE_MS || ms < -MAX_DATE_MS) {
      throw new CommandError(2, 'dates beyond the year 275760 are not supported by the embedded database');
    }
    return new Date(ms);
  }

  #binary(): Binary {
    const length = this.#length(0);
    const subType = this.#byte();
    if (subType !== 2) return new Binary(this.#copy(length), subType);
    // The old binary subtype repeats its length inside.
    if (length < 4 || this.#length(0) !== length - 4) throw damaged('wrong length of a binary of subtype 2');
    return new Binary(this.#copy(length - 4), subType);
  }

  #regex(): BSONRegExp {
    const pattern = this.#cstring();
    const options = this.#cstring();
    const regex = new BSONRegExp(pattern, '');
    // Set afterwards: the constructor sorts the options, which would change the stored bytes.
    regex.options = options;
    return regex;
  }

  #codeWithScope(depth: number): Code {
    const start = this.position;
    const length = this.#length(14);
    const code = new Code(this.#string(), this.document(null, depth + 1));
    if (this.position !== start + length) throw damaged('wrong length of code with scope');
    return code;
  }
}
