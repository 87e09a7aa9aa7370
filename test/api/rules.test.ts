/** Rules in layers over HTTP: of the tenant, of a calendar, of each unit; what is there already follows them. */
import { expect } from 'chai';
import { defaultBusyRules, defaultConflictPolicy } from '../../config/defaults.ts';
import { spreadOwedRules } from '../../src/api/rules.ts';
import type { BusyRules } from '../../src/domain/calendar.ts';
import type { EventFields } from '../../src/domain/event.ts';
import { plainCopies } from '../../src/domain/job-words.ts';
import { silentLog } from '../../src/domain/ports.ts';
import { followAtOnce } from '../../src/sync/follow.ts';
import { makeVisitor } from '../../src/sync/visit.ts';
import { type Api, anApi } from '../kit/api.ts';
import { day, someFields, zoned } from '../kit/builders.ts';
import { failAt } from '../kit/fail-at.ts';
import { aFrontDesk, dentist, type FrontDesk, hours, restHours } from '../kit/front-desk.ts';
import { aStage, tenant, visitDeps } from '../kit/stage.ts';

describe('rules', () => {
  let api: Api;
  let desk: FrontDesk;
  beforeEach(async () => {
    api = await anApi();
    desk = await aFrontDesk(api);
  });
  afterEach(() => api.close());

  const policy = (change: object, o = {}) => api.ask('PATCH', '/v1/policy', change, o);
  const calendar = async (id: string) => (await api.ask('GET', `/v1/calendars/${id}`)).body;
  const busy = async (): Promise<string[]> => {
    const query = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';
    const { body } = await api.ask('GET', `/v1/schedule?${query}&resourceIds=${desk.resourceId}`);
    return body.data[0].busy.map(
      (b: { start: string; end: string }) => `${b.start.slice(11, 13)}-${b.end.slice(11, 13)}`,
    );
  };

  it('are the defaults until a tenant says something, and are changed one by one', async () => {
    const before = await api.ask('GET', '/v1/policy');
    expect(before.body).to.deep.equal({
      ...{ version: 0, busyRules: defaultBusyRules, policy: defaultConflictPolicy, copies: plainCopies },
      own: { busyRules: {}, policy: {} },
    });
    const after = await policy({ policy: { removedThere: 'restore', authority: { when: 'ask' } } });
    expect([after.status, after.body.version, after.headers.get('etag')]).to.deep.equal([200, 1, '"1"']);
    expect(after.body.policy).to.deep.include({ removedThere: 'restore', removeVersusEdit: 'keep-edit' });
    expect(after.body.policy.authority).to.deep.equal({ ...defaultConflictPolicy.authority, when: 'ask' });
    expect((await policy({ busyRules: { free: true } }, { headers: { 'If-Match': '"0"' } })).status).to.equal(412);
    const back = await policy({ policy: { removedThere: null, authority: { when: null } } });
    expect(back.body.own).to.deep.equal({ busyRules: {}, policy: {} });
    for (const wrong of [{ policy: { removedThere: 'maybe' } }, { busyRules: { lunch: true } }, { when: 'ask' }]) {
      expect((await policy(wrong)).status, JSON.stringify(wrong)).to.equal(400);
    }
    expect((await policy({}, { key: await api.keyWith(['read', 'book']) })).status).to.equal(403);
  });

  it('of a tenant reach all its calendars, but not over what a calendar says itself', async () => {
    const work = await desk.attach('Work', { policy: { removedThere: 'cancel' } });
    const home = await desk.attach('Home');
    await policy({ policy: { removedThere: 'restore', authority: { what: 'theirs' } } });
    expect((await calendar(work.id)).policy).to.deep.include({ removedThere: 'cancel' });
    expect((await calendar(work.id)).policy.authority.what).to.equal('theirs');
    expect((await calendar(home.id)).policy.removedThere).to.equal('restore');
    expect((await calendar(work.id)).own).to.deep.equal({ busyRules: {}, policy: { removedThere: 'cancel' } });
    const back = await api.ask('PATCH', `/v1/calendars/${work.id}`, { policy: { removedThere: null } });
    expect([back.body.policy.removedThere, back.body.own.policy]).to.deep.equal(['restore', {}]);
    const late = await desk.attach('Late');
    expect((await calendar(late.id)).policy.removedThere).to.equal('restore');
    const stranger = await api.ask('GET', '/v1/policy', undefined, { key: await api.keyWith() });
    expect(stranger.body.version).to.equal(0);
  });

  it('decide what happens: ours, theirs or ask, by unit; restore and cancel', async () => {
    const work = await desk.attach('Work');
    for (const [when, stands, open] of [
      ['ours', [12, 13], 0],
      ['theirs', [14, 15], 0],
      ['ask', [12, 13], 1],
    ] as const) {
      await policy({ policy: { authority: { when } } });
      const { id } = await desk.book({ title: `job ${when}`, ...restHours(10, 11) });
      work.owner.edit(desk.copy(work, `job ${when}`).id, hours(14, 15));
      await api.ask('PATCH', `/v1/bookings/${id}`, restHours(12, 13));
      await desk.quiet();
      expect((await api.ask('GET', `/v1/bookings/${id}`)).body, when).to.include(restHours(stands[0], stands[1]));
      expect((await desk.open()).length, when).to.equal(open);
      await api.ask('POST', `/v1/bookings/${id}/cancel`);
      await desk.quiet();
    }
  });

  it('of blocking: each kind of event follows its rule without a change at the provider', async () => {
    const work = await desk.attach('Work');
    const kinds: readonly [keyof BusyRules, Partial<EventFields>][] = [
      ['free', { busy: 'free' }],
      ['tentative', { busy: 'tentative' }],
      ['away', { busy: 'away' }],
      ['allDay', { start: { kind: 'date', day: day('2027-06-02') }, end: { kind: 'date', day: day('2027-06-03') } }],
      ['declined', { response: 'declined' }],
      ['unanswered', { response: 'unanswered' }],
      ['private', { privacy: 'private' }],
    ];
    for (const [rule, fields] of kinds) {
      const id = work.owner.create({ ...dentist(10, 11), ...fields });
      await desk.quiet();
      const { pull } = work.server.calls;
      for (const blocks of [true, false, true]) {
        const reply = await api.ask('PATCH', `/v1/calendars/${work.id}`, { busyRules: { [rule]: blocks } });
        expect(reply.status).to.equal(200);
        expect((await busy()).length, `${rule} ${blocks}`).to.equal(blocks ? 1 : 0);
      }
      expect(work.server.calls.pull).to.be.at.least(pull);
      await api.ask('PATCH', `/v1/calendars/${work.id}`, { busyRules: { [rule]: null } });
      work.owner.remove(id);
      await desk.quiet();
    }
  });

  it('of blocking, changed for the tenant, open a conflict with a booking that lies there', async () => {
    const work = await desk.attach('Work');
    work.owner.create(someFields({ ...dentist(10, 11), busy: 'free' }));
    await desk.quiet();
    const { id } = await desk.book();
    expect(await desk.open()).to.deep.equal([]);
    await policy({ busyRules: { free: true } });
    expect(await busy()).to.deep.equal(['10-11']);
    const [conflict] = await desk.open();
    expect(conflict).to.include({ kind: 'overlap', bookingId: id });
  });

  it('may accept double time: it is put on record and nobody is asked', async () => {
    const work = await desk.attach('Work', { policy: { overlap: 'allow' } });
    await desk.book();
    work.owner.create(dentist(10, 11));
    await desk.quiet();
    expect(await desk.open()).to.deep.equal([]);
    const { data } = (await api.ask('GET', '/v1/conflicts?state=resolved')).body;
    expect(data[0]).to.include({ kind: 'overlap', choice: 'both' });
  });

  it('of sharing: words that were never read come in when the border opens', async () => {
    const work = await desk.attach('Work', { share: 'busy' });
    work.owner.create(dentist(10, 11));
    await desk.quiet();
    const titles = async () => {
      const query = 'from=2027-06-02T00:00:00Z&to=2027-06-03T00:00:00Z';
      const { body } = await api.ask('GET', `/v1/schedule?${query}&resourceIds=${desk.resourceId}`);
      return body.data[0].busy.map((b: { title: string | null }) => b.title);
    };
    expect(await titles()).to.deep.equal([null]);
    await api.ask('PATCH', `/v1/calendars/${work.id}`, { share: 'full' });
    await desk.quiet();
    expect(await titles()).to.deep.equal(['Dentist']);
  });
});

