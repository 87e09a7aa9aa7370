/** The decision table of absorb, row by row. */
import { expect } from 'chai';
import { memoryCapabilities } from '../../connectors/memory/index.ts';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { RemoteEvent } from '../../src/domain/connector.ts';
import type { CalendarLink, Event, EventFields } from '../../src/domain/event.ts';
import type { EventId, IdempotencyKey } from '../../src/domain/ids.ts';
import { asRemoteId, asRemoteStamp } from '../../src/domain/ids.ts';
import type { Absorbable, AbsorbInput } from '../../src/sync/absorb.ts';
import { absorb } from '../../src/sync/absorb.ts';
import { linkTo, refusals } from '../../src/sync/links.ts';
import type { Ground, Plan } from '../../src/sync/plan.ts';
import { aCalendar, aLink, anEvent, at, defaultPolicy, someFields, zoned } from '../kit/builders.ts';

const calendar = aCalendar({ id: 'cal_a' as never });
const birthId = 'evt_born' as EventId;
const now = at('2027-05-20T08:00:00Z');
const nine: Partial<EventFields> = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };

const ground = (over: Partial<Ground> = {}): Ground => {
  const own: Calendar = over.calendar ?? calendar;
  const rest = {
    capabilities: memoryCapabilities,
    project: (f: EventFields) => f,
    fence: 5,
    now,
    isAwaitingOwn: false,
  };
  return { calendar: own, siblings: [own], ...rest, ...over };
};
const remote = (over: Partial<RemoteEvent> = {}): RemoteEvent => ({
  ...{ remoteId: asRemoteId('r1'), createId: null, stamp: asRemoteStamp('new'), mark: null },
  fields: someFields(),
  ...over,
});
const upsert = (over: Partial<RemoteEvent> = {}): Absorbable => ({ kind: 'upsert', remote: remote(over) });
const removal: Absorbable = { kind: 'remove', remoteId: asRemoteId('r1') };
const link = (over: Partial<CalendarLink> = {}): CalendarLink =>
  aLink({ calendarId: calendar.id, remoteId: asRemoteId('r1'), fence: 1, ...over });
const external = (over: Partial<Event> = {}, l: Partial<CalendarLink> = {}): Event =>
  anEvent({ origin: calendar.id, resources: [calendar.resourceId], links: [link(l)], ...over });
const booked = (over: Partial<Event> = {}, l: Partial<CalendarLink> = {}): Event =>
  external({ origin: 'rest', booking: { status: 'confirmed', receipt: { rows: [] } } as never, ...over }, l);
const run = (event: Event | null, change: Absorbable, over: Partial<AbsorbInput> = {}, g = ground()): Plan =>
  absorb(g, { event, change, mode: 'delta', birthId, isVerified: false, ...over });
const own = (plan: Plan): CalendarLink => linkTo(plan.next!, calendar.id)!;
const sent = (fields: EventFields, version = 2) => ({
  kind: 'put' as const,
  version,
  fields,
  key: 'k' as IdempotencyKey,
});

describe('absorb, for a copy whose link is known', () => {
  it('stops where a later visit has written the link', () => {
    expect(run(external({}, { fence: 6 }), upsert()).verdict).to.equal('fenced');
    expect(run(external({}, { fence: 6 }), removal).verdict).to.equal('fenced');
  });

  it('takes an equal stamp for an echo, unless it stands for other content', () => {
    const event = external({}, { stamp: asRemoteStamp('new') });
    expect(run(event, upsert({ fields: event.fields }))).to.deep.include({ verdict: 'echo', next: null });
    const hidden = run(event, upsert({ fields: someFields({ title: 'x' }) }));
    expect(hidden.verdict).to.equal('merge');
    expect(hidden.next?.fields.title).to.equal('x');
  });

  it('recognises its landed write by the mark, and an edit on top of it as an edit', () => {
    const event = booked({ version: 2, fields: someFields(nine) }, { sent: sent(someFields(nine)) });
    const mark = { eventId: event.id, version: 2 };
    const clean = run(event, upsert({ mark, fields: someFields(nine) }));
    expect(clean.verdict).to.equal('landed');
    expect(own(clean)).to.deep.include({ settledVersion: 2, sent: null, stamp: 'new', fence: 5 });
    const edited = run(event, upsert({ mark, fields: someFields({ ...nine, location: 'Yard' }) }));
    expect(edited.verdict).to.equal('landed');
    expect(edited.next).to.deep.include({ version: 3 });
    expect(edited.next!.fields).to.deep.include({ ...nine, location: 'Yard' });
  });

  it('recognises its landed write by the fields where there is no mark', () => {
    const event = booked({ version: 2, fields: someFields(nine) }, { sent: sent(someFields(nine)) });
    expect(run(event, upsert({ fields: someFields(nine) })).verdict).to.equal('landed');
  });

  it('never takes an upsert for the landing of a removal', () => {
    const removing = { kind: 'remove' as const, version: 2, fields: someFields(), key: 'k' as IdempotencyKey };
    const plan = run(booked({ version: 2, deletedAt: now }, { sent: removing }), upsert());
    expect(plan.verdict).to.equal('touch');
    expect(own(plan)).to.deep.include({ settledVersion: 1, sent: removing });
  });

  it('adopts only the stamp where the fields are as they were', () => {
    const plan = run(external(), upsert());
    expect(plan.verdict).to.equal('touch');
    expect(plan.next).to.deep.include({ version: 1 });
    expect(own(plan).stamp).to.equal('new');
  });

  it('merges anything else, and gives up a write in flight that the new stamp makes void', () => {
    const event = booked({ version: 2, fields: someFields(nine) }, { sent: sent(someFields(nine)) });
    const plan = run(event, upsert({ fields: someFields({ location: 'Yard' }) }));
    expect(plan.verdict).to.equal('merge');
    expect(plan.next!.fields).to.deep.include({ ...nine, location: 'Yard' });
    expect(own(plan)).to.deep.include({ sent: null, settledVersion: 1 });
  });

  it('reads singly where a write is in flight and the feed carries no mark', () => {
    const g = ground({ capabilities: { ...memoryCapabilities, mark: 'on-read' } });
    const event = booked({ version: 2, fields: someFields(nine) }, { sent: sent(someFields(nine)) });
    expect(run(event, upsert({ fields: someFields({ location: 'Yard' }) }), {}, g).verdict).to.equal('read');
  });
});

