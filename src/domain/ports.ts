/** The outer world's time and words as arguments: nothing in the core asks the process for them. */
import type { Instant } from './time.ts';

export interface Clock {
  now(): Instant;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Monotonic milliseconds, for measuring and for lease guards. */
  monotonic(): number;
}

/** ERROR means somebody must look; there is no level for maybe. Never pass secrets or personal data. */
export interface Log {
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
}

export const silentLog: Log = { error: () => {}, info: () => {}, debug: () => {} };
