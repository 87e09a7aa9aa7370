/** How debts are paid: written down first, several at once, the same write again after a lost answer, one copy for ever. */
import { expect } from 'chai';
import { Fault } from '../../src/domain/fault.ts';
import { refusals } from '../../src/sync/links.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields, zoned } from '../kit/builders.ts';
import { eventually } from '../kit/eventually.ts';
import type { Attached, Stage } from '../kit/stage.ts';
import { aStage, linkIn, tenant } from '../kit/stage.ts';

const nine = { start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00') };
const two = { start: zoned('2027-06-02T14:00'), end: zoned('2027-06-02T15:00') };

describe('the push of a visit', () => {
  let stage: Stage;
  let work: Attached;
  beforeEach(async () => {
    stage = await aStage();
    work = await stage.attach('work');
  });
  const retitle = (id: Parameters<Stage['change']>[0], title: string) =>
    stage.change(id, (event) => ({ ...event, fields: { ...event.fields, title } }));

  it('writes down what it sends before the provider hears of it', async () => {
    const { id } = await stage.book('one', nine);
    let seen: unknown = null;
    work.server.knobs.gate = async (call) => {
      if (call === 'write') seen = linkIn(await stage.event(id), work).sent;
    };
    await stage.visit(work);
    expect(seen).to.deep.include({ kind: 'put', version: 1, fields: someFields(nine) });
  });

  it('finds its own copy again when the answer to a create was lost', async () => {
    work.server.knobs.lostAnswers = 1;
    const { id } = await stage.book('one', nine);
    await stage.visit(work);
    expect(linkIn(await stage.event(id), work)).to.deep.include({ remoteId: null, failures: 1 });
    await stage.settle(work);
    expect(work.owner.events().length).to.equal(1);
    expect(linkIn(await stage.event(id), work)).to.deep.include({ settledVersion: 1, sent: null, failures: 0 });
  });

  it('keeps an edit that the phone made on a copy whose answer was lost', async () => {
    work.server.knobs.lostAnswers = 1;
    const { id } = await stage.book('one', nine);
    await stage.visit(work);
    work.owner.edit(work.owner.events()[0]!.remoteId, { location: 'Yard' });
    await retitle(id, 'Pump');
    await stage.settle(work);
    expect((await stage.event(id)).fields).to.deep.include({ title: 'Pump', location: 'Yard' });
    expect(work.owner.events().map((item) => [item.fields.title, item.fields.location])).to.deep.equal([
      ['Pump', 'Yard'],
    ]);
  });

  it('takes a new id when the old one can never be used again', async () => {
    work.server.knobs.burnt = 2;
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    expect(work.owner.events().length).to.equal(1);
    expect(linkIn(await stage.event(id), work)).to.deep.include({ generation: 3, settledVersion: 1 });
  });

  it('sends ten edits made while the provider was down as one write', async () => {
    const { id } = await stage.book('one', nine);
    await stage.settle(work);
    stage.world.down = () => new Fault('transient', 'away');
    for (let i = 0; i < 10; i += 1) await retitle(id, `title ${i}`);
    await stage.visit(work);
    stage.world.down = null;
    stage.clock.advance(3_600_000);
    const writes = work.server.calls.write;
    await stage.settle(work);
    expect(work.server.calls.write).to.equal(writes + 1);
    expect(work.owner.events()[0]!.fields.title).to.equal('title 9');
  });

  it('lets a link wait that is told again and again that its stamp is old, and the others pass', async () => {
    const one = await stage.book('one', nine);
    const other = await stage.book('two', two);
    await stage.settle(work);
    await retitle(one.id, 'stormy');
    work.server.knobs.storms = 1000;
    await stage.visit(work);
    expect(linkIn(await stage.event(one.id), work).retryAt).to.be.a('number');
    work.server.knobs.storms = 0;
    await retitle(other.id, 'calm');
    await stage.visit(work);
    expect(work.owner.events().map((item) => item.fields.title))
      .to.include('calm')
      .and.not.include('stormy');
    stage.clock.advance(3_600_000);
    await stage.visit(work);
    expect(work.owner.events().map((item) => item.fields.title)).to.include('stormy');
  });

  it('keeps as many writes in flight as the provider takes, and saves in bulk', async () => {
    let flying = 0;
    let most = 0;
    for (let i = 0; i < 60; i += 1) await stage.book(`n${i}`, { ...nine, title: `job ${i}` });
    work.server.knobs.gate = async (call) => {
      if (call === 'write') flying += 1;
      most = Math.max(most, flying);
      for (let turn = 0; turn < 5; turn += 1) await null;
      if (call === 'write done') flying -= 1;
    };
    expect(await stage.visit(work)).to.deep.include({ kind: 'done' });
    expect(most).to.equal(stage.connector.capabilities.parallel);
    expect(work.owner.events().length).to.equal(60);
  });

  it('announces the next writes while some are under way, and writes nothing that is not announced', async () => {
    const { chunk } = stage.deps.settings;
    const { parallel } = stage.connector.capabilities;
    const ids: Parameters<Stage['event']>[0][] = [];
    for (let i = 0; i < 3 * chunk; i += 1) ids.push((await stage.book(`n${i}`, nine)).id);
    let begun = 0;
    let ahead = 0;
    const silent: number[] = [];
    work.server.knobs.gate = async (call) => {
      if (call !== 'write') return;
      begun += 1;
      const mine = begun;
      const links = (await stage.store.events.getMany(tenant, ids)).map((event) => linkIn(event, work));
      const down = links.filter((link) => link.sent !== null || link.remoteId !== null).length;
      if (down < mine) silent.push(mine);
      if (mine <= parallel) ahead = Math.max(ahead, down);
    };
    expect(await stage.visit(work)).to.deep.include({ kind: 'done' });
    expect(silent).to.deep.equal([]);
    expect(ahead)
      .to.be.at.least(2 * parallel)
      .and.below(3 * chunk);
    expect(work.owner.events().length).to.equal(ids.length);
  });

  it('saves answers and goes on writing while one answer is long in coming', async () => {
    const { chunk } = stage.deps.settings;
    for (let i = 0; i < 2 * chunk; i += 1) await stage.book(`n${i}`, nine);
    let begun = 0;
    let release = (): void => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    work.server.knobs.gate = async (call) => {
      if (call !== 'write') return;
      begun += 1;
      if (begun === 1) await slow;
    };
    const visit = stage.visit(work);
    await eventually(async () => begun === 2 * chunk && (await stage.store.events.countOwing(work.id)) < chunk);
    expect(work.owner.events().length).to.equal(2 * chunk - 1);
    release();
    expect(await visit).to.deep.include({ kind: 'done' });
    expect(await stage.store.events.countOwing(work.id)).to.equal(0);
    expect(work.owner.events().length).to.equal(2 * chunk);
  });

  it('writes nothing twice when a reading of debts is answered later than the writes it names', async () => {
    const { chunk } = stage.deps.settings;
    for (let i = 0; i < 3 * chunk; i += 1) await stage.book(`n${i}`, nine);
    let readings = 0;
    const slow = Object.create(stage.store.events, {
      owing: {
        value: async (...asked: Parameters<Stage['store']['events']['owing']>) => {
          const found = await stage.store.events.owing(...asked);
          readings += 1;
          // As a busy database does: the answer shows what was owed, and by now much of it is paid.
          for (let turn = 0; turn < 3000; turn += 1) await null;
          return found;
        },
      },
    });
    const visitor = makeVisitor({ ...stage.deps, store: { ...stage.store, events: slow } });
    expect(await visitor.visit(work.id)).to.deep.include({ kind: 'done' });
    expect(readings).to.be.above(2);
    expect(work.owner.events().length).to.equal(3 * chunk);
    expect(work.server.calls.write).to.equal(3 * chunk);
  });

  it('takes those events last whose rows somebody is still saving', async () => {
    const first = await stage.book('one', { ...nine, title: 'sooner' });
    await stage.book('two', { ...two, title: 'later' });
    await stage.store.events.save({ ...first, rev: first.rev + 1, sheetVersion: 0 });
    expect(await stage.visit(work)).to.deep.include({ kind: 'done' });
    expect(work.owner.events().map((item) => item.fields.title)).to.deep.equal(['later', 'sooner']);
  });

  it('keeps the answers of all chunks when the provider stops it in a later one', async () => {
    const { chunk } = stage.deps.settings;
    for (let i = 0; i < 3 * chunk; i += 1) await stage.book(`n${i}`, nine);
    let begun = 0;
    work.server.knobs.gate = async (call) => {
      if (call === 'write') begun += 1;
      if (call === 'write' && begun > chunk + 20) throw new Fault('unavailable', 'away');
    };
    expect(await stage.visit(work)).to.deep.include({ kind: 'fault' });
    const written = work.owner.events().length;
    expect(written).to.equal(chunk + 20);
    expect(await stage.store.events.countOwing(work.id)).to.equal(3 * chunk - written);
    work.server.knobs.gate = async () => {};
    await stage.settle(work);
    expect(work.owner.events().length).to.equal(3 * chunk);
  });

  it('copies events of one calendar into another as its setting says, private ones as time only', async () => {
    const full = await stage.attach('full', { mirror: 'full' });
    const busy = await stage.attach('busy', { mirror: 'busy' });
    work.owner.create(someFields({ ...nine, title: 'Lunch', location: 'Café' }));
    work.owner.create(someFields({ ...two, title: 'Doctor', privacy: 'private' }));
    work.owner.create(someFields({ ...two, title: 'Idea', busy: 'free' }));
    await stage.settle(work, full, busy);
    const titles = (calendar: Attached) =>
      calendar.owner
        .events()
        .map((item) => item.fields.title)
        .sort();
    expect(titles(full)).to.deep.equal(['Busy', 'Idea', 'Lunch']);
    expect(titles(busy)).to.deep.equal(['Busy', 'Busy']);
    expect(JSON.stringify([...busy.server.items.values()])).to.not.match(/Lunch|Café|Doctor/);
  });

  it('carries a drag of a mirrored copy back to where the event was born', async () => {
    const busy = await stage.attach('busy', { mirror: 'busy' });
    work.owner.create(someFields({ ...nine, title: 'Lunch' }));
    await stage.settle(work, busy);
    busy.owner.edit(busy.owner.events()[0]!.remoteId, { ...two, title: 'scribble' });
    await stage.settle(busy, work);
    expect(work.owner.events()[0]!.fields).to.deep.include({ ...two, title: 'Lunch' });
    expect((await stage.rows()).length).to.equal(1);
  });

  it('takes a mirrored copy away when its event is declined, and brings it back when it is not', async () => {
    const full = await stage.attach('full', { mirror: 'full' });
    const id = work.owner.create(someFields({ ...nine, title: 'Invitation' }));
    await stage.settle(work, full);
    work.owner.edit(id, { response: 'declined' });
    await stage.settle(work, full);
    expect(full.owner.events()).to.deep.equal([]);
    work.owner.edit(id, { response: 'accepted' });
    await stage.settle(work, full);
    expect(full.owner.events().length).to.equal(1);
  });

  it('never writes to a calendar that we only read, and puts mirrors of its events back', async () => {
    const home = await stage.attach('home', { role: 'read' });
    const full = await stage.attach('full', { mirror: 'full' });
    home.owner.create(someFields({ ...nine, title: 'Shift' }));
    await stage.settle(home, full);
    full.owner.edit(full.owner.events()[0]!.remoteId, two);
    await stage.settle(full, home);
    full.owner.remove(full.owner.events()[0]!.remoteId);
    await stage.settle(full, home);
    expect(full.owner.events().map((item) => item.fields)).to.deep.equal([someFields({ ...nine, title: 'Shift' })]);
    expect(home.server.calls.write).to.equal(0);
  });

  it('stops writing to a calendar that answers every write by another change, and says why', async () => {
    const other = await stage.attach('other', { mirror: 'full' });
    work.owner.create(someFields({ ...nine, title: 'loop' }));
    await stage.settle(work, other);
    const [event] = await stage.events();
    for (const { server, owner } of [work, other]) {
      server.knobs.gate = async (call) => {
        const [item] = owner.events();
        if (call === 'write done') owner.edit(item!.remoteId, { title: `${item!.fields.title}!` });
      };
    }
    work.owner.edit(work.owner.events()[0]!.remoteId, { title: 'begin' });
    for (let round = 0; round < 30; round += 1) for (const calendar of [work, other]) await stage.visit(calendar);
    const { links } = await stage.event(event!.id);
    expect(links.some((link) => link.refusal === refusals.flapping)).to.equal(true);
    const open = await stage.store.conflicts.list(tenant, { state: 'open', eventId: event!.id, limit: 5, after: null });
    expect(open.data.map((conflict) => conflict.sentence).join()).to.include('after each of our writes');
    const writes = work.server.calls.write + other.server.calls.write;
    expect(writes).to.be.below(30);
  });
});
