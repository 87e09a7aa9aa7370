/** The small planners: what may cross, which calendars hold a copy, what is owed, what an absence means. */
import { expect } from 'chai';
import { memoryCapabilities } from '../../connectors/memory/index.ts';
import type { Calendar, MassChangeAlarm } from '../../src/domain/calendar.ts';
import type { Event, EventFields } from '../../src/domain/event.ts';
import type { IdempotencyKey, RemoteId } from '../../src/domain/ids.ts';
import { asRemoteId } from '../../src/domain/ids.ts';
import type { LinkRow } from '../../src/store/store.ts';
import type { Absence, HeldMove } from '../../src/sync/absence.ts';
import { absence } from '../../src/sync/absence.ts';
import { isLeaving, linksFor, newLink, refusals, restored } from '../../src/sync/links.ts';
import { owe } from '../../src/sync/owe.ts';
import { crossingOf, inbound, isCarried, lift, view } from '../../src/sync/view.ts';
import { aCalendar, aLink, anEvent, at, someFields, zoned } from '../kit/builders.ts';

const home = aCalendar({ id: 'cal_home' as never });
const other = (over: Partial<Calendar> = {}) =>
  aCalendar({ id: 'cal_other' as never, resourceId: home.resourceId, mirror: 'full', ...over });
const external = (over: Partial<Event> = {}) =>
  anEvent({ origin: home.id, resources: [home.resourceId], links: [aLink({ calendarId: home.id })], ...over });
const booking = (over: Partial<Event> = {}) =>
  external({ origin: 'rest', booking: { status: 'confirmed' } as never, ...over });
const later: Partial<EventFields> = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };

describe('the border of a calendar', () => {
  const named = { title: 'Doctor', description: 'knee', location: 'clinic', response: 'accepted' as const };

  it('shows a booking in full, or as time only where the calendar shares no more', () => {
    const event = booking({ fields: someFields(named) });
    expect(view(event, other({ mirror: 'none' }))).to.deep.equal({ ...event.fields, response: 'none' });
    expect(view(event, other({ share: 'busy' }))).to.deep.include({ title: 'Busy', description: '', location: '' });
  });

  it('shows events of other calendars as the mirror says, and private ones as time only', () => {
    const open = external({ fields: someFields(named) });
    const secret = external({ fields: someFields({ ...named, privacy: 'private' }) });
    expect(view(open, other()).title).to.equal('Doctor');
    for (const [event, calendar] of [
      [open, other({ mirror: 'busy' })],
      [secret, other()],
    ] as const) {
      expect(view(event, calendar)).to.deep.include({ title: 'Busy', description: '', location: '' });
    }
    expect(view(external({ fields: someFields({ title: '' }) }), other()).title).to.equal('Busy');
  });

  it('hides the words of private occurrences, in and out', () => {
    const { series: _, instances: __, ...own } = someFields({ ...named, privacy: 'private' });
    const key = '2027-06-08T10:00:00' as never;
    const fields = someFields({ title: 'Weekly', instances: { [key]: own } });
    expect(JSON.stringify(inbound(fields, home, null))).to.not.match(/Doctor|knee|clinic/);
    expect(JSON.stringify(view(external({ fields }), other()))).to.not.match(/Doctor|knee|clinic/);
  });

  it('keeps our words on a copy that its owner marks private', () => {
    const fields = someFields({ title: 'Pump', privacy: 'private' });
    expect(inbound(fields, other(), booking()).title).to.equal('Pump');
    expect(inbound(fields, home, external()).title).to.equal('');
  });

  it('lets time come in over a busy border, and no words', () => {
    const event = external();
    const busy = other({ mirror: 'busy' });
    expect(crossingOf('when', event, busy, home, memoryCapabilities)).to.equal('take');
    expect(crossingOf('what', event, busy, home, memoryCapabilities)).to.equal('ignore');
  });

  it('puts back what changes in a calendar that only follows', () => {
    const read = { ...home, role: 'read' as const };
    expect(crossingOf('when', external(), other(), read, memoryCapabilities)).to.equal('revert');
    expect(crossingOf('when', booking(), other({ role: 'write' }), null, memoryCapabilities)).to.equal('revert');
  });

  it('writes nothing to a calendar that is only read, and no unit that the provider does not carry', () => {
    const event = booking();
    expect(isCarried('when', event, other({ role: 'read' }), memoryCapabilities)).to.equal(false);
    const poor = { ...memoryCapabilities, carries: new Set(['title', 'start', 'end'] as const) };
    const units = ['when', 'what', 'where', 'busy', 'instance:2027-06-08T10:00:00'] as const;
    expect(units.filter((unit) => isCarried(unit, event, other(), poor))).to.deep.equal(['when', 'what']);
  });

  it('keeps the answer of the invited when a mirror changes how busy they are', () => {
    const event = external({ fields: someFields({ response: 'accepted' }) });
    const next = lift(event, someFields({ busy: 'free', response: 'none' }), ['busy'], other());
    expect(next).to.deep.include({ busy: 'free', response: 'accepted' });
  });
});