describe('a process that dies while rules change', () => {
  const free = someFields({ start: zoned('2027-06-01T09:00'), end: zoned('2027-06-01T10:00'), busy: 'free' });

  it('of a calendar leaves them to the next visit', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; ; n += 1) {
        const stage = await aStage();
        const work = await stage.attach('work');
        work.owner.create(free);
        await stage.visit(work);
        const before = (await stage.store.calendars.get(tenant, work.id))!;
        const after = { ...before, busyRules: { ...before.busyRules, free: true } };
        await stage.store.calendars.saveSettings(work.id, before.version, after);
        const crash = failAt(stage.store, n, when);
        const deps = visitDeps(crash.store, stage.clock, stage.connector, { settings: { owner: 'dying' } });
        await makeVisitor(deps)
          .visit(work.id)
          .catch(() => null);
        stage.clock.advance(130_000);
        await stage.visit(work);
        expect((await stage.rows()).length, `cut ${when} ${n}`).to.equal(1);
        expect((await stage.store.calendars.get(tenant, work.id))!.appliedVersion).to.equal(2);
        if (!crash.hasCrashed()) break;
      }
    }
  });

  it('of a tenant leaves them to the sweep', async () => {
    for (const when of ['before', 'after'] as const) {
      for (let n = 1; ; n += 1) {
        const stage = await aStage();
        await stage.store.tenants.insert({ id: tenant, name: 'default', createdAt: stage.clock.now() });
        const [one, two] = [await stage.attach('one'), await stage.attach('two')];
        for (const { owner } of [one, two]) owner.create(free);
        for (const c of [one, two]) await stage.visit(c);
        const own = { policy: {}, busyRules: { free: true } };
        await stage.store.tenants.saveRules(tenant, { version: 1, own, appliedVersion: 0 });
        const partsOn = (store: typeof stage.store) => ({
          ...{ store, log: silentLog, nudge: { nudge: () => {} } as never },
          followSettings: (c: Parameters<typeof followAtOnce>[1]) =>
            followAtOnce(visitDeps(store, stage.clock, stage.connector), c),
        });
        const crash = failAt(stage.store, n, when);
        await spreadOwedRules(partsOn(crash.store)).catch(() => null);
        await spreadOwedRules(partsOn(stage.store));
        for (const c of [one, two]) await stage.visit(c);
        expect((await stage.rows()).length, `cut ${when} ${n}`).to.equal(2);
        expect(await stage.store.tenants.rulesOwed(10)).to.deep.equal([]);
        if (!crash.hasCrashed()) break;
      }
    }
  });
});
