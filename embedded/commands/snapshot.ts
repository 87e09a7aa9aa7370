/** `embeddedSnapshot`, a command of our own: all data as it is at this moment, through a cursor; backups are made of it. */
import { unpack } from '../engine/record.ts';
import { takeSnapshot } from '../engine/snapshot.ts';
import { encode } from '../semantics/values.ts';
import { optionalDoc, optionalNumber } from './arguments.ts';
import type { Command, CommandContext } from './context.ts';

/** The cursor is asked for more of under this name in `admin`. */
export const SNAPSHOT_CURSOR = '$cmd.embeddedSnapshot';

/** The first document of the answer tells the collections and their counts, the others are the stored documents in that order. */
function embeddedSnapshot(context: CommandContext) {
  const { collections, stored } = takeSnapshot(context.engine);
  // The answer speaks of all of them, so it waits until all of them are durable.
  for (const collection of context.engine.collections()) context.touched.add(collection);
  const head = encode({ takenAt: context.now, collections });
  const results = {
    length: stored.length + 1,
    bytesAt: (position: number) => (position === 0 ? head : unpack(stored[position - 1]!)),
  };
  const batchSize = optionalNumber(optionalDoc(context.body, 'cursor'), 'batchSize');
  return context.cursors.first(`admin.${SNAPSHOT_CURSOR}`, results, { batchSize, singleBatch: false });
}

export const snapshotCommands: readonly Command[] = [
  { name: 'embeddedSnapshot', fields: ['cursor'], run: embeddedSnapshot },
];
