/** Random histories of one technician's calendars: people, REST, faults, crashes and late visitors, then quiet. */
import fc from 'fast-check';
import type { Item } from '../../connectors/memory/world.ts';
import type { Calendar, CalendarRole, Mirror, Share } from '../../src/domain/calendar.ts';
import type { Capabilities } from '../../src/domain/connector.ts';
import type { Event, EventFields } from '../../src/domain/event.ts';
import type { EventId } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/store.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from './builders.ts';
import { failAt } from './fail-at.ts';
import { jittered } from './jitter.ts';
import { pauseAt } from './pause-at.ts';
import type { Attached, Stage, StageOptions } from './stage.ts';
import { aStage, visitDeps } from './stage.ts';

export type Step =
  | { readonly do: 'create' | 'duplicate' | 'delete' | 'undelete'; readonly at: number; readonly pick: number }
  | { readonly do: 'edit'; readonly at: number; readonly pick: number; readonly unit: 'what' | 'where' | 'when' }
  | { readonly do: 'book' | 'cancel'; readonly pick: number }
  | { readonly do: 'rest edit'; readonly pick: number; readonly unit: 'what' | 'where' | 'when' }
  | { readonly do: 'visit'; readonly at: number }
  | { readonly do: 'meet'; readonly at: number; readonly seed: number }
  | { readonly do: 'crash' | 'stall'; readonly at: number; readonly call: number; readonly when: 'before' | 'after' }
  | { readonly do: 'fault'; readonly at: number; readonly fault: Fault }
  | { readonly do: 'wake' }
  | { readonly do: 'wait' };
type Fault = 'lost answer' | 'lost request' | 'storm' | 'cursor' | 'repeat' | 'lag' | 'burnt';

export interface Setup {
  readonly calendars: readonly { readonly role: CalendarRole; readonly share: Share; readonly mirror: Mirror }[];
  readonly capabilities: Partial<Capabilities>;
  /** The provider loses fields and words others in its own way. */
  readonly isWayward: boolean;
}

export interface History {
  readonly setup: Setup;
  readonly steps: readonly Step[];
}

const at = fc.nat({ max: 2 });
const pick = fc.nat({ max: 20 });
const unit = fc.constantFrom('what' as const, 'where' as const, 'when' as const);
const cut = fc.record({
  at,
  call: fc.integer({ min: 1, max: 14 }),
  when: fc.constantFrom('before' as const, 'after' as const),
});
const faults = fc.constantFrom<Fault>('lost answer', 'lost request', 'storm', 'cursor', 'repeat', 'lag', 'burnt');

const person = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('create' as const), at, pick }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('edit' as const), at, pick, unit }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), at, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('duplicate' as const, 'undelete' as const), at, pick }) },
);
const rest = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('book' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rest edit' as const), pick, unit }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick }) },
);
const visits = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('visit' as const), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('meet' as const), at, seed: fc.nat() }) },
  { weight: 3, arbitrary: cut.map((c) => ({ do: 'crash' as const, ...c })) },
  { weight: 2, arbitrary: cut.map((c) => ({ do: 'stall' as const, ...c })) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'wake' }, { do: 'wait' }) },
);

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: person },
  { weight: 3, arbitrary: rest },
  { weight: 5, arbitrary: visits },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fault' as const), at, fault: faults }) },
);

export const setups: fc.Arbitrary<Setup> = fc.record({
  calendars: fc.tuple(
    fc.constant({ role: 'two-way', share: 'full', mirror: 'none' } as const),
    fc.constantFrom(
      { role: 'two-way', share: 'full', mirror: 'full' } as const,
      { role: 'two-way', share: 'busy', mirror: 'busy' } as const,
    ),
    fc.constantFrom(
      { role: 'read', share: 'full', mirror: 'none' } as const,
      { role: 'two-way', share: 'full', mirror: 'busy' } as const,
      { role: 'write', share: 'full', mirror: 'full' } as const,
    ),
  ),
  capabilities: fc.constantFrom<Partial<Capabilities>>(
    {},
    {},
    { feed: 'listing' },
    { createBy: 'own-href', parallel: 1 },
    { mark: 'on-read', createBy: 'transaction-key' },
  ),
  isWayward: fc.boolean(),
});

export const histories: fc.Arbitrary<History> = fc.record({
  setup: setups,
  steps: fc.array(steps, { minLength: 4, maxLength: 28, size: 'max' }),
});

/** An edit by a person: which text, over which text it was written, and whether anybody could still know of it. */
export interface Edit {
  readonly text: string;
  readonly over: string;
  readonly by: 'person' | 'rest';
  /** A person wrote over it, or deleted it, where it stood. */
  isExcused: boolean;
}

export interface Replacement {
  readonly from: string;
  readonly to: string;
}

