/** Plays a history: people at their calendars, REST, visits that crash or sleep, servers that misbehave. */
import type { Item } from '../../connectors/memory/world.ts';
import type { Event, EventFields } from '../../src/domain/event.ts';
import type { Store } from '../../src/store/store.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields } from './builders.ts';
import { failAt } from './fail-at.ts';
import type { CalendarSetup, PersonStep, RestStep, Setup, Step, VisitStep } from './history-steps.ts';
import { jittered } from './jitter.ts';
import { pauseAt } from './pause-at.ts';
import type { Attached, Stage } from './stage.ts';
import { aStage, visitDeps } from './stage.ts';
import type { Ledger } from './texts.ts';
import { makeLedger, slot, whimsical } from './texts.ts';

export type { Setup } from './history-steps.ts';

export interface Play {
  readonly stage: Stage;
  readonly setup: Setup;
  readonly calendars: readonly Attached[];
  /** What everybody wrote, and what became of it. */
  readonly ledger: Ledger;
  readonly store: Store;
  readonly changes: { rest: number; person: number };
  readonly late: { letGo(): void; end: Promise<unknown> }[];
}

export async function begin(setup: Setup): Promise<Play> {
  const ledger = makeLedger();
  const stage = await aStage({
    ...(setup.isWayward ? { reword: wayward } : {}),
    capabilities: setup.capabilities,
    wrap: ledger.watch,
  });
  const calendars: Attached[] = [];
  for (const [i, over] of setup.calendars.entries()) {
    calendars.push(await stage.attach(`cal${i}`, { ...over, policy: setup.policy }));
  }
  return { stage, setup, calendars, ledger, store: stage.store, changes: { rest: 0, person: 0 }, late: [] };
}

export async function perform(play: Play, step: Step): Promise<void> {
  switch (step.do) {
    case 'create':
    case 'duplicate':
    case 'delete':
    case 'undelete':
    case 'edit':
    case 'whim':
      return byPerson(play, step);
    case 'book':
    case 'cancel':
    case 'rest edit':
      return byRest(play, step);
    case 'trouble':
      return turnKnob(play.calendars[step.at]!, step.trouble);
    default:
      return byVisitor(play, step);
  }
}

/** Lets late visitors go on and waits for their end. */
export async function wake(play: Play): Promise<void> {
  for (const one of play.late.splice(0)) {
    one.letGo();
    await one.end;
  }
}

/** Servers and network behave from now on. */
export function calm(play: Play): void {
  for (const { server } of play.calendars) {
    Object.assign(server.knobs, { lostAnswers: 0, lostRequests: 0, storms: 0, feedRepeat: 0, feedLag: 0, burnt: 0 });
  }
}

const nth = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

function byPerson(play: Play, step: PersonStep): void {
  const { owner, server } = play.calendars[step.at]!;
  const { ledger } = play;
  const setup = play.setup.calendars[step.at]!;
  play.changes.person += 1;
  if (step.do === 'create') {
    const fields = someFields({ ...slot(step.pick * 5 + ledger.count()), title: '', location: '' });
    const made = { ...fields, ...ledger.write('person', 'what', fields) };
    if (setup.share === 'busy' || setup.role === 'write') ledger.excuse(made);
    owner.create(made);
    return;
  }
  if (step.do === 'undelete') {
    const gone = [...server.items.values()].filter((item) => item.isGone);
    const item = nth(gone, step.pick);
    if (item !== undefined) owner.undelete(item.remoteId);
    return;
  }
  const item = nth(owner.events(), step.pick);
  if (item === undefined) return;
  if (step.do === 'duplicate') owner.duplicate(item.remoteId);
  if (step.do === 'delete') {
    ledger.excuse(item.fields);
    owner.remove(item.remoteId);
  }
  if (step.do === 'edit' || step.do === 'whim') edit(play, setup, owner, item, step);
}

