/** The state of one calendar collection: objects, their ETags, and a history for sync tokens. */

export interface Item {
  readonly etag: string;
  readonly text: string;
}

export class Collection {
  readonly path: string;
  readonly items = new Map<string, Item>();
  /** Name to the revision of its last change, in order of change. */
  private readonly history = new Map<string, number>();
  private rev = 1;
  private oldestToken = 0;

  constructor(path: string) {
    this.path = path;
  }

  put(name: string, text: string): Item {
    this.rev += 1;
    const item = { etag: `"e${this.rev}"`, text };
    this.items.set(name, item);
    this.touch(name);
    return item;
  }

  remove(name: string): void {
    if (!this.items.delete(name)) return;
    this.rev += 1;
    this.touch(name);
  }

  private touch(name: string): void {
    this.history.delete(name);
    this.history.set(name, this.rev);
  }

  get token(): string {
    return this.tokenAt(this.rev);
  }

  get ctag(): string {
    return `ctag-${this.rev}`;
  }

  /** From now on no token given so far is known. */
  forgetTokens(): void {
    this.rev += 1;
    this.oldestToken = this.rev;
  }

  /** Names changed after a token, oldest first, cut at `limit`; null for a token that is not known (any more). */
  since(token: string, limit: number | null): { names: string[]; token: string; isCut: boolean } | null {
    const from = token === '' ? 0 : Number(/^data:,sync-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
    if (Number.isNaN(from) || (from !== 0 && from < this.oldestToken) || from > this.rev) return null;
    const changed = [...this.history].filter(([, rev]) => rev > from);
    const isCut = limit !== null && changed.length > limit;
    const taken = isCut ? changed.slice(0, limit) : changed;
    return { names: taken.map(([name]) => name), token: isCut ? this.tokenAt(taken.at(-1)![1]) : this.token, isCut };
  }

  private tokenAt(rev: number): string {
    return `data:,sync-${rev}`;
  }
}
