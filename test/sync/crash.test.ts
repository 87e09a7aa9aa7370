/**
 * Invariant 9. Kills a visit at every call to the store, before and after its effect, and compares the end with that of a
 * visit that lived. What a provider was told before the process died shows in what is found there afterwards.
 */
import { expect } from 'chai';
import type { Event, EventFields } from '../../src/domain/event.ts';
import { spanOf } from '../../src/domain/series.ts';
import { defaultPolicy, someFields } from '../kit/builders.ts';
import { aChange, aRequest, granted } from '../kit/desk.ts';
import { failAt } from '../kit/fail-at.ts';
import type { Play, Setup } from '../kit/history.ts';
import { begin } from '../kit/history.ts';
import { following, home, slot, turned } from '../kit/history-times.ts';
import { endsWell } from '../kit/holds.ts';
import { tenant } from '../kit/stage.ts';
import { quiet } from '../kit/verdicts.ts';
import { timeIsCovered } from '../kit/verdicts-time.ts';

const setup: Setup = {
  calendars: [
    { role: 'two-way', share: 'full', mirror: 'none' },
    { role: 'two-way', share: 'full', mirror: 'full' },
  ],
  policy: defaultPolicy,
  season: 'fold',
};
/** The same hour on another day. */
const day = (n: number): Pick<EventFields, 'start' | 'end'> => slot('fold', 24 * n + 9);

interface Journey {
  readonly name: string;
  before(play: Play): Promise<void>;
  /** What the calendar's owner does between the crash and the next visit. */
  after(play: Play): void;
}

const owner = (play: Play) => play.calendars[0]!.owner;
const first = (play: Play) => owner(play).events()[0]!;
function edit(play: Play, change: Partial<EventFields>, at = 0): void {
  const { owner: person } = play.calendars[at]!;
  play.changes.person += 1;
  person.edit(person.events()[0]!.remoteId, change);
}

async function book(play: Play): Promise<Event> {
  const span = spanOf(someFields(day(1)), home);
  const request = aRequest({ span, resourceIds: [play.stage.resource.id], timeZone: home, idempotencyKey: 'one' });
  return granted(await play.desk.book(tenant, request));
}
async function known(play: Play, over: Partial<EventFields> = {}): Promise<void> {
  owner(play).create(someFields({ ...day(1), ...over }));
  await quiet(play);
}
const daily = { series: { rules: ['FREQ=DAILY;COUNT=4'], extraDates: [] } };

const journeys: readonly Journey[] = [
  {
    name: 'a booking on its way out',
    before: async (play) => void (await book(play)),
    after: () => {},
  },
  {
    name: 'an event on its way in, deleted before anybody looks again',
    before: async (play) => void owner(play).create(someFields(day(1))),
    after: (play) => owner(play).remove(first(play).remoteId),
  },
  {
    name: 'a drag, dragged on before anybody looks again',
    async before(play) {
      await known(play);
      edit(play, day(2));
    },
    after: (play) => edit(play, day(3)),
  },
  {
    name: 'a drag of a booking, taken back before anybody looks again',
    async before(play) {
      await book(play);
      await quiet(play);
      edit(play, day(2));
    },
    after: (play) => edit(play, day(1)),
  },
  {
    name: 'a deletion that mirrors must follow',
    async before(play) {
      await known(play);
      owner(play).remove(first(play).remoteId);
    },
    after: () => {},
  },
  {
    name: 'a cancelled booking',
    async before(play) {
      const { booking } = await book(play);
      await quiet(play);
      await play.desk.act(tenant, booking!.id, 'cancel', null);
    },
    after: () => {},
  },
  {
    name: 'a booking moved by REST whose copy gets a new place',
    async before(play) {
      const { booking } = await book(play);
      await quiet(play);
      const span = spanOf(someFields(day(3)), home);
      granted(await play.desk.change(tenant, booking!.id, aChange({ span })));
      play.changes.rest += 1;
      edit(play, { location: 'back door' }, 1);
    },
    after: () => {},
  },
  {
    name: 'one occurrence of a series deleted, and another one moved before anybody looks again',
    async before(play) {
      await known(play, daily);
      edit(play, turned('skip', first(play).fields, 'fold'));
    },
    after: (play) => edit(play, { ...turned('shift', first(play).fields, 'fold') }),
  },
  {
    name: 'a series split into this and following',
    async before(play) {
      await known(play, daily);
      owner(play).create(following(first(play).fields));
      edit(play, turned('split', first(play).fields, 'fold'));
    },
    after: () => {},
  },
];

/** Everything that lasts: what is canonical, what each calendar shows. */
async function endOf(play: Play): Promise<unknown> {
  const text = (value: unknown) => JSON.stringify(value);
  return {
    events: (await play.stage.events()).map(({ fields, booking }) => text([fields, booking?.status ?? null])).sort(),
    copies: play.calendars.map((seat) =>
      seat.owner
        .events()
        .map(({ fields }) => text(fields))
        .sort(),
    ),
  };
}

async function lived(journey: Journey): Promise<unknown> {
  const play = await begin(setup);
  await journey.before(play);
  for (const seat of play.calendars) await play.visit(seat);
  journey.after(play);
  await endsWell(play);
  return endOf(play);
}

/** Runs the journey with a cut at the n-th call; false when it has fewer calls. */
async function cut(journey: Journey, n: number, when: 'before' | 'after', whole: unknown): Promise<boolean> {
  const play = await begin(setup);
  await journey.before(play);
  const crash = failAt(play.store, n, when);
  const dying = play.visitor(crash.store, 'dying');
  for (const seat of play.calendars) await dying.visit(seat.id).catch(() => null);
  if (!crash.hasCrashed()) return false;
  await timeIsCovered(play);
  journey.after(play);
  play.stage.clock.advance(11 * 60_000);
  await endsWell(play);
  expect(await endOf(play), `cut ${when} call ${n}`).to.deep.equal(whole);
  return true;
}

describe('invariant 9: a process that dies in the middle of a visit loses nothing and invents nothing', function () {
  this.timeout(600_000);
  for (const journey of journeys) {
    for (const when of ['before', 'after'] as const) {
      it(`${journey.name}: cut ${when} each call`, async () => {
        const whole = await lived(journey);
        let n = 1;
        while (await cut(journey, n, when, whole)) n += 1;
        expect(n).to.be.above(6);
      });
    }
  }
});
