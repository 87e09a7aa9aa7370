// The stage $unset: an exclusion written as a list of names.
import { CommandError } from './errors.ts';
import type { Environment } from './expression.ts';
import { compileProjectStage } from './project.ts';
import type { Doc } from './values.ts';

export function compileUnset(spec: unknown): (environment: Environment) => Doc {
  const names: readonly unknown[] = Array.isArray(spec) ? spec : [spec];
  if (names.length === 0)
    throw new CommandError(31119, '$unset specification must be a string or an array with at least one field');
  const exclusion: Doc = {};
  for (const name of names) {
    if (typeof name !== 'string')
      throw new CommandError(31120, '$unset specification must be a string or an array containing only string values');
    exclusion[name] = false;
  }
  return compileProjectStage(exclusion);
}
