/** Notices: who is told what and when, through random histories with crashes at any step. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { NoticeFact } from '../../src/domain/notice.ts';
import { noNotices } from '../../src/domain/notice.ts';
import type { Zone } from '../../src/domain/time.ts';
import { outOfQuiet } from '../../src/notify/notice-plan.ts';
import { composeNotice } from '../../src/notify/notice-words.ts';
import { aBookingRecord } from '../kit/booking-record.ts';
import { at } from '../kit/builders.ts';
import { aTellingTenant, first, rounds, type TellingTenant } from '../kit/notices.ts';

const hour = 3_600_000;

describe('notices', () => {
  it('confirm once, and tell a booking that is moved twice in a minute of its last time only', async () => {
    const scene = await aTellingTenant();
    await rounds(scene);
    await scene.move(3, 14);
    await scene.sweep();
    await scene.move(3, 15);
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed', 'New time']);
    expect(scene.accepted[1]!.text).to.include('3:00');
    expect((await scene.notices()).map((n) => n.state).sort()).to.deep.equal(['dropped', 'sent', 'sent']);
  });

  it('say nothing when a booking is back where it was told to be, and all the same when it moves there again', async () => {
    const scene = await aTellingTenant();
    await rounds(scene);
    for (const h of [14, 10]) {
      await scene.move(3, h);
      await scene.sweep();
    }
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed']);
    await scene.move(3, 14);
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed', 'New time']);
  });

  it('remind in time, but not of what is cancelled, and never of a time that was left', async () => {
    const scene = await aTellingTenant({ reminderLeadsMs: [24 * hour, hour] });
    await rounds(scene);
    scene.pass(26 * hour);
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed', 'Reminder']);
    await scene.cancel();
    await rounds(scene);
    scene.pass(20 * hour);
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed', 'Reminder', 'Cancelled']);
  });

  it('tell nobody of a booking that was cancelled before they heard of it, or of one that has begun', async () => {
    const scene = await aTellingTenant();
    await scene.sweep();
    await scene.cancel();
    await rounds(scene);
    const late = await aTellingTenant();
    late.pass(72 * hour);
    await rounds(late);
    expect([scene.accepted, late.accepted]).to.deep.equal([[], []]);
  });

  it('stop when they are switched off, without calling anything off, and spare who wants none', async () => {
    const scene = await aTellingTenant();
    await rounds(scene);
    const { tenantId } = scene.event;
    await scene.store.notices.saveSettings(tenantId, { ...noNotices, version: 2 });
    await scene.cancel();
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed']);
    const other = await aTellingTenant();
    await other.store.notices.optOut(other.event.tenantId, { address: 'kim@example.com', at: first });
    await rounds(other);
    expect(other.accepted).to.deep.equal([]);
    expect((await other.notices())[0]).to.include({ state: 'dropped', why: 'the address wants no messages' });
  });

  it('are composed and kept unsent where there is no transport', async () => {
    const scene = await aTellingTenant({}, false);
    await rounds(scene);
    expect((await scene.notices())[0]).to.include({ state: 'due', why: 'no transport' });
  });

  it('try again after a passing fault with growing pauses, and give up on a refusal', async () => {
    const scene = await aTellingTenant();
    scene.pass(61_000);
    scene.fail('busy');
    await scene.sweep();
    expect((await scene.notices())[0]).to.include({ state: 'due', why: 'busy', tries: 1 });
    await rounds(scene);
    expect(scene.subjects()).to.deep.equal(['Confirmed']);
    const refused = await aTellingTenant();
    refused.pass(61_000);
    refused.fail('refused');
    await rounds(refused);
    expect((await refused.notices()).map((n) => n.state)).to.deep.equal(['refused']);
    expect(refused.accepted).to.deep.equal([]);
    const counts = async (s: TellingTenant) => Promise.all(['sent', 'failed', 'refused'].map((o) => s.counted(o)));
    expect([await counts(scene), await counts(refused)]).to.deep.equal([
      [1, 1, 0],
      [0, 0, 1],
    ]);
  });

  it('count as refused when tries run out', async () => {
    const scene = await aTellingTenant({}, true);
    await scene.move(9, 14);
    for (let n = 0; n < 12; n += 1) {
      scene.pass(4_000_000);
      scene.fail('busy');
      await scene.sweep();
    }
    expect((await scene.notices())[0]).to.include({ state: 'refused', tries: 12 });
    expect([await scene.counted('failed'), await scene.counted('refused')]).to.deep.equal([11, 1]);
  });

  it('are told in the story', async () => {
    const scene = await aTellingTenant();
    await rounds(scene);
    const lines = await scene.store.journal.ofEvent(scene.event.tenantId, scene.event.id, 10);
    expect(lines.map(({ kind, text }) => [kind, text])).to.deep.equal([
      ['notice.sent', 'Told the customer: confirmation.'],
    ]);
    expect(JSON.stringify(lines)).to.not.include('kim@example.com');
  });

  it('are each accepted once and none is lost, whatever is moved, cancelled and killed on the way', async () => {
    const stepOf = fc.oneof(
      fc.record({ kind: fc.constant('move' as const), day: fc.constantFrom(3, 4), h: fc.constantFrom(10, 12, 14) }),
      fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 40_000, 70_000, 130_000, hour) }),
      fc.record({ kind: fc.constantFrom('sweep' as const, 'twoSweeps' as const, 'cancel' as const) }),
      fc.record({
        kind: fc.constant('dyingSweep' as const),
        n: fc.integer({ min: 1, max: 24 }),
        when: fc.constantFrom('before' as const, 'after' as const),
      }),
      fc.record({
        kind: fc.constant('fail' as const),
        mode: fc.constantFrom('before' as const, 'after' as const, 'busy' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf, { maxLength: 24 }), async (steps) => {
        const scene = await aTellingTenant();
        let killed = 0;
        let isCancelled = false;
        for (const s of steps) {
          if (s.kind === 'pass') scene.pass(s.ms);
          else if (s.kind === 'sweep') await scene.sweep();
          else if (s.kind === 'twoSweeps') await Promise.all([scene.sweep(), scene.sweep()]);
          else if (s.kind === 'dyingSweep') {
            const died = await scene.dyingSweep(s.n, s.when);
            if (died.hasDied && died.accepted > 0) killed += 1;
          } else if (s.kind === 'fail') {
            scene.fail(s.mode);
            if (s.mode === 'after') killed += 1;
          } else if (isCancelled) continue;
          else if (s.kind === 'move') await scene.move(s.day, s.h);
          else {
            await scene.cancel();
            isCancelled = true;
          }
        }
        scene.fail('none');
        await rounds(scene, 6);
        const ids = scene.accepted.map(({ id }) => id);
        expect(ids.length - new Set(ids).size).to.be.at.most(killed);
        const last = scene.accepted.at(-1);
        const { fields } = await scene.current();
        if (!isCancelled) {
          const told = (await scene.notices()).find((n) => n.id === last?.id);
          expect(told?.fact.start).to.equal(at(`${(fields.start as { wall: string }).wall}Z`));
        } else if (last !== undefined) expect(last.subject).to.equal('Cancelled: Boiler service');
        const count = scene.accepted.length;
        await rounds(scene, 3);
        expect(scene.accepted.length).to.equal(count);
      }),
      { numRuns: 300 },
    );
  });
});

describe('quiet hours', () => {
  const quiet = { from: '21:00', to: '07:00', timeZone: 'Europe/Berlin' as Zone };
  const far = at('2027-07-01T00:00:00Z');
  it('hold a message until they end, also over midnight, unless the booking begins before', () => {
    expect(outOfQuiet(at('2027-06-01T20:00:00Z'), quiet, far)).to.equal(at('2027-06-02T05:00:00Z'));
    expect(outOfQuiet(at('2027-06-02T03:00:00Z'), quiet, far)).to.equal(at('2027-06-02T05:00:00Z'));
    expect(outOfQuiet(at('2027-06-02T05:00:00Z'), quiet, far)).to.equal(at('2027-06-02T05:00:00Z'));
    expect(outOfQuiet(at('2027-06-01T12:00:00Z'), quiet, far)).to.equal(at('2027-06-01T12:00:00Z'));
    const soon = at('2027-06-02T04:30:00Z');
    expect(outOfQuiet(at('2027-06-01T20:00:00Z'), quiet, soon)).to.equal(at('2027-06-01T20:00:00Z'));
    expect(outOfQuiet(at('2027-06-01T12:00:00Z'), { ...quiet, from: '13:00', to: '15:00' }, far)).to.equal(
      at('2027-06-01T13:00:00Z'),
    );
    expect(outOfQuiet(first, null, far)).to.equal(first);
  });
});

describe('the words of a notice', () => {
  const fact: NoticeFact = {
    start: at('2027-06-02T10:00:00Z'),
    end: at('2027-06-02T11:00:00Z'),
    place: '1 Example Street',
  };
  const ground = { fact, toCustomer: true, zone: 'America/New_York' as Zone, businessName: 'Example Plumbing' };
  it('are in the customer’s zone and language, and hold nothing that only the business should know', () => {
    const booking = aBookingRecord({
      customer: {
        name: 'Kim',
        phone: '+49 1',
        email: 'k@example.com',
        timeZone: 'Europe/Berlin' as Zone,
        language: 'de-AT',
      },
    });
    const { subject, text, language } = composeNotice({ ...ground, kind: 'moved', booking });
    expect([subject, language]).to.deep.equal(['Neue Zeit: Boiler service', 'de-AT']);
    expect(text).to.include('Guten Tag Kim,').and.include('Mittwoch').and.include('12:00').and.include('Europe/Berlin');
    expect(text).to.not.include('Dog').and.not.include('+49').and.not.include('crm.example.com');
  });
  it('fall back to English, greet nobody but the customer, and cannot begin a header', () => {
    const booking = aBookingRecord({ title: 'Boiler\r\nBcc: all@example.com' });
    const { subject, text } = composeNotice({ ...ground, toCustomer: false, kind: 'reminder', booking });
    expect(subject).to.equal('Reminder: Boiler Bcc: all@example.com');
    expect(text).to.include('Wednesday, June 2 at 6:00').and.include('America/New_York').and.not.include('Hello');
    expect(text.endsWith('Example Plumbing\n')).to.equal(true);
  });
});