describe('the links of an event', () => {
  it('lead a booking to the calendars of its resources that we may write', () => {
    const calendars = [
      other(),
      other({ id: 'cal_read' as never, role: 'read' }),
      other({ id: 'cal_write' as never, role: 'write' }),
    ];
    const links = linksFor(booking({ links: [] }), calendars);
    expect(links.map((link) => link.calendarId)).to.deep.equal(['cal_other', 'cal_write']);
    expect(links[0]).to.deep.include({ remoteId: null, generation: 1, settledVersion: 0, state: 'live' });
  });

  it('lead an external event to the calendars that mirror, and not when it is declined', () => {
    const calendars = [home, other(), other({ id: 'cal_none' as never, mirror: 'none' })];
    expect(linksFor(external(), calendars).map((link) => link.calendarId)).to.deep.equal(['cal_home', 'cal_other']);
    const declined = external({ fields: someFields({ response: 'declined' }) });
    expect(linksFor(declined, calendars).map((link) => link.calendarId)).to.deep.equal(['cal_home']);
  });

  it('owe a removal where the resource has left, and a new copy when it comes back', () => {
    const left = booking({ version: 2, resources: [] });
    const gone = { ...left, links: linksFor(left, []) };
    expect(isLeaving(gone, gone.links[0]!)).to.equal(true);
    expect(owe(gone, gone.links[0]!, home, memoryCapabilities)).to.deep.include({ kind: 'write' });
    const away = {
      ...gone,
      resources: [home.resourceId],
      links: [{ ...gone.links[0]!, state: 'unlinked' as const, sent: null }],
    };
    expect(linksFor(away, [home])[0]).to.deep.include({ state: 'live', remoteId: null, generation: 2 });
  });

  it('are the same when they are made twice', () => {
    const event = booking({ links: [] });
    const once = { ...event, links: linksFor(event, [home, other()]) };
    expect(linksFor(once, [home, other()])).to.deep.equal(once.links);
  });

  it('try again with a new version what a provider refused, and leave open questions open', () => {
    const calendars = [home];
    const refused = (refusal: string) =>
      booking({ links: [aLink({ calendarId: home.id, state: 'refused', refusal })] });
    expect(linksFor(refused('no'), calendars)[0]!.state).to.equal('live');
    expect(linksFor(refused(refusals.flapping), calendars)[0]!.state).to.equal('live');
    expect(linksFor(refused(refusals.flapping), calendars, 'remote')[0]!.state).to.equal('refused');
    expect(linksFor(refused(refusals.copyGone), calendars)[0]!.state).to.equal('refused');
  });
});

describe('what a link owes', () => {
  const owed = (event: Event, calendar = home) => owe(event, event.links[0]!, calendar, memoryCapabilities);
  const edited = (over: object = {}, fields: Partial<EventFields> = later) =>
    booking({ version: 2, fields: someFields(fields), links: [aLink({ calendarId: home.id, ...over })] });

  it('is nothing once its version is settled', () => {
    expect(owed(booking())).to.equal(null);
  });

  it('is a create where there is no copy, under an id that is always the same', () => {
    const event = booking({ links: [newLink(booking().id, home.id)] });
    const first = owed(event);
    expect(first).to.deep.include({ kind: 'write' });
    expect(first?.kind === 'write' && first.intent).to.deep.include({
      kind: 'create',
      createId: event.links[0]!.createId,
    });
    expect(owed(event)).to.deep.equal(first);
    expect(restored(event.id, event.links[0]!).createId).to.not.equal(event.links[0]!.createId);
  });

  it('is an update of exactly the units that differ, on the stamp that was seen last', () => {
    const answer = owed(edited());
    expect(answer?.kind === 'write' && answer.intent).to.deep.include({
      kind: 'update',
      ifStamp: 'stamp-1',
      seen: edited().links[0]!.base!.remote,
      units: ['when'],
    });
  });

  it('names no words of a copy in a calendar that shares only the time: what it says was never kept', () => {
    const answer = owed(edited(), { ...home, share: 'busy' });
    expect(answer?.kind === 'write' && answer.intent).to.deep.include({ kind: 'update', seen: null });
  });

  it('is settled without a call where the calendar sees no difference or the unit is disputed', () => {
    expect(owed(edited({}, {}))).to.deep.equal({ kind: 'settled' });
    expect(owed(edited({ disputed: ['when'] }))).to.deep.equal({ kind: 'settled' });
    expect(owed(edited(), { ...home, role: 'read' })).to.deep.equal({ kind: 'settled' });
  });

  it('is the same write again while its answer is missing, whatever changed since', () => {
    const sent = { kind: 'put' as const, version: 2, fields: someFields(later), key: 'k' as IdempotencyKey };
    const answer = owed({ ...edited({ sent }, { ...later, title: 'newer' }), version: 3 });
    expect(answer?.kind === 'write' && answer).to.deep.include({ sent });
    expect(answer?.kind === 'write' && answer.intent).to.deep.include({
      key: 'k',
      fields: sent.fields,
      units: ['when'],
    });
  });

  it('is the removal of the copy of a deleted event, and nothing where there was none', () => {
    const answer = owed({ ...edited(), deletedAt: at('2027-06-01T00:00:00Z') });
    expect(answer?.kind === 'write' && answer.intent).to.deep.include({ kind: 'remove', ifStamp: 'stamp-1' });
    expect(owed({ ...edited({ remoteId: null }), deletedAt: at('2027-06-01T00:00:00Z') })).to.deep.equal({
      kind: 'settled',
    });
  });
});

