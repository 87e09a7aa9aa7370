// Parses update operators into a tree of paths.
import { CommandError, unsupported } from './errors.ts';
import { fieldNames } from './fields.ts';
import { isDoc, typeName } from './types.ts';
import { parseAddToSet, parsePop, parsePull, parsePullAll, parsePush } from './update-arrays.ts';
import {
  type ParseOperator,
  parseCurrentDate,
  parseInc,
  parseMax,
  parseMin,
  parseMul,
  parseSet,
  parseSetOnInsert,
  parseUnset,
  renameFrom,
} from './update-fields.ts';
import { type Branch, buildTree, isArrayName, type Leaf, leafAt } from './update-tree.ts';
import type { Doc } from './values.ts';

const OPERATORS: ReadonlyMap<string, ParseOperator> = new Map([
  ['$set', parseSet],
  ['$unset', parseUnset],
  ['$inc', parseInc],
  ['$mul', parseMul],
  ['$min', parseMin],
  ['$max', parseMax],
  ['$push', parsePush],
  ['$pull', parsePull],
  ['$pullAll', parsePullAll],
  ['$addToSet', parseAddToSet],
  ['$pop', parsePop],
  ['$setOnInsert', parseSetOnInsert],
  ['$currentDate', parseCurrentDate],
]);

export interface ParsedUpdate {
  readonly tree: Branch;
  readonly usesPosition: boolean;
  /** Names written as `$[name]`, with a path they occur in. */
  readonly identifiers: ReadonlyMap<string, string>;
}

let last: { readonly update: Doc; readonly parsed: ParsedUpdate } | null = null;

/** An update of many documents is parsed once: it comes here again and again with nothing in between. */
export function parseUpdate(update: Doc): ParsedUpdate {
  if (last?.update !== update) last = { update, parsed: parse(update) };
  return last.parsed;
}

function parse(update: Doc): ParsedUpdate {
  const leaves = fieldNames(update).flatMap((name) => leavesOfOperator(name, update[name]));
  const identifiers = new Map<string, string>();
  for (const { path, parts } of leaves) {
    for (const part of parts) {
      if (isArrayName(part) && part !== '$[]') identifiers.set(part.slice(2, -1), path);
    }
  }
  const usesPosition = leaves.some(({ parts }) => parts.includes('$'));
  return { tree: buildTree(leaves), usesPosition, identifiers };
}

function leavesOfOperator(name: string, fields: unknown): readonly Leaf[] {
  const parser = OPERATORS.get(name);
  if (parser === undefined && name !== '$rename') {
    if (name === '$bit') throw unsupported(name, 9);
    const message = `Unknown modifier: ${name}. Expected a valid update modifier or pipeline-style update specified as an array`;
    throw new CommandError(9, message);
  }
  if (!isDoc(fields)) {
    const message = `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}}`;
    throw new CommandError(9, message);
  }
  return fieldNames(fields).flatMap((path) => {
    checkPath(path);
    if (parser === undefined) return renameLeaves(path, fields[path]);
    return [leafAt(path, parser(path, fields[path]))];
  });
}

/** Both ends of a $rename take part in the search for conflicts. */
function renameLeaves(source: string, target: unknown): readonly Leaf[] {
  if (typeof target !== 'string') {
    throw new CommandError(2, `The 'to' field for $rename must be a string: ${source}: ${typeName(target)}`);
  }
  checkPath(target);
  if (source === target) throw new CommandError(2, `The source and target field for $rename must differ: ${source}`);
  if (target.startsWith(`${source}.`) || source.startsWith(`${target}.`)) {
    throw new CommandError(2, `The source and target field for $rename must not be on the same path: ${source}`);
  }
  for (const path of [source, target]) {
    const isDynamic = path.split('.').some((part) => part === '$' || isArrayName(part));
    if (isDynamic) throw new CommandError(2, `The fields of $rename may not be dynamic: ${path}`);
  }
  return [leafAt(source, parseUnset(source, null)), leafAt(target, renameFrom(source))];
}

const DBREF_NAMES: ReadonlySet<string> = new Set(['$ref', '$id', '$db']);

function checkPath(path: string): void {
  if (path === '') throw new CommandError(56, 'An empty update path is not valid.');
  const parts = path.split('.');
  if (parts.includes('')) {
    throw new CommandError(56, `The update path '${path}' contains an empty field name, which is not allowed.`);
  }
  const first = parts[0]!;
  if (first === '$' || isArrayName(first)) {
    throw new CommandError(2, `Cannot have positional (i.e. '$') element in the first position in path '${path}'`);
  }
  if (parts.filter((part) => part === '$').length > 1) {
    throw new CommandError(2, `Too many positional (i.e. '$') elements found in path '${path}'`);
  }
  const forbidden = parts.find(
    (part) => part.startsWith('$') && part !== '$' && !isArrayName(part) && !DBREF_NAMES.has(part),
  );
  if (forbidden !== undefined) {
    const message = `The dollar ($) prefixed field '${forbidden}' in '${path}' is not valid for storage.`;
    throw new CommandError(52, message);
  }
}
