// The document an upsert inserts when its query found nothing.
import { BSONRegExp, ObjectId } from 'bson';
import { isOperatorDoc } from './comparisons.ts';
import { CommandError } from './errors.ts';
import { fieldNames, getField, MISSING } from './fields.ts';
import { isDoc, typeName } from './types.ts';
import { applyUpdate, idFirst, isPipeline, isReplacement, type UpdateOptions } from './update.ts';
import { parseSet } from './update-fields.ts';
import { buildTree, leafAt } from './update-tree.ts';
import { applyTree } from './update-walk.ts';
import type { Doc } from './values.ts';

/** The document an upsert inserts: the equalities of the filter, the update on top, and an _id in first place. */
export function upsertDocument(filter: Doc, update: Doc | readonly Doc[], o: UpdateOptions): Doc {
  const seed = seedDocument(filter, !isPipeline(update) && isReplacement(update));
  const result = applyUpdate(seed, update, { ...o, isInsert: true });
  const id = getField(result, '_id');
  if (id === MISSING) return idFirst(result, new ObjectId());
  refuseBadId(id);
  return fieldNames(result)[0] === '_id' ? result : idFirst(result, id);
}

/** A replacement stands for the whole document, so the query only lends it the _id. */
function seedDocument(filter: Doc, isReplacement: boolean): Doc {
  const all = equalitiesOf(filter);
  return seedOf(isReplacement ? all.filter(([path]) => path === '_id') : all);
}

function refuseBadId(id: unknown): void {
  if (Array.isArray(id) || id === undefined || id instanceof BSONRegExp) {
    throw new CommandError(53, `The '_id' value cannot be of type ${typeName(id)}`);
  }
}

type Equality = readonly [path: string, value: unknown];

/** Only what every matching document is equal to: $eq, through $and, and lists with a single member. */
function equalitiesOf(filter: Doc): readonly Equality[] {
  return fieldNames(filter).flatMap((name) => {
    const condition = filter[name];
    if (name === '$and' || (name === '$or' && isSingle(condition))) {
      return Array.isArray(condition) ? condition.filter(isDoc).flatMap(equalitiesOf) : [];
    }
    return name.startsWith('$') ? [] : equalitiesOfField(name, condition);
  });
}

function equalitiesOfField(path: string, condition: unknown): readonly Equality[] {
  if (!isDoc(condition) || !isOperatorDoc(condition)) return condition instanceof BSONRegExp ? [] : [[path, condition]];
  return fieldNames(condition).flatMap((name): readonly Equality[] => {
    const argument = condition[name];
    if (name === '$eq') return [[path, argument]];
    if ((name === '$in' || name === '$all') && isSingle(argument)) return equalitiesOfField(path, argument[0]);
    return [];
  });
}

function isSingle(value: unknown): value is readonly [unknown] {
  return Array.isArray(value) && value.length === 1;
}

function seedOf(equalities: readonly Equality[]): Doc {
  refuseConflicts(equalities.map(([path]) => path));
  const leaves = equalities.map(([path, value]) => leafAt(path, parseSet(path, value)));
  const context = { root: {}, position: null, arrayFilters: new Map(), isInsert: true, now: new Date(0) };
  return applyTree(buildTree(leaves), {}, context);
}

function refuseConflicts(paths: readonly string[]): void {
  const sorted = [...paths].sort();
  for (const [i, path] of sorted.entries()) {
    for (const other of sorted.slice(i + 1)) {
      if (other === path)
        throw new CommandError(54, `cannot infer query fields to set, path '${path}' is matched twice`);
      if (other.startsWith(`${path}.`)) {
        throw new CommandError(54, `cannot infer query fields to set, both paths '${path}' and '${other}' are matched`);
      }
    }
  }
}