describe('absence from a listing', () => {
  const window = { start: at('2027-06-01T00:00:00Z'), end: at('2027-07-01T00:00:00Z') };
  const row = (id: string, start: string, end: string): LinkRow => ({
    ...{ eventId: `evt_${id}` as never, tenantId: 'ten_default' as never, remoteId: asRemoteId(id) },
    ...{ spanStart: at(start), spanEnd: at(end) },
  });
  const many = (n: number) =>
    Array.from({ length: n }, (_, i) => row(`r${i}`, '2027-06-10T09:00:00Z', '2027-06-10T10:00:00Z'));
  const look = (
    known: readonly LinkRow[],
    present: readonly string[],
    o: { moves?: readonly HeldMove[]; standing?: MassChangeAlarm | null } = {},
  ) => {
    const rest = { moves: [], standing: null, ...o, now: window.start, window };
    return absence({ known, present: new Set(present as RemoteId[]), ...rest });
  };
  const alarmOf = (found: Absence): MassChangeAlarm => {
    if (found.kind !== 'alarm') throw new Error('no alarm');
    return found.alarm;
  };
  const move = (id: string, to: string): HeldMove => ({
    ...{ remoteId: asRemoteId(id), eventId: `evt_${id}` as never },
    from: { start: at('2027-06-10T09:00:00Z'), end: at('2027-06-10T10:00:00Z') },
    to: { start: at(to), end: at(to) },
  });

  it('counts inside the window only, on both edges', () => {
    const known = [
      row('before', '2027-05-31T23:00:00Z', '2027-06-01T00:00:00Z'),
      row('over the edge', '2027-05-31T23:00:00Z', '2027-06-01T00:00:01Z'),
      row('inside', '2027-06-10T09:00:00Z', '2027-06-10T10:00:00Z'),
      row('after', '2027-07-01T00:00:00Z', '2027-07-01T01:00:00Z'),
    ];
    const found = look(known, ['someone else']);
    expect(found.kind === 'missing' && found.rows.map((r) => r.remoteId)).to.deep.equal(['over the edge', 'inside']);
  });

  it('removes a few, and sounds the alarm over many or over everything', () => {
    const present = (n: number) => many(n).map((r) => r.remoteId as string);
    expect(look(many(100), present(70)).kind).to.equal('missing');
    expect(look(many(100), present(69)).kind).to.equal('alarm');
    expect(look(many(40), present(20)).kind).to.equal('missing');
    expect(look(many(40), present(19)).kind).to.equal('alarm');
    expect(look(many(5), []).kind).to.equal('alarm');
    expect(look(many(4), []).kind).to.equal('missing');
  });

  it('counts what would move together with what would go', () => {
    const present = (n: number) => many(n).map((r) => r.remoteId as string);
    const moves = (n: number) => present(n).map((id) => move(id, '2027-06-11T09:00:00Z'));
    expect(look(many(60), present(60), { moves: moves(20) }).kind).to.equal('missing');
    const found = alarmOf(look(many(60), present(55), { moves: moves(16) }));
    expect(found).to.deep.include({ known: 60, wouldRemove: 5, wouldMove: 16, approvedAt: null });
    expect(found.shown).to.have.length(20);
    expect(found.sentence).to.include('remove 5 and move 16 of 60');
  });

  it('lets happen what was approved, or less of it, and asks anew about more or other things', () => {
    const present = (n: number) => many(n).map((r) => r.remoteId as string);
    const shown = alarmOf(look(many(100), present(50)));
    const standing = { ...shown, approvedAt: window.start };
    expect(look(many(100), present(50), { standing: shown }).kind).to.equal('alarm');
    expect(look(many(100), present(50), { standing }).kind).to.equal('missing');
    expect(look(many(100), present(60), { standing }).kind).to.equal('missing');
    const grown = alarmOf(look(many(100), present(49), { standing }));
    expect(grown.approvedAt).to.equal(null);
    expect(grown.id).to.not.equal(shown.id);
    expect(grown.sentence).to.include('not what was approved');
    const moves = [move('r1', '2027-06-11T09:00:00Z')];
    expect(look(many(100), present(50), { standing, moves }).kind).to.equal('alarm');
    const moved = { ...alarmOf(look(many(100), present(50), { moves })), approvedAt: window.start };
    expect(look(many(100), present(50), { standing: moved, moves }).kind).to.equal('missing');
    const elsewhere = [move('r1', '2027-06-12T09:00:00Z')];
    expect(look(many(100), present(50), { standing: moved, moves: elsewhere }).kind).to.equal('alarm');
  });
});
