/** Changing one document, shared by update and findAndModify. */
import type { Collection } from '../engine/collection.ts';
import type { StoredRecord } from '../engine/record.ts';
import type { Matcher } from '../semantics/filter.ts';
import { applyUpdate } from '../semantics/update.ts';
import { upsertDocument } from '../semantics/upsert.ts';
import type { Doc } from '../semantics/values.ts';
import type { CommandContext } from './context.ts';

export interface Change {
  readonly filter: Doc;
  readonly change: Doc | Doc[];
  readonly arrayFilters: readonly Doc[];
  readonly now: Date;
}

/** Returns whether the document is now another one. */
export function changeDocument(
  context: CommandContext,
  collection: Collection,
  record: StoredRecord,
  matcher: Matcher,
  { change, arrayFilters, now }: Change,
): boolean {
  const old = collection.read(record);
  const doc = applyUpdate(old, change, { filter: matcher, arrayFilters, isInsert: false, now });
  return doc !== old && collection.replace(context.log, record, doc);
}

export function upsert(
  context: CommandContext,
  collection: Collection,
  { filter, change, arrayFilters, now }: Change,
): Doc {
  context.engine.checkRoom(1);
  const doc = upsertDocument(filter, change, { filter: null, arrayFilters, isInsert: true, now });
  return collection.insert(context.log, doc, null);
}
