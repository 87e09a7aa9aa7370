/** The story that visits tell of an event: what was seen, what was decided and why, what was written, what came back. */
import { expect } from 'chai';
import type { EventId } from '../../src/domain/ids.ts';
import type { JournalLine } from '../../src/domain/tenant.ts';
import { defaultPolicy, someFields, zoned } from '../kit/builders.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };

describe('the story of an event', () => {
  let stage: Stage;
  let work: Attached;
  const storyOf = async (id: EventId): Promise<readonly JournalLine[]> => stage.store.journal.ofEvent(tenant, id, 100);
  const kinds = async (id: EventId) => (await storyOf(id)).map((line) => line.kind);
  const last = async (id: EventId) => (await storyOf(id)).at(-1)!;
  const remoteIdOf = async (id: EventId) => linkIn(await stage.event(id), work).remoteId!;
  beforeEach(async () => {
    stage = await aStage();
    work = await stage.attach('work');
  });

  it('tells where a booking was written, that it came back, and how an edit there was taken over', async () => {
    const { id } = await stage.book('one', nine);
    await stage.visit(work);
    expect(await last(id)).to.deep.include({
      ...{ kind: 'copy.written', calendarId: work.id, version: 1, text: 'Written to the calendar "work".' },
      details: { write: 'create', remoteId: await remoteIdOf(id) },
    });
    await stage.visit(work);
    expect(await last(id)).to.deep.include({ kind: 'copy.echoed', details: { verdict: 'echo' } });
    work.owner.edit(await remoteIdOf(id), { ...two, description: 'ring twice' });
    await stage.visit(work);
    const story = await storyOf(id);
    expect(story.map((line) => line.kind)).to.deep.equal(['copy.written', 'copy.echoed', 'booking.moved']);
    expect(story[2]).to.deep.include({
      text: 'The booking was moved in the calendar "work".',
      details: {
        verdict: 'merge',
        units: [
          { unit: 'when', verdict: 'theirs' },
          { unit: 'what', verdict: 'theirs' },
        ],
      },
    });
  });

  it('tells whose side stands where both changed one thing, and what waits for a person', async () => {
    const policy = { ...defaultPolicy, authority: { ...defaultPolicy.authority, what: 'ours', where: 'ask' } } as const;
    const other = await stage.attach('other', { policy });
    const { id } = await stage.book('one', nine);
    await stage.settle(work, other);
    const remoteId = linkIn(await stage.event(id), other).remoteId!;
    other.owner.edit(remoteId, { title: 'Theirs', location: 'There' });
    await stage.change(id, (e) => ({ ...e, fields: { ...e.fields, title: 'Ours', location: 'Here' } }));
    await stage.visit(other);
    const seen = (await storyOf(id)).find((line) => line.kind === 'copy.seen' || line.details?.verdict === 'merge');
    expect(seen?.details?.units).to.deep.equal([
      { unit: 'what', verdict: 'ours' },
      { unit: 'where', verdict: 'ask' },
    ]);
    expect(await kinds(id)).to.include('conflict.opened');
    const opened = (await storyOf(id)).filter((line) => line.kind === 'conflict.opened');
    expect(opened.map((line) => line.details?.unit)).to.deep.equal(['where']);
    const own = (await storyOf(id)).filter((line) => !line.kind.startsWith('conflict.'));
    expect(JSON.stringify(own)).to.not.match(/Theirs|There/);
  });

  it('tells of an edit that moves nothing in an event that is no booking', async () => {
    await stage.visit(work);
    const remoteId = work.owner.create(someFields({ ...nine, title: 'Dentist' }));
    await stage.visit(work);
    const [event] = await stage.events();
    expect(await last(event!.id)).to.include({ kind: 'calendar.blocked' });
    work.owner.edit(remoteId, { title: 'Doctor' });
    await stage.visit(work);
    expect(await last(event!.id)).to.deep.include({
      kind: 'copy.seen',
      text: 'Edited in the calendar "work": title or notes (taken over).',
    });
    expect(JSON.stringify(await storyOf(event!.id))).to.not.match(/Dentist|Doctor/);
  });

  it('tells of refusals and failures with the reason and the time of the next try', async () => {
    work.server.knobs.lostRequests = 1;
    const { id } = await stage.book('one', nine);
    await stage.visit(work);
    expect(await last(id)).to.deep.include({ kind: 'copy.failed' });
    expect((await last(id)).details).to.deep.include({ failures: 1 });
    stage.clock.advance(3_600_000);
    work.server.knobs.refuse = { times: 1, why: 'too long' };
    await stage.visit(work);
    expect(await last(id)).to.deep.include({ kind: 'copy.refused', details: { why: 'too long' } });
  });

  it('tells that a write whose answer was lost has landed', async () => {
    work.server.knobs.lostAnswers = 1;
    const { id } = await stage.book('one', nine);
    await stage.visit(work);
    await stage.visit(work);
    const found = (await storyOf(id)).find((line) => line.details?.verdict === 'landed');
    expect(found).to.include({ kind: 'copy.written' });
  });

  it('tells that a copy was deleted and waits for a person, and that a cancelled booking left the calendar', async () => {
    const { id } = await stage.book('one', nine);
    const { id: second } = await stage.book('two', two);
    await stage.settle(work);
    work.owner.remove(await remoteIdOf(id));
    await stage.change(second, (e) => ({ ...e, deletedAt: stage.clock.now() }));
    await stage.visit(work);
    expect((await storyOf(id)).some((l) => l.text.includes('a person must choose'))).to.equal(true);
    expect(await kinds(id)).to.include('conflict.opened');
    expect((await last(second)).details).to.deep.include({ write: 'remove' });
  });

  it('says nothing in a visit that finds nothing, and one line for each of many first events', async () => {
    for (let i = 0; i < 5; i += 1) work.owner.create(someFields(nine));
    await stage.visit(work);
    const head = await stage.store.journal.head();
    await stage.visit(work);
    await stage.visit(work);
    expect(await stage.store.journal.head()).to.equal(head);
  });
});

describe('a server that stamps its copies anew at every look', () => {
  it('does not fill the journal', async () => {
    const stage = await aStage({ capabilities: { feed: 'listing' } });
    const work = await stage.attach('work');
    work.server.knobs.stamps = 'random';
    for (let i = 0; i < 3; i += 1) work.owner.create(someFields(nine));
    await stage.visit(work);
    const head = await stage.store.journal.head();
    for (let i = 0; i < 3; i += 1) await stage.visit(work);
    expect(await stage.store.journal.head()).to.equal(head);
  });
});