export interface Play {
  readonly stage: Stage;
  readonly calendars: readonly Attached[];
  /** Raw store, past all wrappers. */
  readonly store: Store;
  readonly edits: Map<string, Edit>;
  /** Texts that were in a canonical event at some time. */
  readonly seen: Set<string>;
  /** Every replacement of one text by another in a canonical event. */
  readonly replaced: Replacement[];
  readonly changes: { rest: number; person: number };
  /** Lets late visitors go on and waits for their end. */
  wake(): Promise<void>;
  step(step: Step): Promise<void>;
}

export async function begin(setup: Setup, o: StageOptions = {}): Promise<Play> {
  const seen = new Set<string>();
  const replaced: Replacement[] = [];
  const stage = await aStage({
    ...(setup.isWayward ? { reword: wayward } : {}),
    ...o,
    capabilities: { ...setup.capabilities, ...o.capabilities },
    wrap: (s) => watched(s, seen, replaced),
  });
  const { store } = stage;
  const calendars: Attached[] = [];
  for (const [i, over] of setup.calendars.entries())
    calendars.push(await stage.attach(`cal${i}`, over satisfies Partial<Calendar>));
  const edits = new Map<string, Edit>();
  const late: { letGo(): void; end: Promise<unknown> }[] = [];
  const changes = { rest: 0, person: 0 };
  let count = 0;

  const nth = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];
  const text = (): string => {
    count += 1;
    return `t${count}`;
  };
  const slot = (n: number): Pick<EventFields, 'start' | 'end'> => {
    const hour = String(6 + (n % 12)).padStart(2, '0');
    const day = String(1 + (Math.floor(n / 12) % 5)).padStart(2, '0');
    return { start: zoned(`2027-06-${day}T${hour}:00`), end: zoned(`2027-06-${day}T${hour}:45`) };
  };
  const written = (by: Edit['by'], unit: 'what' | 'where' | 'when', old: EventFields): Partial<EventFields> => {
    if (unit === 'when') {
      count += 1;
      return slot(count * 7);
    }
    const fresh = text();
    const over = unit === 'what' ? old.title : old.location;
    edits.set(fresh, { text: fresh, over, by, isExcused: false });
    return unit === 'what' ? { title: fresh } : { location: fresh };
  };
  const excuse = (fields: EventFields): void => {
    for (const t of [fields.title, fields.location]) {
      const edit = edits.get(t);
      if (edit !== undefined) edit.isExcused = true;
    }
  };
  const bookings = async (): Promise<readonly Event[]> =>
    (await stage.events()).filter((event) => event.booking !== null);
  const visitor = (over: Store, owner: string) =>
    makeVisitor(visitDeps(over, stage.clock, stage.connector, { settings: { owner } }));
  const wake = async (): Promise<void> => {
    for (const one of late.splice(0)) {
      one.letGo();
      await one.end;
    }
  };

  const people = (step: Extract<Step, { at: number; pick: number }>): void => {
    const calendar = calendars[step.at]!;
    const { owner, server } = calendar;
    const there = owner.events();
    const item = nth(there, step.pick);
    if (step.do === 'create') {
      changes.person += 1;
      const fields = someFields({ ...slot(step.pick * 5 + count), title: '', location: '' });
      const made = { ...fields, ...written('person', 'what', fields) };
      const { role, share } = setup.calendars[step.at]!;
      if (share === 'busy' || role === 'write') excuse(made);
      owner.create(made);
    } else if (step.do === 'undelete') {
      const gone = nth(
        [...server.items.values()].filter((i) => i.isGone),
        step.pick,
      );
      changes.person += 1;
      if (gone !== undefined) owner.undelete(gone.remoteId);
    } else if (item !== undefined) {
      changes.person += 1;
      if (step.do === 'duplicate') owner.duplicate(item.remoteId);
      if (step.do === 'delete') {
        excuse(item.fields);
        owner.remove(item.remoteId);
      }
      if (step.do === 'edit') {
        const change = written('person', step.unit, item.fields);
        if (isUnread(setup.calendars[step.at]!, item)) excuse({ ...item.fields, ...change });
        if (step.unit === 'what') excuse({ ...item.fields, location: '' });
        if (step.unit === 'where') excuse({ ...item.fields, title: '' });
        owner.edit(item.remoteId, change);
      }
    }
  };

  const byRest = async (step: Extract<Step, { do: 'book' | 'cancel' } | { do: 'rest edit' }>): Promise<void> => {
    changes.rest += 1;
    if (step.do === 'book') {
      const fields = { ...slot(step.pick * 3 + count), title: text(), location: '' };
      await stage.book(`b${fields.title}`, fields);
      return;
    }
    const booking = nth(await bookings(), step.pick);
    if (booking === undefined) return;
    const cancelled = { deletedAt: stage.clock.now() };
    const change = (event: Event): Event => {
      if (step.do !== 'rest edit') return { ...event, ...cancelled };
      return { ...event, fields: { ...event.fields, ...written('rest', step.unit, event.fields) } };
    };
    await stage.change(booking.id, change);
  };

  const stall = async (step: Extract<Step, { do: 'crash' | 'stall' }>): Promise<void> => {
    const pause = pauseAt(store, step.call, step.when);
    const end = visitor(pause.store, `late ${late.length} ${count}`)
      .visit(calendars[step.at]!.id)
      .catch(() => null);
    await Promise.race([pause.reached, end]);
    late.push({ letGo: pause.letGo, end });
    stage.clock.advance(130_000);
  };

  const step = async (step: Step): Promise<void> => {
    switch (step.do) {
      case 'create':
      case 'duplicate':
      case 'delete':
      case 'undelete':
      case 'edit':
        return people(step);
      case 'book':
      case 'cancel':
      case 'rest edit':
        return byRest(step);
      case 'visit':
        await stage.visit(calendars[step.at]!);
        return;
      case 'meet':
        await Promise.all(
          calendars.map((calendar, i) =>
            visitor(jittered(store, step.seed + i), `meet ${i} ${count}`).visit(
              (i === 2 ? calendars[step.at]! : calendar).id,
            ),
          ),
        );
        return;
      case 'crash': {
        const crash = failAt(store, step.call, step.when);
        await visitor(crash.store, `dead ${count}`)
          .visit(calendars[step.at]!.id)
          .catch(() => null);
        stage.clock.advance(130_000);
        return;
      }
      case 'stall':
        return stall(step);
      case 'wake':
        return wake();
      case 'wait':
        stage.clock.advance(20 * 60_000);
        return;
      case 'fault':
        turnKnob(calendars[step.at]!, step.fault);
        return;
    }
  };
  return { stage, calendars, store, edits, seen, replaced, changes, wake, step };
}

