/** At least once: what a calendar changed is told though the visit dies at any of its calls to the store. */
import { expect } from 'chai';
import type { EventFields } from '../../src/domain/event.ts';
import { isWebhookEvent } from '../../src/domain/webhook.ts';
import { defaultPolicy, someFields } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import type { Play, Setup } from '../kit/history.ts';
import { begin } from '../kit/history.ts';
import { slot } from '../kit/history-times.ts';
import { endsWell } from '../kit/holds.ts';
import { tenant } from '../kit/stage.ts';
import { quiet } from '../kit/verdicts.ts';

const setup: Setup = {
  calendars: [{ role: 'two-way', share: 'full', mirror: 'none' }],
  policy: defaultPolicy,
  season: 'fold',
};
const day = (n: number): Pick<EventFields, 'start' | 'end'> => slot('fold', 24 * n + 9);
const owner = (play: Play) => play.calendars[0]!.owner;
const first = (play: Play) => owner(play).events()[0]!;

const changes: readonly [name: string, kind: string, change: (play: Play) => void][] = [
  ['a new appointment', 'calendar.blocked', (play) => void owner(play).create(someFields(day(4)))],
  ['a drag', 'calendar.blocked', (play) => owner(play).edit(first(play).remoteId, day(2))],
  ['a deletion', 'calendar.freed', (play) => owner(play).remove(first(play).remoteId)],
];

async function cut(change: (play: Play) => void, n: number, when: 'before' | 'after', kind: string): Promise<boolean> {
  const play = await begin(setup);
  owner(play).create(someFields(day(1)));
  await quiet(play);
  const before = new Map((await play.stage.events()).map((event) => [event.id, event.version]));
  change(play);
  play.changes.person += 1;
  const crash = failAt(play.store, n, when);
  await play
    .visitor(crash.store, 'dying')
    .visit(play.calendars[0]!.id)
    .catch(() => null);
  play.stage.clock.advance(11 * 60_000);
  await endsWell(play);
  await play.desk.settleSheets(100);
  const known = await play.store.events.getMany(tenant, [...before.keys()]);
  const events = [...known, ...(await play.stage.events()).filter((event) => !before.has(event.id))];
  const changed = events.filter((event) => event.version !== before.get(event.id));
  expect(changed, `cut ${when} call ${n}`).to.have.length(1);
  const [event] = changed;
  const lines = await play.store.journal.ofEvent(event!.tenantId, event!.id, 50);
  const told = lines.filter((line) => line.version === event!.version && isWebhookEvent(line.kind));
  expect(told.map((line) => line.kind)[0], `cut ${when} call ${n}`).to.equal(kind);
  expect(event!.untold, `cut ${when} call ${n}`).to.equal(undefined);
  return crash.hasCrashed();
}

describe('what a calendar changed is told though the visit dies', () => {
  for (const [name, kind, change] of changes) {
    for (const when of ['before', 'after'] as const) {
      it(`${name}, ${when} any of its calls`, async () => {
        let n = 1;
        while (await cut(change, n, when, kind)) n += 1;
        expect(n).to.be.above(6);
      });
    }
  }
});
