/** What any stored document must be: small enough, not too deep, with a usable `_id` in first place. */
import { BSONRegExp, ObjectId } from 'bson';
import { MAX_DOCUMENT_BYTES, MAX_NESTING } from '../limits.ts';
import { CommandError } from '../semantics/errors.ts';
import { fieldNames, setField } from '../semantics/fields.ts';
import { isDoc } from '../semantics/types.ts';
import type { Doc } from '../semantics/values.ts';

/** The same object when `_id` is in its place already; `inherited` is the _id a replacement keeps. */
export function withIdFirst(doc: Doc, inherited?: unknown): Doc {
  const names = fieldNames(doc);
  if (names[0] === '_id') return doc;
  const ordered: Doc = {};
  setField(ordered, '_id', Object.hasOwn(doc, '_id') ? doc._id : (inherited ?? new ObjectId()));
  for (const name of names) if (name !== '_id') setField(ordered, name, doc[name]);
  return ordered;
}

export function checkDocument(doc: Doc, size: number): void {
  if (size > MAX_DOCUMENT_BYTES) {
    throw new CommandError(
      10334,
      `BSONObj size: ${size} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES} (16 MB)`,
    );
  }
  const { _id } = doc;
  if (Array.isArray(_id) || _id === undefined || _id instanceof BSONRegExp) {
    throw new CommandError(53, "The '_id' value cannot be of type array, undefined or regex");
  }
  checkNesting(doc, 1);
}

/** Everything here is recursive over documents, so their depth has to be bounded when they come in. */
function checkNesting(value: unknown, depth: number): void {
  if (depth > MAX_NESTING) throw new CommandError(15, `document exceeds the nesting limit of ${MAX_NESTING} levels`);
  if (Array.isArray(value)) for (const item of value) checkNesting(item, depth + 1);
  else if (isDoc(value)) for (const name in value) checkNesting(value[name], depth + 1);
}