/** Words on a copy that shows time only, and anything of their own in a calendar that we only write to, are not read. */
function isUnread(calendar: Setup['calendars'][number], item: Item): boolean {
  if (item.createId === null) return calendar.share === 'busy' || calendar.role === 'write';
  const isBooking = item.mark?.eventId.startsWith('evt_b') === true;
  return calendar.share === 'busy' || (!isBooking && calendar.mirror !== 'full');
}

/** As real calendars do: markup around the description, no busy state, whole minutes, shouting in places. */
const wayward = (f: EventFields): EventFields => ({
  ...f,
  description: f.description.startsWith('<p>') ? f.description : `<p>${f.description}</p>`,
  busy: 'busy',
  title: f.title.trim(),
});

function turnKnob({ server }: Attached, fault: Fault): void {
  const { knobs } = server;
  if (fault === 'lost answer') knobs.lostAnswers += 1;
  if (fault === 'lost request') knobs.lostRequests += 1;
  if (fault === 'storm') knobs.storms += 1;
  if (fault === 'cursor') server.era += 1;
  if (fault === 'repeat') knobs.feedRepeat = 4;
  if (fault === 'lag') knobs.feedLag = 1;
  if (fault === 'burnt') knobs.burnt += 1;
}

/** Servers and network behave from now on. */
export function calm(play: Play): void {
  for (const { server } of play.calendars) {
    Object.assign(server.knobs, { lostAnswers: 0, lostRequests: 0, storms: 0, feedRepeat: 0, feedLag: 0, burnt: 0 });
  }
}

/** Notes every text that an event ever had, and what it was replaced by. */
function watched(inner: Store, seen: Set<string>, replaced: Replacement[]): Store {
  const texts = new Map<EventId, readonly [string, string]>();
  const note = (events: readonly Event[], isSaved: readonly boolean[]): void => {
    for (const [i, event] of events.entries()) {
      if (!isSaved[i]) continue;
      const now = [event.fields.title, event.fields.location] as const;
      const before = texts.get(event.id) ?? now;
      texts.set(event.id, now);
      for (const k of [0, 1] as const) {
        seen.add(now[k]);
        if (before[k] !== now[k]) replaced.push({ from: before[k], to: now[k] });
      }
    }
  };
  return {
    ...inner,
    events: {
      ...inner.events,
      async saveMany(next) {
        const isSaved = await inner.events.saveMany(next);
        note(next, isSaved);
        return isSaved;
      },
      async save(next) {
        const isSaved = await inner.events.save(next);
        note([next], [isSaved]);
        return isSaved;
      },
      async insert(event) {
        const outcome = await inner.events.insert(event);
        note([event], [outcome === 'inserted']);
        return outcome;
      },
    },
  };
}
