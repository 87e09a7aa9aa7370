/** The doctor: names what differs between both sides of a calendar, writes nothing while looking, and mends it as visits would. */
import { expect } from 'chai';
import type { Capabilities } from '../../src/domain/connector.ts';
import type { Event } from '../../src/domain/event.ts';
import { defaultPolicy, someFields, zoned } from '../kit/builders.ts';
import { callDoctor, doubled, falsify, heldBy, hidden, lose, shortly, watched } from '../kit/doctor.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };
const providers: readonly [string, Partial<Capabilities>][] = [
  ['everything', {}],
  ['listings and own addresses', { feed: 'listing', createBy: 'own-href' }],
  ['marks on single reads only', { mark: 'on-read', createBy: 'transaction-key' }],
  ['no marks', { mark: 'none' }],
  ['no guards', { guard: { update: 'none', remove: 'none' } }],
];

for (const [name, capabilities] of providers) {
  describe(`the doctor of a calendar at a provider with ${name}`, () => {
    let stage: Stage;
    let work: Attached;
    const look = () => callDoctor(stage.deps, work, false);
    const mend = () => callDoctor(stage.deps, work, true);
    const standing = () => work.owner.events();
    const remoteIdOf = async (event: Event) => linkIn(await stage.event(event.id), work).remoteId!;
    const isShown = capabilities.createBy !== 'transaction-key';
    /** Mends, lets visits write what is owed, and expects both sides to agree. */
    async function mended(expected: readonly string[]): Promise<void> {
      const { server } = work;
      const before = heldBy(server);
      const { store, writes } = watched(stage.store);
      const seen = await callDoctor({ ...stage.deps, store }, work, false);
      expect(shortly(seen)).to.deep.equal(expected.map((line) => `${line} planned`));
      expect(writes).to.deep.equal([]);
      expect(heldBy(server)).to.equal(before);
      expect(shortly(await mend())).to.deep.equal(expected.map((line) => `${line} repaired`));
      await stage.settle(work);
      expect(shortly(await look())).to.deep.equal([]);
    }
    beforeEach(async () => {
      stage = await aStage({ capabilities });
      work = await stage.attach('work');
    });

    it('finds nothing where both sides agree, whatever is still owed', async () => {
      await stage.book('one', nine);
      work.owner.create(someFields({ ...two, title: 'Dentist' }));
      await stage.settle(work);
      await stage.book('two', { start: zoned('2027-06-03T09:00'), end: zoned('2027-06-03T10:00') });
      const seen = await look();
      expect([seen.findings, seen.copies, seen.links, seen.isCut]).to.deep.equal([[], 2, 2, false]);
      await stage.change((await stage.event('evt_one' as never)).id, (e) => ({
        ...e,
        fields: { ...e.fields, title: 'New' },
      }));
      expect(await look()).to.deep.include({ findings: [], pending: 1 });
    });

    it('writes a copy again that the server lost', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      lose(work.server, await remoteIdOf(event));
      await mended(['missing restore']);
      expect(standing().map((copy) => copy.fields.start)).to.deep.equal([nine.start]);
    });

    it('takes an appointment as deleted that the server does not have any more, and frees its time', async () => {
      const id = work.owner.create(someFields(nine));
      await stage.settle(work);
      lose(work.server, id);
      await mended(['missing absorb']);
      expect(await stage.events()).to.deep.equal([]);
      expect(await stage.rows()).to.deep.equal([]);
    });

    it('merges what the server changed without a new stamp', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      falsify(work.server, await remoteIdOf(event), two);
      await mended(['drift absorb']);
      expect((await stage.event(event.id)).fields.start).to.deep.equal(two.start);
    });

    it('writes what the calendar lacks although nothing is owed', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      const now = await stage.event(event.id);
      await stage.store.events.save({ ...now, rev: now.rev + 1, fields: { ...now.fields, title: 'Lost edit' } });
      await mended(['drift write']);
      expect(standing().map((copy) => copy.fields.title)).to.deep.equal(['Lost edit']);
    });

    it('blocks the time of an event that no feed ever told of', async () => {
      await stage.settle(work);
      hidden(work.server, someFields(nine));
      await mended(['unread absorb']);
      expect(await stage.rows()).to.have.length(1);
    });

    it('removes a copy of a cancelled booking that the server brought back', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      const remoteId = await remoteIdOf(event);
      await stage.change(event.id, (e) => ({ ...e, deletedAt: stage.clock.now() }));
      await stage.settle(work);
      const item = work.server.items.get(remoteId)!;
      work.server.items.set(remoteId, { ...item, isGone: false });
      await mended(['ghost owe-removal']);
      expect(standing()).to.deep.equal([]);
      expect(await stage.events()).to.deep.equal([]);
    });

    it('removes a second copy of ours, whether visits have taken it for an event or not', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      const first = await remoteIdOf(event);
      doubled(work.server, await stage.event(event.id), work, { isShown });
      if (capabilities.mark === 'none' && !isShown) return;
      await mended(['duplicate remove']);
      expect(standing().map((copy) => copy.remoteId)).to.deep.equal([first]);
      work.owner.duplicate(first);
      await stage.settle(work);
      expect(standing()).to.have.length(2);
      if (capabilities.mark !== 'in-feed' && capabilities.mark !== undefined) return;
      await mended(['duplicate bury-double']);
      expect(standing().map((copy) => copy.remoteId)).to.deep.equal([first]);
      expect(await stage.rows()).to.have.length(1);
    });

    it('keeps a copy that somebody made of ours and changed', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      work.owner.edit(work.owner.duplicate(await remoteIdOf(event)), two);
      await stage.settle(work);
      expect((await look()).findings).to.deep.equal([]);
    });

    it('ties a copy again of which an older backup knows the former id only', async () => {
      const policy = { ...defaultPolicy, removedThere: 'restore' } as const;
      work = await stage.attach('other', { policy });
      const event = await stage.book('one', nine);
      await stage.settle(work);
      const old = await stage.event(event.id);
      work.owner.remove(await remoteIdOf(event));
      await stage.settle(work);
      const [copy] = standing();
      const now = await stage.event(event.id);
      await stage.store.events.save({ ...old, rev: now.rev + 1 });
      await mended(['moved relink']);
      expect(standing().map((c) => c.remoteId)).to.deep.equal([copy!.remoteId]);
      expect(linkIn(await stage.event(event.id), work).remoteId).to.equal(copy!.remoteId);
    });

    it('tells what it mended in the story of the event', async () => {
      const event = await stage.book('one', nine);
      await stage.settle(work);
      const remoteId = await remoteIdOf(event);
      lose(work.server, remoteId);
      await mend();
      const lines = await stage.store.journal.ofEvent(tenant, event.id, 100);
      const told = lines.filter((line) => line.kind === 'calendar.repaired').map((line) => line.details);
      expect(told).to.deep.equal([{ finding: 'missing', remedy: 'restore', remoteId }]);
    });
  });
}

