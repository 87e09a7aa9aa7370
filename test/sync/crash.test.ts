/** Cuts the journeys at every call to the store, before and after its effect; the end must be as if nothing had happened. */
import { expect } from 'chai';
import type { EventFields } from '../../src/domain/event.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { defaultPolicy, someFields, zoned } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import type { Play, Setup } from '../kit/history.ts';
import { begin } from '../kit/history.ts';
import { visitDeps } from '../kit/stage.ts';
import { copiesAreOne, copiesConverge, quiet, quietIsQuiet, rowsAreDerivable } from '../kit/verdicts.ts';

const setup: Setup = {
  calendars: [
    { role: 'two-way', share: 'full', mirror: 'none' },
    { role: 'two-way', share: 'full', mirror: 'full' },
  ],
  capabilities: {},
  isWayward: false,
  policy: defaultPolicy,
};
const day = (n: number, hour = 9): Pick<EventFields, 'start' | 'end'> => ({
  start: zoned(`2027-06-0${n}T${String(hour).padStart(2, '0')}:00`),
  end: zoned(`2027-06-0${n}T${String(hour + 1).padStart(2, '0')}:00`),
});

interface Journey {
  readonly name: string;
  before(play: Play): Promise<void>;
  /** What the calendar's owner does between the crash and the next visit. */
  after(play: Play): void;
}

const owner = (play: Play) => play.calendars[0]!.owner;
const first = (play: Play) => owner(play).events()[0]!.remoteId;
const journeys: readonly Journey[] = [
  {
    name: 'a booking on its way out',
    before: async (play) => void (await play.stage.book('one', day(1))),
    after: () => {},
  },
  {
    name: 'an event on its way in, deleted before anybody looks again',
    before: async (play) => void owner(play).create(someFields(day(1))),
    after: (play) => owner(play).remove(first(play)),
  },
  {
    name: 'a drag, dragged on before anybody looks again',
    async before(play) {
      owner(play).create(someFields(day(1)));
      await quiet(play);
      owner(play).edit(first(play), day(2));
    },
    after: (play) => owner(play).edit(first(play), day(3)),
  },
  {
    name: 'a drag of a booking, taken back before anybody looks again',
    async before(play) {
      await play.stage.book('one', day(1));
      await quiet(play);
      owner(play).edit(first(play), day(2));
    },
    after: (play) => owner(play).edit(first(play), day(1)),
  },
  {
    name: 'a deletion that mirrors must follow',
    async before(play) {
      owner(play).create(someFields(day(1)));
      await quiet(play);
      owner(play).remove(first(play));
    },
    after: () => {},
  },
  {
    name: 'a cancelled booking',
    async before(play) {
      const { id } = await play.stage.book('one', day(1));
      await quiet(play);
      await play.stage.change(id, (event) => ({ ...event, deletedAt: play.stage.clock.now() }));
    },
    after: () => {},
  },
];

/** Runs the journey with a cut at the n-th call; false when it has fewer calls. */
async function cut(journey: Journey, n: number, when: 'before' | 'after'): Promise<boolean> {
  const play = await begin(setup);
  await journey.before(play);
  const crash = failAt(play.store, n, when);
  const dying = makeVisitor(
    visitDeps(crash.store, play.stage.clock, play.stage.connector, { settings: { owner: 'dying' } }),
  );
  for (const calendar of play.calendars) await dying.visit(calendar.id).catch(() => null);
  if (!crash.hasCrashed()) return false;
  journey.after(play);
  play.stage.clock.advance(11 * 60_000);
  await quiet(play);
  await copiesConverge(play);
  await copiesAreOne(play);
  await rowsAreDerivable(play);
  await quietIsQuiet(play);
  return true;
}

describe('a process that dies in the middle of a visit loses nothing and invents nothing', () => {
  for (const journey of journeys) {
    for (const when of ['before', 'after'] as const) {
      it(`${journey.name}: cut ${when} each call`, async () => {
        let n = 1;
        while (await cut(journey, n, when)) n += 1;
        expect(n).to.be.above(6);
      });
    }
  }
});