describe('absorb, for a copy that is gone', () => {
  it('buries an external event and leaves its mirrors a removal', () => {
    const mirror = aLink({ calendarId: 'cal_b' as never });
    const plan = run(external({ links: [link(), mirror] }), removal);
    expect(plan.verdict).to.equal('removed');
    expect(plan.next).to.deep.include({ deletedAt: now, version: 2 });
    expect(own(plan)).to.deep.include({ settledVersion: 2, stamp: null });
    expect(linkTo(plan.next!, mirror.calendarId)).to.deep.include({ settledVersion: 1, state: 'live' });
  });

  for (const [removedThere, expected] of [
    ['ask', { state: 'refused', refusal: refusals.copyGone, remoteId: 'r1' }],
    ['restore', { state: 'live', remoteId: null, generation: 2, settledVersion: 0 }],
    ['cancel', { state: 'live', settledVersion: 2 }],
  ] as const) {
    it(`answers the deletion of a booking by the policy: ${removedThere}`, () => {
      const g = ground({ calendar: { ...calendar, policy: { ...defaultPolicy, removedThere } } });
      const plan = run(booked(), removal, {}, g);
      expect(own(plan)).to.deep.include(expected);
      expect(plan.next!.deletedAt).to.equal(removedThere === 'cancel' ? now : null);
      expect(plan.conflicts.map((c) => c.kind)).to.deep.equal(['removed']);
    });
  }

  for (const [removeVersusEdit, isGone, state] of [
    ['keep-edit', false, 'live'],
    ['remove', true, 'live'],
    ['ask', false, 'refused'],
  ] as const) {
    it(`weighs a deletion there against an edit here by the policy: ${removeVersusEdit}`, () => {
      const g = ground({ calendar: { ...calendar, policy: { ...defaultPolicy, removeVersusEdit } } });
      const plan = run(external({ version: 2, fields: someFields(nine) }), removal, {}, g);
      expect(plan.next!.deletedAt !== null).to.equal(isGone);
      expect(own(plan).state).to.equal(state);
      expect(plan.conflicts[0]).to.deep.include({ kind: 'remove-versus-edit', theirs: 'deleted' });
    });
  }

  it('settles the removal of a tombstone, once', () => {
    const plan = run(external({ version: 2, deletedAt: now }), removal);
    expect(own(plan).settledVersion).to.equal(2);
    expect(run(plan.next, removal).verdict).to.equal('ignored');
  });

  it('writes a mirror again whose home cannot be written', () => {
    const home = aCalendar({ id: 'cal_home' as never, role: 'read', resourceId: calendar.resourceId });
    const mirrors = { ...calendar, mirror: 'full' as const };
    const g = ground({ calendar: mirrors, siblings: [home, mirrors] });
    const plan = run(external({ origin: home.id, links: [aLink({ calendarId: home.id }), link()] }), removal, {}, g);
    expect(plan.next!.deletedAt).to.equal(null);
    expect(own(plan)).to.deep.include({ remoteId: null, generation: 2 });
  });
});

