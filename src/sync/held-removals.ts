/** Removals of a change feed wait for its last page: only then is it known whether they are a mass. */
import type { Change } from '../domain/connector.ts';
import type { RemoteId } from '../domain/ids.ts';
import { remoteIdOf } from './lookup.ts';

type Removal = Extract<Change, { kind: 'remove' }>;

export interface HeldRemovals {
  /** What of a page is absorbed at once. A copy that is named again later in the feed is there again. */
  sift(changes: readonly Change[]): readonly Change[];
  readonly changes: readonly Removal[];
}

export function holdRemovals(): HeldRemovals {
  const held = new Map<RemoteId, Removal>();
  return {
    sift(changes) {
      const now: Change[] = [];
      for (const change of changes) {
        if (change.kind === 'remove') held.set(change.remoteId, change);
        else {
          held.delete(remoteIdOf(change));
          now.push(change);
        }
      }
      return now;
    },
    get changes() {
      return [...held.values()];
    },
  };
}
