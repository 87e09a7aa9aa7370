/** Finds the command of a request, refuses what we do not offer by name, and turns failures into replies. */
import type { Collection } from '../engine/collection.ts';
import type { Engine } from '../engine/engine.ts';
import { WriteLog } from '../engine/write-log.ts';
import { CommandError, unsupported } from '../semantics/errors.ts';
import { isDoc } from '../semantics/types.ts';
import type { Doc } from '../semantics/values.ts';
import type { Request } from '../wire/message.ts';
import { aggregateCommands } from './aggregation.ts';
import { catalogCommands } from './catalog.ts';
import type { Command, CommandContext } from './context.ts';
import type { Cursors } from './cursors.ts';
import { findAndModifyCommands } from './find-and-modify.ts';
import { handshakeCommands } from './handshake.ts';
import { readCommands } from './reads.ts';
import { snapshotCommands } from './snapshot.ts';
import { writeCommands } from './writes.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...handshakeCommands,
    ...catalogCommands,
    ...readCommands,
    ...writeCommands,
    ...findAndModifyCommands,
    ...aggregateCommands,
    ...snapshotCommands,
  ].map((command) => [command.name, command]),
);

/** What drivers attach to any command; accepted because one synchronous server meets them all. */
const COMMON_FIELDS = new Set([
  ...['lsid', '$db', 'readConcern', 'writeConcern', '$readPreference', 'comment', 'maxTimeMS'],
  ...['$clusterTime', 'apiVersion', 'apiStrict', 'apiDeprecationErrors'],
]);

/** Not the 20 of a standalone mongod: drivers replace that by a sentence about retryable writes. */
const TRANSACTIONS_REFUSED = 263;
const TRANSACTION_FIELDS = ['startTransaction', 'autocommit', 'txnNumber', 'stmtId', 'stmtIds'];

export interface Outcome {
  readonly reply: Doc;
  /** The storage place that has to be durable before the reply may go out. */
  readonly waitFor: number;
}

export interface DispatcherParts {
  readonly engine: Engine;
  readonly cursors: Cursors;
  readonly clock: () => number;
  /** An error that is a fault of ours, not of the caller. */
  readonly onFault: (error: unknown) => void;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Runs one command from start to end without a pause: that is what makes it atomic. */
  run(request: Pick<Request, 'body' | 'sequences'>, connectionId: number): Outcome {
    const { engine, cursors, clock } = this.#parts;
    const context: CommandContext = {
      engine,
      cursors,
      connectionId,
      log: new WriteLog(),
      touched: new Set<Collection>(),
      db: typeof request.body.$db === 'string' ? request.body.$db : 'admin',
      body: request.body,
      sequences: request.sequences,
      now: new Date(clock()),
    };
    const reply = this.#attempt(context);
    engine.commit(context.log, context.touched);
    return { reply, waitFor: engine.sequenceSeenBy(context.touched) };
  }

  #attempt(context: CommandContext): Doc {
    try {
      const command = commandOf(context.body);
      checkFields(command, context.body);
      checkConcerns(context.body);
      return command.run(context);
    } catch (error) {
      context.log.rollbackTo(0);
      if (error instanceof CommandError) return errorReply(error);
      this.#parts.onFault(error);
      return errorReply(new CommandError(1, error instanceof Error ? error.message : String(error)));
    }
  }
}

function commandOf(body: Doc): Command {
  const name = Object.keys(body)[0] ?? '';
  const command = COMMANDS.get(name);
  if (command === undefined) throw unsupported(`no such command: '${name}'; it`, 59);
  return command;
}

function checkFields(command: Command, body: Doc): void {
  if (TRANSACTION_FIELDS.some((field) => body[field] !== undefined))
    throw unsupported('a transaction', TRANSACTIONS_REFUSED);
  for (const field of Object.keys(body)) {
    if (field === command.name || COMMON_FIELDS.has(field) || command.fields.includes(field)) continue;
    if (command.refused?.includes(field)) throw unsupported(`${command.name} with ${field}`);
    throw new CommandError(40415, `BSON field '${command.name}.${field}' is an unknown field.`);
  }
}

/** Concerns that one server cannot meet are errors, not promises. */
function checkConcerns({ readConcern, writeConcern }: Doc): void {
  if (isDoc(readConcern) && readConcern.level === 'snapshot') throw unsupported('readConcern snapshot');
  if (!isDoc(writeConcern)) return;
  const { w } = writeConcern;
  if (w === undefined || w === 'majority') return;
  if (typeof w !== 'string' && Number(w) <= 1) return;
  throw new CommandError(2, "cannot use 'w' > 1 when a host is not replicated");
}

function errorReply(error: CommandError): Doc {
  return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.extra };
}
