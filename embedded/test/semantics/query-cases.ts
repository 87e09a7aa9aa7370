import { arrayTables } from './query-array-cases.ts';
import { comparisonTables } from './query-comparison-cases.ts';
import { structureTables } from './query-structure-cases.ts';
import { typeTables } from './query-type-cases.ts';
import type { QueryTable } from './tables.ts';

export const queryTables: Readonly<Record<string, QueryTable>> = {
  ...comparisonTables,
  ...structureTables,
  ...arrayTables,
  ...typeTables,
};
