/** Walks over all pages of a store's list. */
import type { Page, PageQuery } from '../store/store.ts';

const pageSize = 200;

export async function* every<T>(list: (query: PageQuery) => Promise<Page<T>>): AsyncGenerator<T> {
  let after: string | null = null;
  do {
    const page: Page<T> = await list({ limit: pageSize, after });
    yield* page.data;
    after = page.next;
  } while (after !== null);
}
