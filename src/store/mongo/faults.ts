/** Errors of the driver in the gateway's words: only here does anybody read MongoDB's codes. */

import { mongo } from 'mongoose';
import { Fault } from '../../domain/fault.ts';

/** A unique index said no: the expected end of a race, never a fault by itself. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && Number(error.code) === 11_000;

/** Shutdown, change of the primary, and commands cut off by them or by a time limit. */
const passingCodes = new Set([6, 7, 50, 64, 89, 91, 100, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436]);

/** Errors of a client that has no server to talk to; the driver's own names, also behind mongoose's wrapper. */
const unreachable =
  /^(Mongo(ose)?ServerSelection|Mongo(Network|NotConnected|TopologyClosed|PoolCl|ClientClosed|ConnectionPool|WaitQueueTimeout|ExpiredSession|OperationTimeout))/;

export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  return isPassing(error)
    ? new Fault('unavailable', `the database cannot be reached: ${message}`, { cause: error })
    : new Fault('bug', `the database refused a command: ${message}`, { cause: error });
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (unreachable.test(error.name)) return true;
  if (!(error instanceof mongo.MongoServerError)) return false;
  // A bulk wraps whatever cut it off, also an error of the network.
  const inner: unknown = error.errorResponse;
  return passingCodes.has(Number(error.code)) || (inner !== error && isPassing(inner));
}

/** The same methods, whose errors are faults. */
export function guarded<T extends object>(methods: T): T {
  return new Proxy(methods, {
    get(target, key): unknown {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(method, target, args);
        } catch (error) {
          throw asFault(error);
        }
      };
    },
  });
}

/** The driver never came to talk to the database: what was to be sent cannot be encoded. */
export const isUnsent = (error: unknown): boolean => !(error instanceof mongo.MongoError);

/**
 * What the database said against single operations of an unordered bulk; it did all others.
 * @throws the error itself, when it concerns the whole bulk
 */
export function refusalsOf(error: unknown): ReadonlyMap<number, 'duplicate' | Error> {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  if (errors.length === 0 || error.result.getWriteConcernError() !== undefined) throw error;
  return new Map(
    errors.map((e) => [e.index, e.code === 11_000 ? 'duplicate' : new Error(`${e.code}: ${e.errmsg ?? 'refused'}`)]),
  );
}

/**
 * Which operations of an unordered bulk failed on a unique index.
 * @throws the error itself, when anything else went wrong
 */
export function duplicatesOf(error: unknown): ReadonlySet<number> {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  const isOnlyDuplicates = errors.length > 0 && errors.every((e) => e.code === 11_000);
  if (!isOnlyDuplicates || error.result.getWriteConcernError() !== undefined) throw error;
  return new Set(errors.map((e) => e.index));
}
