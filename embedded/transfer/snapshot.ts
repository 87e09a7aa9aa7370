/** Data on its way between a folder, a backup file and a dump: what the three have in common. */
import type { Doc } from '../semantics/values.ts';

/** A collection is named first, then come its documents in as many parts as the source likes. */
export type Part =
  | { readonly kind: 'collection'; readonly namespace: string; readonly indexes: readonly Doc[] }
  | { readonly kind: 'documents'; readonly documents: readonly Uint8Array[] };

export interface Snapshot {
  /** When it was taken; null when the source does not say. */
  readonly takenAt: Date | null;
  /** How many documents will come; null when the source does not know before its end. */
  readonly total: number | null;
  /** To be walked once. Throws a `TransferError` when the source turns out to be damaged or goes away. */
  readonly parts: AsyncIterable<Part>;
  close(): Promise<void>;
}

export interface Totals {
  readonly collections: number;
  readonly documents: number;
}

/** A failure with a sentence for the operator; nothing was changed. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

export type Progress = (documents: number) => void;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
