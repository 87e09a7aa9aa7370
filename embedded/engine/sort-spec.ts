/** The plain fields of a sort document, for the planner; comparing documents is the semantics' part. */
import { CommandError, unsupported } from '../semantics/errors.ts';
import { fieldNames } from '../semantics/fields.ts';
import { isDoc } from '../semantics/types.ts';
import type { Doc } from '../semantics/values.ts';

export interface SortField {
  readonly path: string;
  readonly descending: boolean;
}

export function parseSort(spec: Doc): SortField[] {
  return fieldNames(spec).map((path) => {
    const direction = spec[path];
    if (isDoc(direction)) throw unsupported(`sort by ${Object.keys(direction)[0] ?? path}`);
    const sign = Number(direction);
    if (sign !== 1 && sign !== -1)
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    return { path, descending: sign === -1 };
  });
}
