/** Asks the provider for one copy, where the feed alone does not settle what became of it. */
import type { RemoteId } from '../domain/ids.ts';
import type { Absorbable } from './absorb.ts';
import type { Session } from './session.ts';

/** The copy as it is now, as a change: present, or gone. */
export async function readSingly(s: Session, remoteId: RemoteId): Promise<Absorbable> {
  const remote = await s.open.read(s.remote, remoteId);
  return remote === null ? { kind: 'remove', remoteId } : { kind: 'upsert', remote };
}
