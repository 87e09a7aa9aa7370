/** Reads the arguments of commands: foreign documents in, checked values out. */
import { MAX_WRITE_BATCH } from '../limits.ts';
import { CommandError, unsupported } from '../semantics/errors.ts';
import { isDoc } from '../semantics/types.ts';
import { type Doc, decode } from '../semantics/values.ts';
import type { CommandContext } from './context.ts';

export function optionalDoc(body: Doc, field: string): Doc {
  const value = body[field];
  if (value === undefined || value === null) return {};
  if (!isDoc(value)) throw wrongType(field, 'object');
  return value;
}

export function requiredDoc(body: Doc, field: string): Doc {
  if (!isDoc(body[field])) throw wrongType(field, 'object');
  return optionalDoc(body, field);
}

export function optionalNumber(body: Doc, field: string): number | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  const number = Number(value);
  if (typeof value === 'string' || typeof value === 'boolean' || !Number.isFinite(number)) {
    throw wrongType(field, 'number');
  }
  return Math.trunc(number);
}

/** For skip, limit, batchSize: a negative figure is an error, an absent one is 0. */
export function naturalNumber(body: Doc, field: string): number {
  const number = optionalNumber(body, field) ?? 0;
  if (number < 0) throw new CommandError(51024, `BSON field '${field}' value must be >= 0, actual value '${number}'`);
  return number;
}

export function flag(body: Doc, field: string, otherwise = false): boolean {
  const value = body[field];
  if (value === undefined || value === null) return otherwise;
  return typeof value === 'boolean' ? value : Number(value) !== 0;
}

export function docList(body: Doc, field: string): Doc[] {
  const value = body[field];
  if (!Array.isArray(value)) throw wrongType(field, 'array');
  return value.map((item, i) => {
    if (!isDoc(item)) throw wrongType(`${field}.${i}`, 'object');
    return item;
  });
}

/** An update is an object of operators, a replacement, or a pipeline. */
export function updateArgument(body: Doc, field: string): Doc | Doc[] {
  return Array.isArray(body[field]) ? docList(body, field) : requiredDoc(body, field);
}

export interface Statement {
  readonly doc: Doc;
  /** As they came, when they came as bytes. */
  readonly bytes: Uint8Array | null;
}

/** The statements of a write, from a kind 1 section or from an array in the body. */
export function* statements(context: CommandContext, field: string): Generator<Statement> {
  const sequence = context.sequences.get(field);
  checkBatchSize(sequence?.length ?? docList(context.body, field).length);
  if (sequence !== undefined) for (const bytes of sequence) yield { doc: decode(bytes), bytes };
  else for (const doc of docList(context.body, field)) yield { doc, bytes: null };
}

function checkBatchSize(count: number): void {
  if (count >= 1 && count <= MAX_WRITE_BATCH) return;
  throw new CommandError(16, `Write batch sizes must be between 1 and ${MAX_WRITE_BATCH}. Got ${count} operations.`);
}

/** Collations change what equality means; only the simple one, which is no collation, is understood. */
export function refuseCollation(body: Doc): void {
  const { collation } = body;
  if (collation === undefined || collation === null) return;
  if (isDoc(collation) && (collation.locale === 'simple' || Object.keys(collation).length === 0)) return;
  throw unsupported('collation');
}

/** For the fields of a statement inside a write command; the dispatcher looks after the command itself. */
export function refuseUnknown(doc: Doc, place: string, known: ReadonlySet<string>): void {
  for (const field of Object.keys(doc)) {
    if (!known.has(field)) throw unsupported(`${place}.${field}`);
  }
}

function wrongType(field: string, expected: string): CommandError {
  return new CommandError(14, `BSON field '${field}' is missing or the wrong type, expected type '${expected}'`);
}
