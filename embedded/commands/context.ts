/** What a command is given, and how commands describe themselves to the dispatcher. */
import type { Collection } from '../engine/collection.ts';
import type { Engine } from '../engine/engine.ts';
import type { WriteLog } from '../engine/write-log.ts';
import { CommandError } from '../semantics/errors.ts';
import type { Doc } from '../semantics/values.ts';
import type { Cursors } from './cursors.ts';

export interface CommandContext {
  readonly engine: Engine;
  readonly cursors: Cursors;
  readonly log: WriteLog;
  /** Collections whose state this command saw or changed: its reply waits until that state is durable. */
  readonly touched: Set<Collection>;
  readonly db: string;
  readonly body: Doc;
  readonly sequences: ReadonlyMap<string, readonly Uint8Array[]>;
  /** The database clock at the start of the command. */
  readonly now: Date;
  readonly connectionId: number;
}

export interface Command {
  readonly name: string;
  /** The fields it understands besides those every command accepts; others are refused by name. */
  readonly fields: readonly string[];
  /** Fields of MongoDB's that are known and deliberately not offered. */
  readonly refused?: readonly string[];
  run(context: CommandContext): Doc;
}

/** The namespace a command names in its first field, e.g. `{ find: 'jobs' }`. */
export function namespaceOf(context: CommandContext, command: string): string {
  const name = context.body[command];
  if (typeof name !== 'string' || name === '')
    throw new CommandError(73, `collection name has invalid type or is empty`);
  return `${context.db}.${name}`;
}

export function collectionFor(context: CommandContext, command: string): Collection | null {
  const collection = context.engine.collection(namespaceOf(context, command));
  if (collection !== null) context.touched.add(collection);
  return collection;
}

export function demandCollection(context: CommandContext, command: string): Collection {
  const collection = context.engine.demand(context.log, namespaceOf(context, command));
  context.touched.add(collection);
  return collection;
}