function edit(
  { ledger }: Play,
  setup: CalendarSetup,
  owner: Attached['owner'],
  item: Item,
  step: Extract<PersonStep, { do: 'edit' | 'whim' }>,
): void {
  const { fields } = item;
  const change = step.do === 'edit' ? ledger.write('person', step.unit, fields) : whimsical(step.whim, fields);
  const next = { ...fields, ...change };
  // What was written over where it stood, and what may not be read, nobody else can know.
  ledger.excuse({
    title: next.title === fields.title ? '' : fields.title,
    location: next.location === fields.location ? '' : fields.location,
  });
  if (isUnread(setup, item) || next.privacy === 'private' || fields.privacy === 'private') ledger.excuse(next);
  owner.edit(item.remoteId, change);
}

/** Words on a copy that shows time only, and anything of their own in a calendar that we only write to, are not read. */
function isUnread(calendar: CalendarSetup, item: Item): boolean {
  if (item.createId === null) return calendar.share === 'busy' || calendar.role === 'write';
  const isBooking = item.mark?.eventId.startsWith('evt_b') === true;
  return calendar.share === 'busy' || (!isBooking && (calendar.mirror !== 'full' || item.fields.title === 'Busy'));
}

async function byRest({ stage, ledger, changes }: Play, step: RestStep): Promise<void> {
  changes.rest += 1;
  if (step.do === 'book') {
    const { title } = ledger.write('rest', 'what', someFields({ title: '' }));
    await stage.book(`b${title}`, { ...slot(step.pick * 3 + ledger.count()), title: title ?? '', location: '' });
    return;
  }
  const bookings = (await stage.events()).filter((event) => event.booking !== null);
  const booking = nth(bookings, step.pick);
  if (booking === undefined) return;
  await stage.change(booking.id, (event: Event): Event => {
    if (step.do !== 'rest edit') return { ...event, deletedAt: stage.clock.now() };
    return { ...event, fields: { ...event.fields, ...ledger.write('rest', step.unit, event.fields) } };
  });
}

async function byVisitor(play: Play, step: VisitStep): Promise<void> {
  const { stage, calendars, store, late, ledger } = play;
  const visitor = (over: Store, owner: string) =>
    makeVisitor(visitDeps(over, stage.clock, stage.connector, { settings: { owner: `${owner} ${ledger.count()}` } }));
  switch (step.do) {
    case 'visit':
      await stage.visit(calendars[step.at]!);
      return;
    case 'meet': {
      const ids = calendars.map((calendar, i) => (i === 2 ? calendars[step.at]! : calendar).id);
      await Promise.all(ids.map((id, i) => visitor(jittered(store, step.seed + i), `meet ${i}`).visit(id)));
      return;
    }
    case 'crash': {
      const crash = failAt(store, step.call, step.when);
      const dying = visitor(crash.store, 'dying');
      await dying.visit(calendars[step.at]!.id).catch(() => null);
      stage.clock.advance(130_000);
      return;
    }
    case 'stall': {
      const pause = pauseAt(store, step.call, step.when);
      const sleeper = visitor(pause.store, `late ${late.length}`);
      const end = sleeper.visit(calendars[step.at]!.id).catch(() => null);
      await Promise.race([pause.reached, end]);
      late.push({ letGo: pause.letGo, end });
      stage.clock.advance(130_000);
      return;
    }
    case 'wake':
      return wake(play);
    case 'wait':
      stage.clock.advance(20 * 60_000);
      return;
  }
}

/** As real calendars do: markup around the description, no busy state of their own, trimmed titles. */
const wayward = (f: EventFields): EventFields => ({
  ...f,
  description: f.description.startsWith('<p>') ? f.description : `<p>${f.description}</p>`,
  busy: f.busy === 'free' ? 'free' : 'busy',
  title: f.title.trim(),
});

function turnKnob({ server }: Attached, trouble: string): void {
  const { knobs } = server;
  if (trouble === 'lost answer') knobs.lostAnswers += 1;
  if (trouble === 'lost request') knobs.lostRequests += 1;
  if (trouble === 'storm') knobs.storms += 1;
  if (trouble === 'cursor') server.era += 1;
  if (trouble === 'repeat') knobs.feedRepeat = 4;
  if (trouble === 'lag') knobs.feedLag = 1;
  if (trouble === 'burnt') knobs.burnt += 1;
}
