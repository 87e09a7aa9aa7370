/** What must have become of everybody's edits when all is quiet. */
import { expect } from 'chai';
import type { Conflict } from '../../src/domain/policy.ts';
import type { Play } from './history.ts';
import { tenant } from './stage.ts';
import { textsOf } from './texts.ts';

export async function conflictsOf(play: Play): Promise<readonly Conflict[]> {
  const query = { state: null, eventId: null, limit: 1000, after: null };
  return (await play.store.conflicts.list(tenant, query)).data;
}

const recordOf = async (play: Play): Promise<string> =>
  (await conflictsOf(play)).map((c) => `${c.ours} ${c.theirs}`).join(' ');

/**
 * A text that a person wrote came into the event, is named in a conflict, or stands where it was written; or they took it
 * back (invariant 3).
 */
export async function editsAreKept(play: Play): Promise<void> {
  const record = await recordOf(play);
  const standing = new Set(
    play.calendars.flatMap(({ owner }) => owner.events().flatMap((i) => [...textsOf(i.fields)])),
  );
  for (const edit of play.ledger.edits.values()) {
    if (edit.isExcused || edit.by === 'rest' || standing.has(edit.text)) continue;
    const isKnown = play.ledger.seen.has(edit.text) || record.includes(`"${edit.text}"`);
    expect(isKnown, `the edit "${edit.text}" is not lost`).to.equal(true);
  }
}

/** A text of REST gave way only to REST, to somebody who had read it, or to a decision that is on record (invariant 3). */
export async function restIsKept(play: Play): Promise<void> {
  const record = await recordOf(play);
  const { edits } = play.ledger;
  for (const { from, to } of play.ledger.replaced) {
    if (edits.get(from)?.by !== 'rest' || edits.get(to)?.by === 'rest') continue;
    const read: string[] = [];
    for (let text: string | undefined = to; text !== undefined && !read.includes(text); ) {
      read.push(text);
      const edit = edits.get(text);
      text = edit?.by === 'person' ? edit.over : undefined;
    }
    const isFair = read.includes(from) || record.includes(`"${from}"`);
    expect(isFair, `"${from}" of REST gave way to "${to}"`).to.equal(true);
  }
}

/** Versions rise by what people and REST did, and by the policy's answers on record; by nothing else (invariant 4). */
export async function nothingIsInvented(play: Play): Promise<void> {
  const conflicts = (await conflictsOf(play)).filter((c) => c.kind !== 'overlap');
  const raises = (await play.stage.events()).reduce((sum, event) => sum + event.version - 1, 0);
  expect(raises, 'versions rise by edits only').to.be.at.most(
    play.changes.rest + play.changes.person + conflicts.length,
  );
}