describe('a mass of copies that are gone at once', () => {
  it('is held: the owner’s events stay, and nothing is taken for deleted', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const ids = Array.from({ length: 40 }, () => work.owner.create(someFields(nine)));
    await stage.settle(work);
    for (const id of ids.slice(0, 30)) lose(work.server, id);
    const seen = await callDoctor(stage.deps, work, true);
    expect(new Set(shortly(seen))).to.deep.equal(new Set(['missing absorb held']));
    expect(await stage.events()).to.have.length(40);
  });
});

describe('a calendar that may only be read, or is being detached', () => {
  it('gets no write from the doctor, or no doctor', async () => {
    const stage = await aStage();
    const work = await stage.attach('work');
    const event = await stage.book('one', nine);
    await stage.settle(work);
    lose(work.server, linkIn(await stage.event(event.id), work).remoteId!);
    const calendar = (await stage.store.calendars.find(work.id))!;
    await stage.store.calendars.saveSettings(work.id, calendar.version, { ...calendar, role: 'read' });
    expect((await callDoctor(stage.deps, work, true)).findings).to.deep.equal([]);
    const read = (await stage.store.calendars.find(work.id))!;
    await stage.store.calendars.saveSettings(work.id, read.version, { ...read, state: 'detaching' });
    const fault = await callDoctor(stage.deps, work, true).catch((error: unknown) => error);
    expect(fault).to.include({ name: 'Fault', kind: 'invalid' });
  });
});
