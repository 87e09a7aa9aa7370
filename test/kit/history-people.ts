/** What people do at their own calendars in a history. */
import type { Item } from '../../connectors/memory/world.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { instanceKeyFor } from '../../src/domain/series.ts';
import { someFields } from './builders.ts';
import type { Play, Seat } from './history.ts';
import type { Mood, PersonStep, Turn, Unit } from './history-steps.ts';
import { following, inMood, later, ownOf, slot, turned } from './history-times.ts';
import { textsOf } from './texts.ts';

const nth = <T>(items: readonly T[], n: number): T | undefined => items[n % Math.max(1, items.length)];

export function byPerson(play: Play, step: PersonStep): void {
  const seat = play.calendars[step.at]!;
  const { owner, server } = seat;
  const { ledger, setup } = play;
  play.changes.person += 1;
  if (step.do === 'create') {
    const times = slot(setup.season, step.pick * 5 + ledger.count());
    make(play, seat, someFields({ ...times, location: '', title: ledger.write('person', '') }));
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
    ledger.excuse(textsOf(item.fields));
    owner.remove(item.remoteId);
  }
  if (step.do === 'edit')
    edit(play, seat, item, written(play, item.fields, has(seat, 'location') ? step.unit : 'what'));
  if (step.do === 'whim') onWhim(play, seat, item, step.whim);
}

/** Nobody can enter what their calendar does not have. */
const has = ({ connector }: Seat, key: keyof EventFields): boolean => connector.capabilities.carries.has(key);

function make({ ledger }: Play, { owner, setup }: Seat, fields: EventFields): void {
  if (setup.share === 'busy' || setup.role === 'write' || fields.privacy === 'private') ledger.excuse(textsOf(fields));
  owner.create(fields);
}

function written({ ledger, setup }: Play, fields: EventFields, unit: Unit): Partial<EventFields> {
  const { series, instances, start } = fields;
  if (unit === 'when') return slot(setup.season, ledger.next() * 7);
  if (unit === 'where') return { location: ledger.write('person', fields.location) };
  if (unit === 'what' || series === null) return { title: ledger.write('person', fields.title) };
  const key = instanceKeyFor(later(start, 1));
  const known = instances[key];
  const times = { start: later(start, 1), end: later(fields.end, 1) };
  const before = known === undefined || known === 'cancelled' ? { ...ownOf(fields), ...times } : known;
  return { instances: { ...instances, [key]: { ...before, title: ledger.write('person', before.title) } } };
}

const turns: ReadonlySet<string> = new Set<Turn>([
  ...(['weekly', 'endless', 'skip', 'shift', 'far', 'extra', 'split'] as const),
  ...(['all-day', 'floating', 'beyond', 'past'] as const),
]);
const isTurn = (whim: Mood | Turn): whim is Turn => turns.has(whim);

function onWhim(play: Play, seat: Seat, item: Item, whim: Mood | Turn): void {
  const { fields } = item;
  if (!isTurn(whim)) {
    if (whim !== 'declined' && !has(seat, whim === 'private' || whim === 'open' ? 'privacy' : 'busy')) return;
    edit(play, seat, item, inMood(whim, fields));
    return;
  }
  if (whim === 'split' && fields.series !== null) {
    play.changes.person += 1;
    make(play, seat, following(fields));
  }
  edit(play, seat, item, turned(whim, fields, play.setup.season));
}

function edit({ ledger }: Play, { owner, setup }: Seat, item: Item, change: Partial<EventFields>): void {
  const { fields } = item;
  const next: EventFields = { ...fields, ...change };
  // What was written over where it stood, and what may not be read, nobody else can know.
  const kept = textsOf(next);
  ledger.excuse([...textsOf(fields)].filter((text) => !kept.has(text)));
  const isHidden = next.privacy === 'private' || fields.privacy === 'private';
  if (isHidden || isUnread(setup, item, ledger)) ledger.excuse(kept);
  owner.edit(item.remoteId, change);
}

/** Words on a copy that shows time only, and anything of their own in a calendar that we only write to, are not read. */
function isUnread(calendar: Seat['setup'], item: Item, { bookings }: Play['ledger']): boolean {
  if (item.createId === null) return calendar.share === 'busy' || calendar.role === 'write';
  const isBooking = item.mark !== null && bookings.has(item.mark.eventId);
  return calendar.share === 'busy' || (!isBooking && (calendar.mirror !== 'full' || item.fields.title === 'Busy'));
}
