/** Open cursors. A cursor holds the answer as it was when the query ran; later writes do not show. */
import { Long } from 'bson';
import { CURSOR_IDLE_MS, FIRST_BATCH_DOCUMENTS, MAX_DOCUMENT_BYTES, MAX_OPEN_CURSORS } from '../limits.ts';
import { CommandError } from '../semantics/errors.ts';
import type { Doc } from '../semantics/values.ts';
import { RawDocument } from '../semantics/write-bson.ts';

/** The documents of an answer, encoded one by one when a batch asks for them. */
export interface Results {
  readonly length: number;
  bytesAt(position: number): Uint8Array;
}

interface OpenCursor {
  readonly namespace: string;
  readonly results: Results;
  position: number;
  usedAt: number;
}

export interface BatchWish {
  readonly batchSize: number | null;
  readonly singleBatch: boolean;
}

export class Cursors {
  readonly #open = new Map<number, OpenCursor>();
  readonly #clock: () => number;
  #lastId = Math.floor(Math.random() * 2 ** 40);

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The first batch, and a cursor for the rest when there is one. */
  first(namespace: string, results: Results, wish: BatchWish): Doc {
    const cursor: OpenCursor = { namespace, results, position: 0, usedAt: this.#clock() };
    const firstBatch = takeBatch(cursor, wish.batchSize ?? FIRST_BATCH_DOCUMENTS);
    const isDone = wish.singleBatch || cursor.position >= results.length;
    const id = isDone ? 0 : this.#register(cursor);
    return { cursor: { firstBatch, id: Long.fromNumber(id), ns: namespace }, ok: 1 };
  }

  next(id: number, namespace: string, batchSize: number | null): Doc {
    const cursor = this.#open.get(id);
    if (cursor === undefined) throw new CommandError(43, `cursor id ${id} not found`);
    if (cursor.namespace !== namespace) {
      throw new CommandError(
        13,
        `Requested getMore on namespace '${namespace}', but cursor belongs to '${cursor.namespace}'`,
      );
    }
    const nextBatch = takeBatch(cursor, batchSize ?? Number.POSITIVE_INFINITY);
    cursor.usedAt = this.#clock();
    const isDone = cursor.position >= cursor.results.length;
    if (isDone) this.#open.delete(id);
    return { cursor: { nextBatch, id: Long.fromNumber(isDone ? 0 : id), ns: namespace }, ok: 1 };
  }

  kill(id: number): boolean {
    return this.#open.delete(id);
  }

  closeIdle(): void {
    const oldest = this.#clock() - CURSOR_IDLE_MS;
    for (const [id, cursor] of this.#open) if (cursor.usedAt < oldest) this.#open.delete(id);
  }

  #register(cursor: OpenCursor): number {
    this.closeIdle();
    if (this.#open.size >= MAX_OPEN_CURSORS) {
      throw new CommandError(
        146,
        `more than ${MAX_OPEN_CURSORS} cursors are open; close cursors that are not read to their end`,
      );
    }
    this.#lastId += 1 + Math.floor(Math.random() * 1000);
    this.#open.set(this.#lastId, cursor);
    return this.#lastId;
  }
}

/** Up to `count` documents, but no more than fit into a reply; one always fits. */
function takeBatch(cursor: OpenCursor, count: number): RawDocument[] {
  const batch: RawDocument[] = [];
  let size = 0;
  while (batch.length < count && cursor.position < cursor.results.length) {
    const bytes = cursor.results.bytesAt(cursor.position);
    if (bytes.length > MAX_DOCUMENT_BYTES) throw new CommandError(10334, `a document of the answer exceeds 16 MB`);
    if (batch.length > 0 && size + bytes.length > MAX_DOCUMENT_BYTES) break;
    size += bytes.length;
    batch.push(new RawDocument(bytes));
    cursor.position += 1;
  }
  return batch;
}
