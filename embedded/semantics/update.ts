// Applies an update (operators, a replacement or a pipeline) to a document.
import { parseArrayFilters } from './array-filters.ts';
import { describe } from './describe.ts';
import { CommandError } from './errors.ts';
import { copyDoc, fieldNames, getField, MISSING, setField } from './fields.ts';
import type { Matcher } from './filter.ts';
import { isIdentical } from './identical.ts';
import { parseUpdate } from './update-parse.ts';
import { applyPipeline } from './update-pipeline.ts';
import { applyTree } from './update-walk.ts';
import { compareValues, type Doc } from './values.ts';

export interface UpdateOptions {
  /** The query that found the document: positional `$` asks it. */
  readonly filter: Matcher | null;
  readonly arrayFilters?: readonly Doc[];
  readonly isInsert: boolean;
  /** The database clock: `$$NOW` and $currentDate. */
  readonly now: Date;
}

/** The updated document; the input is left alone, and is itself the answer when the update changes nothing. */
export function applyUpdate(doc: Doc, update: Doc | readonly Doc[], o: UpdateOptions): Doc {
  if (isPipeline(update)) {
    refuseArrayFilters(o);
    return unlessSame(doc, withId(doc, applyPipeline(doc, update, o.now), pathError));
  }
  if (isReplacement(update)) {
    refuseArrayFilters(o);
    return unlessSame(doc, withId(doc, checkedReplacement(update), replacementError));
  }
  return withId(doc, applyOperators(doc, update, o), pathError);
}

export function isPipeline(update: Doc | readonly Doc[]): update is readonly Doc[] {
  return Array.isArray(update);
}

export function isReplacement(update: Doc): boolean {
  return !(fieldNames(update)[0] ?? '').startsWith('$');
}

function refuseArrayFilters(o: UpdateOptions): void {
  if ((o.arrayFilters ?? []).length > 0) {
    throw new CommandError(9, 'arrayFilters may only be specified for updates with operators');
  }
}

function applyOperators(doc: Doc, update: Doc, o: UpdateOptions): Doc {
  const { tree, usesPosition, identifiers } = parseUpdate(update);
  return applyTree(tree, doc, {
    root: doc,
    position: usesPosition ? (o.filter?.positionOf(doc) ?? null) : null,
    arrayFilters: parseArrayFilters(o.arrayFilters ?? [], identifiers),
    isInsert: o.isInsert,
    now: o.now,
  });
}

function checkedReplacement(update: Doc): Doc {
  const forbidden = fieldNames(update).find((name) => name.startsWith('$') && !['$ref', '$id', '$db'].includes(name));
  if (forbidden !== undefined) {
    const message = `The dollar ($) prefixed field '${forbidden}' in '${forbidden}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`;
    throw new CommandError(52, message);
  }
  return update;
}

const pathError = (): string => `Performing an update on the path '_id' would modify the immutable field '_id'`;
const replacementError = (id: unknown): string =>
  `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${describe(id)}`;

/** The _id of a document never changes, and stands first. */
function withId(before: Doc, after: Doc, message: (id: unknown) => string): Doc {
  if (after === before) return after;
  const oldId = getField(before, '_id');
  const newId = getField(after, '_id');
  if (oldId === MISSING) return after;
  const isKept = newId !== MISSING && compareValues(oldId, newId) === 0;
  const isLeftOut = newId === MISSING && message === replacementError;
  if (!isKept && !isLeftOut) throw new CommandError(66, message(newId));
  return fieldNames(after)[0] === '_id' ? after : idFirst(after, oldId);
}

export function idFirst(doc: Doc, id: unknown): Doc {
  const result: Doc = {};
  setField(result, '_id', id);
  for (const name of fieldNames(doc)) {
    if (name !== '_id') setField(result, name, doc[name]);
  }
  return result;
}

function unlessSame(before: Doc, after: Doc): Doc {
  if (after === before || isIdentical(before, after)) return before;
  return copyDoc(after);
}