describe('absorb, for a copy without a link', () => {
  it('makes a new external event', () => {
    const plan = run(null, upsert({ fields: someFields(nine) }));
    expect(plan.verdict).to.equal('new');
    expect(plan.next).to.deep.include({ id: birthId, origin: calendar.id, version: 1, booking: null });
    expect(own(plan)).to.deep.include({ remoteId: 'r1', settledVersion: 1, fence: 5 });
  });

  it('stores only the time of a private event and of a calendar that shares time only', () => {
    const secret = someFields({ ...nine, title: 'Doctor', description: 'no', location: 'there', privacy: 'private' });
    for (const [fields, g] of [
      [secret, ground()],
      [{ ...secret, privacy: 'default' as const }, ground({ calendar: { ...calendar, share: 'busy' } })],
    ] as const) {
      const plan = run(null, upsert({ fields }), {}, g);
      expect(JSON.stringify(plan.next)).to.not.match(/Doctor|"no"|there/);
      expect(plan.next!.fields).to.deep.include(nine);
    }
  });

  it('adopts its own create by its own id or, where that does not show, by the mark', () => {
    const event = booked({}, { remoteId: null, base: null, settledVersion: 0, stamp: null, createId: 'mine' });
    for (const change of [upsert({ createId: 'mine' }), upsert({ mark: { eventId: event.id, version: 1 } })]) {
      const plan = run(event, change);
      expect(plan.verdict).to.equal('landed');
      expect(own(plan)).to.deep.include({ remoteId: 'r1', settledVersion: 0 });
    }
  });

  it('adopts a create of a booking that was cancelled meanwhile, and owes its removal', () => {
    const fields = someFields();
    const pending = {
      remoteId: null,
      base: null,
      settledVersion: 2,
      stamp: null,
      createId: 'mine',
      sent: sent(fields, 1),
    };
    const plan = run(booked({ version: 2, deletedAt: now }, pending), upsert({ createId: 'mine', fields }));
    expect(own(plan).remoteId).to.equal('r1');
    expect(own(plan).settledVersion).to.be.below(2);
  });

  it("takes a user's copy of ours for the user's own event", () => {
    const event = booked({}, { remoteId: asRemoteId('other') });
    const plan = run(event, upsert({ mark: { eventId: event.id, version: 1 } }));
    expect(plan.verdict).to.equal('new');
    expect(plan.next!.id).to.equal(birthId);
  });

  it('remembers a removal of what it never saw, in a delta only', () => {
    const plan = run(null, removal);
    expect(plan.next).to.deep.include({ id: birthId, deletedAt: now });
    expect(run(plan.next, upsert(), {}, ground({ fence: 4 })).verdict).to.equal('fenced');
    expect(run(null, removal, { mode: 'listing' }).verdict).to.equal('ignored');
  });

  it('reads a copy again that it holds to be gone, and believes it when it is there', () => {
    const grave = run(external(), removal).next!;
    expect(run(grave, upsert()).verdict).to.equal('read');
    const plan = run(grave, upsert({ fields: someFields(nine) }), { isVerified: true });
    expect(plan.next).to.deep.include({ id: grave.id, deletedAt: null, version: 3 });
    expect(plan.next!.fields).to.deep.include(nine);
  });

  it('sets aside what cannot be read, and blocks its time where it is known', () => {
    const span = { start: at('2027-06-01T09:00:00Z'), end: at('2027-06-01T10:00:00Z') };
    const bad = { kind: 'unreadable', remoteId: asRemoteId('r1'), stamp: null, why: 'garbage' } as const;
    expect(run(null, { ...bad, span: null })).to.deep.include({ verdict: 'quarantine', next: null });
    const plan = run(null, { ...bad, span });
    expect(plan.next!.fields).to.deep.include({ ...nine, title: '', busy: 'busy' });
  });
});

describe('absorb, for occurrences of a series', () => {
  const weekly = someFields({ ...nine, series: { rules: ['FREQ=WEEKLY'], extraDates: [] } });
  const key = '2027-06-08T09:00:00' as never;
  const cancelled: Absorbable = { kind: 'instance', series: asRemoteId('r1'), at: key, remote: 'cancelled' };

  it('takes a deleted occurrence as a unit of its own, and its repetition for an echo', () => {
    const plan = run(external({ fields: weekly }, { base: { local: weekly, remote: weekly } }), cancelled);
    expect(plan.next!.fields.instances).to.deep.equal({ [key]: 'cancelled' });
    expect(plan.next!.fields.series).to.deep.equal(weekly.series);
    expect(run(plan.next, cancelled).verdict).to.equal('echo');
  });

  it('reads the series singly where it does not know it', () => {
    expect(run(null, cancelled).verdict).to.equal('read');
  });
});
