import type { UpdateTable } from './tables.ts';
import { arrayUpdateTables } from './update-array-cases.ts';
import { fieldTables } from './update-field-cases.ts';
import { pipelineTables } from './update-pipeline-cases.ts';
import { positionalTables } from './update-positional-cases.ts';

export const updateTables: Readonly<Record<string, UpdateTable>> = {
  ...fieldTables,
  ...arrayUpdateTables,
  ...positionalTables,
  ...pipelineTables,
};
