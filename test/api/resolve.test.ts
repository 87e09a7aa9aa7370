/** Deciding conflicts over HTTP: each kind, each choice, and what both sides say afterwards. */
import { expect } from 'chai';
import { eventIdOf } from '../../src/domain/ids.ts';
import { type Api, anApi } from '../kit/api.ts';
import { aFrontDesk, type DeskCalendar, dentist, type FrontDesk, hours, restHours } from '../kit/front-desk.ts';

const ask = { policy: { authority: { when: 'ask', what: 'ask' }, removeVersusEdit: 'ask' } };

describe('a conflict', () => {
  let api: Api;
  let desk: FrontDesk;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
  });
  afterEach(() => api.close());

  const only = async () => {
    const open = await desk.open();
    expect(open.length, JSON.stringify(open)).to.equal(1);
    return open[0];
  };
  const booking = async (id: string) => (await api.ask('GET', `/v1/bookings/${id}`)).body;
  const rows = async () => {
    const query = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';
    const { body } = await api.ask('GET', `/v1/schedule?${query}&resourceIds=${desk.resourceId}`);
    const { bookings, busy } = body.data[0];
    return [...bookings, ...busy]
      .map((e: { start: string; end: string }) => `${e.start.slice(11, 16)}-${e.end.slice(11, 16)}`)
      .sort();
  };

  describe('of two edits', () => {
    let work: DeskCalendar;
    let other: DeskCalendar;
    let id: string;
    beforeEach(async () => {
      work = await desk.attach('Work', ask);
      other = await desk.attach('Other');
      ({ id } = await desk.book());
      work.owner.edit(desk.copy(work).id, hours(14, 15));
      expect((await api.ask('PATCH', `/v1/bookings/${id}`, restHours(12, 13))).status).to.equal(200);
      await desk.quiet();
    });

    it('names both values, both times and where either came from, and what may be chosen', async () => {
      const conflict = await only();
      expect(conflict).to.deep.include({
        kind: 'edit',
        unit: 'when',
        bookingId: id,
        calendarId: work.id,
        state: 'open',
      });
      expect(conflict.choices).to.deep.equal(['ours', 'theirs']);
      expect(conflict.sentence).to.match(
        /^The time was changed here to 2027-06-02 12:00 UTC to 2027-06-02 13:00 UTC \(2027-06-01 06:\d\d UTC\) and in the calendar "Work" to 2027-06-02 14:00 UTC to 2027-06-02 15:00 UTC \(seen 2027-06-01 06:\d\d UTC\)\. Both stand until somebody chooses\.$/,
      );
      expect([conflict.oursAt, conflict.theirsAt].every((t) => t.startsWith('2027-06-01T06:'))).to.equal(true);
    });

    it('lets ours be written over theirs', async () => {
      const done = await desk.resolve((await only()).id, { choice: 'ours' });
      expect([done.status, done.body.state, done.body.choice]).to.deep.equal([200, 'resolved', 'ours']);
      await desk.quiet();
      expect(desk.copy(work).fields).to.deep.include(hours(12, 13));
      expect(await booking(id)).to.include(restHours(12, 13));
      expect(await rows()).to.deep.equal(['12:00-13:00']);
      expect(await desk.open()).to.deep.equal([]);
    });

    it('lets theirs be taken over, here and in all other calendars', async () => {
      const done = await desk.resolve((await only()).id, { choice: 'theirs' });
      expect(done.body.choice).to.equal('theirs');
      expect(await booking(id)).to.include(restHours(14, 15));
      await desk.quiet();
      expect(desk.copy(work).fields).to.deep.include(hours(14, 15));
      expect(desk.copy(other).fields).to.deep.include(hours(14, 15));
      expect(await rows()).to.deep.equal(['14:00-15:00']);
    });

    it('is neither pushed nor pulled until then, and follows both ways afterwards', async () => {
      work.owner.edit(desk.copy(work).id, hours(16, 17));
      await desk.quiet();
      expect(await booking(id)).to.include(restHours(12, 13));
      await desk.resolve((await only()).id, { choice: 'theirs' });
      expect(await booking(id)).to.include(restHours(16, 17));
      work.owner.edit(desk.copy(work).id, hours(8, 9));
      await desk.quiet();
      expect(await booking(id)).to.include(restHours(8, 9));
    });

    it('is refused for choices that make no sense, naming those that do', async () => {
      const { id: conflictId } = await only();
      for (const body of [{ choice: 'both' }, { choice: 'move', start: '2027-06-02T08:00:00Z' }]) {
        const reply = await desk.resolve(conflictId, body);
        expect([reply.status, reply.body.code, reply.body.rule]).to.deep.equal([422, 'rule_violation', 'choice']);
        expect(reply.body.allowed).to.deep.equal(['ours', 'theirs']);
      }
      for (const body of [
        { choice: 'maybe' },
        {},
        { choice: 'ours', start: '2027-06-02T08:00:00Z' },
        { choice: 'move' },
      ]) {
        expect((await desk.resolve(conflictId, body)).status, JSON.stringify(body)).to.equal(400);
      }
      expect((await desk.resolve('cnf_00000000000000000000', { choice: 'ours' })).status).to.equal(404);
      const stranger = await api.keyWith();
      expect((await desk.resolve(conflictId, { choice: 'ours' }, { key: stranger })).status).to.equal(404);
      const reader = await api.keyWith(['read']);
      expect((await desk.resolve(conflictId, { choice: 'ours' }, { key: reader })).status).to.equal(403);
    });

    it('gives the same answer when the same is chosen again, and refuses the opposite', async () => {
      const { id: conflictId } = await only();
      const first = await desk.resolve(conflictId, { choice: 'ours' });
      const again = await desk.resolve(conflictId, { choice: 'ours' });
      expect([again.status, again.body]).to.deep.equal([200, first.body]);
      const late = await desk.resolve(conflictId, { choice: 'theirs' });
      expect([late.status, late.body.rule, late.body.choice]).to.deep.equal([422, 'already-resolved', 'ours']);
      const both = await Promise.all(['ours', 'ours'].map((choice) => desk.resolve(conflictId, { choice })));
      expect(both.map((r) => r.status)).to.deep.equal([200, 200]);
    });

    it('counts with If-Match only for the values that were read', async () => {
      const before = await api.ask('GET', `/v1/conflicts/${(await only()).id}`);
      work.owner.edit(desk.copy(work).id, hours(16, 17));
      await desk.quiet();
      const headers = { 'If-Match': before.headers.get('etag')! };
      const late = await desk.resolve(before.body.id, { choice: 'theirs' }, { headers });
      expect([late.status, late.body.code]).to.deep.equal([412, 'version_mismatch']);
      expect(await booking(id)).to.include(restHours(12, 13));
      const now = await only();
      expect(now.theirs).to.include('16:00');
      const done = await desk.resolve(now.id, { choice: 'theirs' }, { headers: { 'If-Match': `"${now.version}"` } });
      expect(done.status).to.equal(200);
      expect(await booking(id)).to.include(restHours(16, 17));
    });

    it('is over when the booking is cancelled meanwhile: closed, and nobody chose', async () => {
      const { id: conflictId } = await only();
      await api.ask('POST', `/v1/bookings/${id}/cancel`);
      const reply = await desk.resolve(conflictId, { choice: 'theirs' });
      expect([reply.status, reply.body.state, reply.body.choice]).to.deep.equal([200, 'resolved', null]);
      expect((await booking(id)).status).to.equal('cancelled');
    });

    it('is told in the story of the booking', async () => {
      await desk.resolve((await only()).id, { choice: 'ours' });
      const story = await api.ask('GET', `/v1/events/${eventIdOf(id as never)}/story`);
      const kinds = story.body.data.map((step: { kind: string }) => step.kind);
      expect(kinds).to.include.members(['conflict.opened', 'conflict.resolved']);
    });
  });

  describe('of a deleted copy of a booking', () => {
    let work: DeskCalendar;
    let id: string;
    beforeEach(async () => {
      work = await desk.attach('Work');
      ({ id } = await desk.book());
      work.owner.remove(desk.copy(work).id);
      await desk.quiet();
    });

    it('keeps the time blocked; ours writes the copy again', async () => {
      const conflict = await only();
      expect(conflict).to.include({ kind: 'removed', theirs: 'deleted', bookingId: id });
      expect(await rows()).to.deep.equal(['10:00-11:00']);
      await desk.resolve(conflict.id, { choice: 'ours' });
      await desk.quiet();
      expect(desk.copy(work).fields).to.deep.include(hours(10, 11));
      expect((await booking(id)).status).to.equal('confirmed');
    });

    it('theirs cancels the booking and frees the time', async () => {
      await desk.resolve((await only()).id, { choice: 'theirs' });
      expect((await booking(id)).status).to.equal('cancelled');
      expect(await rows()).to.deep.equal([]);
      expect(await desk.open()).to.deep.equal([]);
    });

    it('theirs leaves a booking that took place, only without a copy', async () => {
      await api.ask('POST', `/v1/bookings/${id}/complete`);
      await desk.resolve((await only()).id, { choice: 'theirs' });
      await desk.quiet();
      expect((await booking(id)).status).to.equal('completed');
      expect(work.owner.events()).to.deep.equal([]);
    });

    it('is opened again when the restored copy is deleted again', async () => {
      const first = await only();
      await desk.resolve(first.id, { choice: 'ours' });
      await desk.quiet();
      work.owner.remove(desk.copy(work).id);
      await desk.quiet();
      expect((await only()).id).to.not.equal(first.id);
    });
  });

  describe('of a deletion against an edit', () => {
    let home: DeskCalendar;
    let work: DeskCalendar;
    beforeEach(async () => {
      home = await desk.attach('Home', ask);
      work = await desk.attach('Work', { ...ask, mirror: 'full' });
      home.owner.create(dentist(10, 11));
      await desk.quiet();
    });
    const editedHere = async (from: number) => {
      work.owner.edit(desk.copy(work).id, hours(from, from + 1));
      home.owner.remove(desk.copy(home, 'Dentist').id);
      await api.ask('POST', `/v1/calendars/${work.id}/sync?wait=10`);
      await desk.quiet();
    };

    it('that came second: ours keeps the edit and writes the event again, theirs lets it go everywhere', async () => {
      for (const [choice, left, from] of [
        ['ours', 1, 14],
        ['theirs', 0, 16],
      ] as const) {
        await editedHere(from);
        const conflict = await only();
        expect(conflict).to.include({ kind: 'remove-versus-edit', theirs: 'deleted', calendarId: home.id });
        await desk.resolve(conflict.id, { choice });
        await desk.quiet();
        expect([home.owner.events().length, work.owner.events().length], choice).to.deep.equal([left, left]);
        expect(await rows(), choice).to.deep.equal(left === 1 ? ['14:00-15:00'] : []);
      }
    });

    it('that came first: theirs keeps the edit and brings the event back, ours lets it go everywhere', async () => {
      for (const [choice, left] of [
        ['theirs', 1],
        ['ours', 0],
      ] as const) {
        const edit = { ...hours(choice === 'theirs' ? 15 : 16, 17) };
        work.server.knobs.gate = editBeforeRemoval(work, edit);
        home.owner.remove(desk.copy(home, 'Dentist').id);
        await desk.quiet();
        const conflict = await only();
        expect(conflict).to.include({ kind: 'remove-versus-edit', ours: 'deleted', calendarId: work.id });
        expect(conflict.sentence).to.include('was deleted in the calendar "Home"');
        await desk.resolve(conflict.id, { choice });
        await desk.quiet();
        expect([home.owner.events().length, work.owner.events().length], choice).to.deep.equal([left, left]);
      }
    });
  });
});

/** The owner edits the copy in the very moment in which its removal arrives. */
function editBeforeRemoval(calendar: DeskCalendar, edit: ReturnType<typeof hours>) {
  let isDone = false;
  return async (call: string): Promise<void> => {
    if (call !== 'write' || isDone) return;
    isDone = true;
    const [copy] = calendar.owner.events();
    if (copy !== undefined) calendar.owner.edit(copy.remoteId, edit);
  };
}
