import { expect } from 'chai';
import { Fault } from '../../src/domain/fault.ts';
import { liveChannel, pushHealthOf } from '../../src/domain/push.ts';
import { dayMs, type Instant, minuteMs } from '../../src/domain/time.ts';
import { detachCalendar } from '../../src/sync/detach.ts';
import type { VisitDeps } from '../../src/sync/visit.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { someFields } from '../kit/builders.ts';
import { pushing } from '../kit/pushing.ts';
import { type Attached, aStage } from '../kit/stage.ts';

const addresses = { of: () => ({ notify: 'https://x.example.com/n', lifecycle: 'https://x.example.com/l' }) };

async function aPushedCalendar(renew: 'in-place' | 'replace' = 'replace', over: Partial<VisitDeps> = {}) {
  const stage = await aStage();
  const provider = pushing(stage.connector, { clock: stage.clock, renew });
  const deps: VisitDeps = { ...stage.deps, registry: new Map([['memory', provider.connector]]), addresses, ...over };
  const visitor = makeVisitor(deps);
  const work = await stage.attach('work');
  const calendar = async () => (await stage.store.calendars.find(work.id))!;
  const health = async () => {
    const { channels, health } = await calendar();
    return pushHealthOf(channels, health.pushTrouble, stage.clock.now());
  };
  const hint = async (calendarOf: Attached = work) => {
    const { channels } = await calendar();
    const at = stage.clock.now();
    await stage.store.calendars.noteHint(calendarOf.id, channels[0]!.id, { at, isDue: false, end: null });
  };
  return { stage, provider, deps, work, calendar, health, hint, visit: () => visitor.visit(work.id) };
}

