// Array filters: the conditions behind `$[name]` in an update.
import { CommandError } from './errors.ts';
import { fieldNames } from './fields.ts';
import { compileFilter, type Matcher } from './filter.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

export function parseArrayFilters(
  filters: readonly Doc[],
  used: ReadonlyMap<string, string>,
): ReadonlyMap<string, Matcher> {
  const matchers = new Map<string, Matcher>();
  for (const filter of filters) {
    const identifier = identifierOf(filter);
    if (matchers.has(identifier)) {
      throw new CommandError(9, `Found multiple array filters with the same top-level field name ${identifier}`);
    }
    if (!used.has(identifier)) {
      throw new CommandError(9, `The array filter for identifier '${identifier}' was not used in the update`);
    }
    matchers.set(identifier, compileFilter(filter));
  }
  for (const [identifier, path] of used) {
    if (!matchers.has(identifier)) {
      throw new CommandError(2, `No array filter found for identifier '${identifier}' in path '${path}'`);
    }
  }
  return matchers;
}

function identifierOf(filter: Doc): string {
  const names = new Set(topLevelNames(filter));
  const [name, other] = names;
  if (name === undefined)
    throw new CommandError(9, 'Cannot use an expression without a top-level field name in arrayFilters');
  if (other !== undefined) {
    const message = `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${other}'`;
    throw new CommandError(9, message);
  }
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
    const message = `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`;
    throw new CommandError(2, message);
  }
  return name;
}

function topLevelNames(filter: Doc): readonly string[] {
  return fieldNames(filter).flatMap((name) => {
    if (!name.startsWith('$')) return [name.split('.')[0]!];
    const parts = filter[name];
    return Array.isArray(parts) ? parts.filter(isDoc).flatMap(topLevelNames) : [];
  });
}
