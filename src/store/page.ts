/** One page of a list, and how one asks for it. */

/** One page of a list and the cursor of the next one, or null at the end. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly next: string | null;
}
export interface PageQuery {
  readonly limit: number;
  readonly after: string | null;
}
