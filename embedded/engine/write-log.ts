/**
 * What one command has changed so far: how to take it back, and what to make durable.
 *
 * Commands run to their end without a pause, so undoing in reverse order is all the isolation
 * needed. A statement of a batch that fails goes back to its own mark and leaves the others.
 */
export interface StorageOp {
  readonly key: Buffer;
  /** null deletes the key. */
  readonly value: Uint8Array | null;
}

interface Step {
  readonly undo: () => void;
  readonly op: StorageOp | null;
}

export class WriteLog {
  #steps: Step[] = [];

  record(undo: () => void, op: StorageOp | null): void {
    this.#steps.push({ undo, op });
  }

  mark(): number {
    return this.#steps.length;
  }

  rollbackTo(mark: number): void {
    while (this.#steps.length > mark) this.#steps.pop()!.undo();
  }

  /** Runs one statement; if it throws, its changes are undone before the error travels on. */
  statement<T>(run: () => T): T {
    const mark = this.mark();
    try {
      return run();
    } catch (error) {
      this.rollbackTo(mark);
      throw error;
    }
  }

  ops(): StorageOp[] {
    return this.#steps.flatMap((step) => (step.op === null ? [] : [step.op]));
  }
}
