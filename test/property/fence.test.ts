/** Invariant 12: a visitor whose lease passed on changes neither link nor event nor cursor, wherever it fell asleep. */
import { expect } from 'chai';
import { defaultPolicy, someFields } from '../kit/builders.ts';
import type { Play, Setup } from '../kit/history.ts';
import { begin, wake } from '../kit/history.ts';
import { slot, turned } from '../kit/history-times.ts';
import { byVisitor } from '../kit/history-visits.ts';
import { endsWell } from '../kit/holds.ts';
import { tenant } from '../kit/stage.ts';
import { quiet } from '../kit/verdicts.ts';

const setup: Setup = {
  calendars: [
    { role: 'two-way', share: 'full', mirror: 'none' },
    { role: 'two-way', share: 'full', mirror: 'full' },
  ],
  policy: defaultPolicy,
  season: 'gap',
};
const owner = (play: Play) => play.calendars[0]!.owner;
const nth = (play: Play, n: number) => owner(play).events()[n]!;

interface Scene {
  readonly name: string;
  /** What the sleeper finds; it has seen two events before. */
  before(play: Play): void;
  /** What the calendar's owner does while it sleeps. */
  meanwhile(play: Play): void;
}
const scenes: readonly Scene[] = [
  {
    name: 'with a drag in hand that is dragged on',
    before: (play) => owner(play).edit(nth(play, 0).remoteId, slot('gap', 30)),
    meanwhile: (play) => owner(play).edit(nth(play, 0).remoteId, slot('gap', 40)),
  },
  {
    name: 'with a new event in hand that is deleted',
    before: (play) => void owner(play).create(someFields(slot('gap', 50))),
    meanwhile: (play) => owner(play).remove(nth(play, 2).remoteId),
  },
  {
    name: 'with a deletion in hand that is taken back',
    before: (play) => owner(play).remove(nth(play, 1).remoteId),
    meanwhile: (play) => owner(play).undelete([...play.calendars[0]!.server.items.keys()][1]!),
  },
  {
    name: 'with a series in hand of which one occurrence is deleted',
    before: (play) => owner(play).edit(nth(play, 0).remoteId, turned('weekly', nth(play, 0).fields, 'gap')),
    meanwhile: (play) => owner(play).edit(nth(play, 0).remoteId, turned('skip', nth(play, 0).fields, 'gap')),
  },
];

/** Everything that a visit may write, revisions included. */
async function written(play: Play): Promise<unknown> {
  const calendars = await play.store.calendars.ofResource(tenant, play.stage.resource.id);
  const events = await play.stage.events();
  return {
    events: events.map(({ id, version, links }) => ({ id, version, links })),
    cursors: calendars.map(({ id, cursor, health, lease }) => ({ id, cursor, health, fence: lease.fence })),
  };
}

async function asleepAt(scene: Scene, call: number, when: 'before' | 'after'): Promise<void> {
  const play = await begin(setup);
  for (const n of [3, 4]) owner(play).create(someFields(slot('gap', n)));
  await quiet(play);
  scene.before(play);
  play.changes.person = 2;
  await byVisitor(play, { do: 'stall', at: 0, call, when });
  const { calls } = play.calendars[0]!.server;
  scene.meanwhile(play);
  await quiet(play);
  const [before, writes] = [await written(play), calls.write];
  await wake(play);
  expect(await written(play), `asleep ${when} call ${call}`).to.deep.equal(before);
  expect(calls.write).to.equal(writes);
  await endsWell(play);
}

describe('invariant 12: a visitor that wakes after its lease passed on', function () {
  this.timeout(600_000);
  for (const scene of scenes) {
    for (const when of ['before', 'after'] as const) {
      it(`${scene.name}, asleep ${when} any call, writes nothing`, async () => {
        // The first call asks for the lease.
        for (let call = when === 'before' ? 2 : 1; call <= 16; call += 1) await asleepAt(scene, call, when);
      });
    }
  }
});