describe('push channels', () => {
  it('are opened by the first visit, which then costs nothing more', async () => {
    const { provider, visit, calendar, health } = await aPushedCalendar();
    await visit();
    await visit();
    expect(provider.calls).to.deep.equal(['open']);
    const [channel, ...rest] = (await calendar()).channels;
    expect(rest).to.deep.equal([]);
    expect(channel).to.include({ state: 'live', remoteId: 'sub-1', lastHintAt: null });
    expect(channel!.secretHash).to.not.contain(provider.open.get(channel!.id)!.secret);
    expect((await health())?.state).to.equal('live');
  });

  it('are polled behind as long as nothing proves that hints arrive', async () => {
    const { stage, visit, calendar, hint } = await aPushedCalendar();
    await visit();
    const wait = async () => (await calendar()).dueAt - stage.clock.now();
    expect(await wait()).to.equal(stage.deps.settings.pollMs);
    await hint();
    await visit();
    expect(await wait()).to.equal(stage.deps.settings.pollWithPushMs);
  });

  it('keep the hint that came before the provider answered the opening', async () => {
    const { stage, provider, visit, calendar, work } = await aPushedCalendar();
    provider.onOpening = async (id) => {
      await stage.store.calendars.noteHint(work.id, id, { at: stage.clock.now(), isDue: false, end: null });
    };
    await visit();
    expect((await calendar()).channels[0]?.lastHintAt).to.equal(stage.clock.now());
  });

  it('never delivered: said after some minutes', async () => {
    const { stage, visit, health } = await aPushedCalendar();
    await visit();
    stage.clock.advance(6 * minuteMs);
    expect((await health())?.state).to.equal('never_delivered');
  });

  it('are replaced with an overlap before they end, where they cannot be renewed', async () => {
    const { stage, provider, visit, calendar, hint } = await aPushedCalendar('replace');
    await visit();
    await hint();
    const [old] = (await calendar()).channels;
    stage.clock.advance(old!.renewAt - stage.clock.now());
    await visit();
    expect((await calendar()).channels.map((c) => c.state)).to.deep.equal(['live', 'retiring']);
    expect(provider.open.size).to.equal(2);
    await hint();
    await visit();
    expect((await calendar()).channels.map((c) => c.remoteId)).to.deep.equal(['sub-2']);
    expect(provider.calls).to.deep.equal(['open', 'open', 'close']);
    expect(liveChannel((await calendar()).channels, old!.endsAt)).to.not.equal(null);
  });

  it('are renewed in place where the provider can, and opened anew when it forgot them', async () => {
    const { stage, provider, visit, calendar } = await aPushedCalendar('in-place');
    await visit();
    const [old] = (await calendar()).channels;
    stage.clock.advance(old!.renewAt - stage.clock.now());
    await visit();
    const [renewed] = (await calendar()).channels;
    expect(renewed!.id).to.equal(old!.id);
    expect(renewed!.endsAt).to.be.greaterThan(old!.endsAt);
    provider.open.clear();
    stage.clock.advance(renewed!.renewAt - stage.clock.now());
    await visit();
    expect(provider.calls).to.deep.equal(['open', 'renew', 'renew', 'open']);
    expect((await calendar()).channels.map((c) => c.remoteId)).to.deep.equal(['sub-2']);
  });

  it('open another one when the provider said that the channel is gone', async () => {
    const { stage, provider, visit, calendar, work } = await aPushedCalendar('in-place');
    await visit();
    const [old] = (await calendar()).channels;
    await stage.store.calendars.noteHint(work.id, old!.id, { at: stage.clock.now(), isDue: true, end: 'gone' });
    await visit();
    expect(provider.calls).to.deep.equal(['open', 'open']);
    expect((await calendar()).channels.map((c) => c.remoteId)).to.deep.equal(['sub-2']);
  });

  it('count as stale when a poll finds what no hint had told of, and poll fast again', async () => {
    const { stage, visit, calendar, health, hint, work } = await aPushedCalendar();
    await visit();
    await hint();
    stage.clock.advance(minuteMs);
    await visit();
    stage.clock.advance(minuteMs);
    work.owner.create(someFields());
    await visit();
    expect((await health())?.state).to.equal('stale');
    expect((await calendar()).dueAt - stage.clock.now()).to.equal(stage.deps.settings.pollMs);
    stage.clock.advance(minuteMs);
    await hint();
    expect((await health())?.state).to.equal('live');
  });

  it('make a calendar look once more, soon, when a hint was faster than the feed, and count as good for it', async () => {
    const lagMs = 4000;
    const { stage, provider, deps, calendar, health, hint, work } = await aPushedCalendar();
    const { capabilities } = provider.connector;
    const push = { ...capabilities.push!, lagMs };
    const connector = { ...provider.connector, capabilities: { ...capabilities, push } };
    const visitor = makeVisitor({ ...deps, registry: new Map([['memory', connector]]) });
    const wait = async () => (await calendar()).dueAt - stage.clock.now();
    await visitor.visit(work.id);
    stage.clock.advance(1000);
    await hint();
    stage.clock.advance(10);
    await visitor.visit(work.id);
    expect(await wait()).to.equal(lagMs);
    stage.clock.advance(lagMs);
    work.owner.create(someFields());
    await visitor.visit(work.id);
    expect(await wait()).to.equal(stage.deps.settings.pollWithPushMs);
    expect((await health())?.state).to.equal('live');
  });

  it('leave the visit alone when the provider refuses, say why, and try again much later', async () => {
    const { stage, provider, visit, calendar, health } = await aPushedCalendar();
    provider.refusal = new Fault('invalid', 'push is not supported for this calendar');
    expect((await visit()).kind).to.equal('done');
    expect(await health()).to.include({ state: 'off', why: 'push is not supported for this calendar' });
    stage.clock.advance(minuteMs);
    await visit();
    expect(provider.calls).to.deep.equal(['open']);
    stage.clock.advance(dayMs / 4);
    await visit();
    expect((await calendar()).channels.map((c) => c.state)).to.deep.equal(['live']);
    expect((await health())?.why).to.equal(null);
  });

  it('are off with the reason where the gateway cannot be reached', async () => {
    const { provider, visit, health } = await aPushedCalendar('replace', { addresses: { why: 'no https' } });
    await visit();
    expect(provider.calls).to.deep.equal([]);
    expect(await health()).to.include({ state: 'off', why: 'no https' });
  });

  it('forget an opening that died half-way and open another one', async () => {
    const { provider, visit, calendar } = await aPushedCalendar();
    provider.onOpening = async () => {
      provider.onOpening = async () => {};
      throw new Error('the process died here');
    };
    await visit();
    expect((await calendar()).channels.map((c) => c.state)).to.deep.equal(['opening']);
    await visit();
    expect((await calendar()).channels.map((c) => c.state)).to.deep.equal(['live']);
  });

  for (const purge of [false, true]) {
    it(`end with the calendar, ${purge ? 'whose copies are taken back' : 'whose copies stay'}`, async () => {
      const { stage, provider, deps, visit, calendar } = await aPushedCalendar();
      await visit();
      await detachCalendar(deps, await calendar(), { purge });
      if (purge) await visit();
      expect(provider.open.size).to.equal(0);
      expect(await stage.store.calendars.find((await calendar())?.id ?? ('' as never))).to.equal(null);
    });
  }

  it('say that they are expiring when nobody renews them', async () => {
    const { stage, visit, calendar, health, hint } = await aPushedCalendar();
    await visit();
    await hint();
    const { endsAt } = (await calendar()).channels[0]!;
    stage.clock.advance(endsAt - stage.clock.now() - minuteMs);
    expect((await health())?.state).to.equal('expiring');
    expect(liveChannel((await calendar()).channels, endsAt as Instant)).to.equal(null);
  });
});
