// Encodes decoded documents back to BSON, field order and number types unchanged.
import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { CommandError } from './errors.ts';
import { fieldNames } from './fields.ts';
import { isDoc, tagOf } from './types.ts';
import type { Doc } from './values.ts';

const MAX_DEPTH = 210;

/** A document that is already encoded and goes into a reply as it is. */
export class RawDocument {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

export function writeDocument(doc: Doc): Uint8Array {
  const end = writer.document(doc, 0, 0);
  return writer.copyOf(end);
}

/** One growing buffer serves all calls: encoding is synchronous and never nested. Each method returns the next position. */
class Writer {
  #bytes = Buffer.allocUnsafe(64 * 1024);

  copyOf(end: number): Uint8Array {
    return Buffer.from(this.#bytes.subarray(0, end));
  }

  document(doc: Doc, at: number, depth: number): number {
    if (depth > MAX_DEPTH) throw new CommandError(15, `documents nest at most ${MAX_DEPTH} deep`);
    let end = at + 4;
    for (const name of fieldNames(doc)) end = this.#element(name, doc[name], end, depth);
    return this.#close(at, end);
  }

  #array(values: readonly unknown[], at: number, depth: number): number {
    if (depth > MAX_DEPTH) throw new CommandError(15, `documents nest at most ${MAX_DEPTH} deep`);
    let end = at + 4;
    for (let i = 0; i < values.length; i += 1) end = this.#element(String(i), values[i], end, depth);
    return this.#close(at, end);
  }

  #close(at: number, end: number): number {
    this.#reserve(end, 1);
    this.#bytes[end] = 0;
    this.#bytes.writeInt32LE(end + 1 - at, at);
    return end + 1;
  }

  #element(name: string, value: unknown, at: number, depth: number): number {
    const start = this.#cstring(name, at + 1);
    this.#reserve(start, 24);
    switch (typeof value) {
      case 'string':
        return this.#typed(at, 0x02, this.#string(value, start));
      case 'boolean':
        this.#bytes[start] = value ? 1 : 0;
        return this.#typed(at, 0x08, start + 1);
      case 'undefined':
        return this.#typed(at, 0x06, start);
      case 'number':
        return (value | 0) === value && !Object.is(value, -0)
          ? this.#typed(at, 0x10, this.#bytes.writeInt32LE(value, start))
          : this.#typed(at, 0x01, this.#bytes.writeDoubleLE(value, start));
      case 'bigint':
        return this.#typed(at, 0x12, this.#bytes.writeBigInt64LE(value, start));
      default:
        return this.#objectElement(value, at, start, depth);
    }
  }

  #objectElement(value: unknown, at: number, start: number, depth: number): number {
    if (value === null) return this.#typed(at, 0x0a, start);
    if (isDoc(value)) return this.#typed(at, 0x03, this.document(value, start, depth + 1));
    if (Array.isArray(value)) return this.#typed(at, 0x04, this.#array(value, start, depth + 1));
    if (value instanceof Int32) return this.#typed(at, 0x10, this.#bytes.writeInt32LE(value.value, start));
    if (value instanceof Double) return this.#typed(at, 0x01, this.#bytes.writeDoubleLE(value.value, start));
    if (value instanceof ObjectId) return this.#typed(at, 0x07, this.#raw(value.id, start));
    if (value instanceof Date) return this.#typed(at, 0x09, this.#date(value, start));
    if (value instanceof RawDocument) return this.#typed(at, 0x03, this.#raw(value.bytes, start));
    if (value instanceof Timestamp) return this.#typed(at, 0x11, this.#long(value, start));
    if (value instanceof Long) return this.#typed(at, 0x12, this.#long(value, start));
    return this.#rareElement(value, at, start, depth);
  }

  #rareElement(value: unknown, at: number, start: number, depth: number): number {
    if (value instanceof Binary) return this.#typed(at, 0x05, this.#binary(value.value(), value.sub_type, start));
    if (value instanceof Uint8Array) return this.#typed(at, 0x05, this.#binary(value, 0, start));
    if (value instanceof Decimal128) return this.#typed(at, 0x13, this.#raw(value.bytes, start));
    if (value instanceof BSONRegExp) {
      return this.#typed(at, 0x0b, this.#cstring(value.options, this.#cstring(value.pattern, start)));
    }
    if (value instanceof BSONSymbol) return this.#typed(at, 0x0e, this.#string(value.value, start));
    if (value instanceof Code) return this.#code(value, at, start, depth);
    if (tagOf(value) === 'MinKey') return this.#typed(at, 0xff, start);
    if (tagOf(value) === 'MaxKey') return this.#typed(at, 0x7f, start);
    throw new CommandError(2, `cannot encode a value of class ${Object.prototype.toString.call(value)}`);
  }

  #typed(at: number, type: number, end: number): number {
    this.#bytes[at] = type;
    return end;
  }

  #code(value: Code, at: number, start: number, depth: number): number {
    if (value.scope === null) return this.#typed(at, 0x0d, this.#string(value.code, start));
    const end = this.document(value.scope, this.#string(value.code, start + 4), depth + 1);
    this.#bytes.writeInt32LE(end - start, start);
    return this.#typed(at, 0x0f, end);
  }

  #date(value: Date, at: number): number {
    const ms = value.getTime();
    if (Number.isNaN(ms)) throw new CommandError(2, 'cannot encode an invalid date');
    return this.#bytes.writeBigInt64LE(BigInt(ms), at);
  }

  #long(value: Long | Timestamp, at: number): number {
    return this.#bytes.writeInt32LE(value.high | 0, this.#bytes.writeInt32LE(value.low | 0, at));
  }

  #binary(bytes: Uint8Array, subType: number, at: number): number {
    const old = subType === 2;
    let end = this.#bytes.writeInt32LE(bytes.length + (old ? 4 : 0), at);
    this.#bytes[end] = subType;
    end += 1;
    if (old) end = this.#bytes.writeInt32LE(bytes.length, end);
    return this.#raw(bytes, end);
  }

  #raw(bytes: Uint8Array, at: number): number {
    this.#reserve(at, bytes.length);
    this.#bytes.set(bytes, at);
    return at + bytes.length;
  }

  #string(text: string, at: number): number {
    const end = this.#utf8(text, at + 4);
    this.#bytes[end] = 0;
    this.#bytes.writeInt32LE(end - at - 3, at);
    return end + 1;
  }

  #cstring(text: string, at: number): number {
    if (text.includes('\0')) throw new CommandError(2, 'names and regular expressions cannot contain a null byte');
    const end = this.#utf8(text, at);
    this.#bytes[end] = 0;
    return end + 1;
  }

  #utf8(text: string, at: number): number {
    // Three bytes per UTF-16 unit at most, plus the terminator and the length which callers add.
    this.#reserve(at, text.length * 3 + 8);
    if (text.length < 24) {
      let i = 0;
      for (; i < text.length; i += 1) {
        const unit = text.charCodeAt(i);
        if (unit > 127) break;
        this.#bytes[at + i] = unit;
      }
      if (i === text.length) return at + i;
    }
    return at + this.#bytes.write(text, at, 'utf8');
  }

  #reserve(at: number, count: number): void {
    if (at + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + count));
    larger.set(this.#bytes.subarray(0, at));
    this.#bytes = larger;
  }
}

const writer = new Writer();
