/** Offers: several times held, one accepted, the rest free; and what those who come too late are told. */
import { expect } from 'chai';
import type { Instant } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { pickDiverse } from '../../src/scheduling/pick.ts';
import { anOffice, aRequest, deskOver, granted, span, technician, tenant } from '../kit/desk.ts';
import { allBookings, june } from '../kit/desk-steps.ts';
import { jittered } from '../kit/jitter.ts';
import { clean, ledgerOf } from '../kit/ledger.ts';
import { anAcceptance, anOfferRequest, offered } from '../kit/offers.ts';

const hours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }] as const;
const sam = technician('sam', { workingHours: hours });
const tim = technician('tim', { workingHours: hours });

describe('An offer', () => {
  it('holds every option, on different days where it can, the soonest among them', async () => {
    const office = await anOffice([sam, tim]);
    const offer = await offered(office.desk, anOfferRequest());
    expect(offer.options).to.have.length(3);
    expect(offer.options[0]!.start).to.equal(span('08:00', '09:00').start);
    expect(new Set(offer.options.map((o) => new Date(o.start).toISOString().slice(0, 10))).size).to.equal(3);
    for (const { start, end, resourceIds } of offer.options) {
      const outcome = await office.desk.book(tenant, aRequest({ span: { start, end }, resourceIds }));
      expect(outcome.kind).to.equal('slot-taken');
    }
  });

  it('is the same again under the same key, and its times are not offered to others', async () => {
    const office = await anOffice([sam]);
    const keyed = anOfferRequest({}, { idempotencyKey: 'call-1' });
    const first = await offered(office.desk, keyed);
    expect(await offered(office.desk, keyed)).to.deep.equal(first);
    const other = await offered(office.desk, anOfferRequest());
    const starts = first.options.map((o) => o.start);
    expect(other.options.filter((o) => starts.includes(o.start))).to.deep.equal([]);
  });

  it('becomes one booking, and the other options are free at once', async () => {
    const office = await anOffice([sam]);
    const offer = await offered(office.desk, anOfferRequest());
    const [one, two, three] = offer.options;
    const event = granted(await office.desk.accept(tenant, offer.id, anAcceptance(two!.id)));
    expect(event.booking!.receipt.rows[0]!.span).to.deep.equal({ start: two!.start, end: two!.end });
    for (const { start, end } of [one!, three!]) {
      granted(await office.desk.book(tenant, aRequest({ span: { start, end }, resourceIds: [sam.id] })));
    }
    expect(await ledgerOf(office.store, [sam], await allBookings(office.store), june)).to.deep.equal(clean);
  });

  it('that was accepted says so to others and offers anew, the same to each', async () => {
    const office = await anOffice([sam]);
    const offer = await offered(office.desk, anOfferRequest());
    const mine = anAcceptance(offer.options[0]!.id, { idempotencyKey: 'mine' });
    const event = granted(await office.desk.accept(tenant, offer.id, mine));
    expect(await office.desk.accept(tenant, offer.id, mine)).to.deep.include({ kind: 'existing', event });
    const late = await office.desk.accept(tenant, offer.id, anAcceptance(offer.options[1]!.id));
    const later = await office.desk.accept(tenant, offer.id, anAcceptance(offer.options[1]!.id));
    if (late.kind !== 'offer-ended' || later.kind !== 'offer-ended') throw new Error(late.kind);
    expect(late.why).to.equal('accepted');
    expect(late.event?.id).to.equal(event.id);
    expect(late.renewed?.options).to.have.length(3);
    expect(later.renewed).to.deep.equal(late.renewed);
    granted(await office.desk.accept(tenant, late.renewed!.id, anAcceptance(late.renewed!.options[0]!.id)));
  });

  it('that has ended holds nothing, says so and offers anew', async () => {
    const office = await anOffice([sam]);
    const offer = await offered(office.desk, anOfferRequest());
    office.clock.advance(300_000);
    const { start, end } = offer.options[0]!;
    granted(await office.desk.book(tenant, aRequest({ span: { start, end }, resourceIds: [sam.id] })));
    const late = await office.desk.accept(tenant, offer.id, anAcceptance(offer.options[0]!.id));
    if (late.kind !== 'offer-ended') throw new Error(late.kind);
    expect(late.why).to.equal('expired');
    expect(late.renewed!.options.map((o) => o.start)).to.not.include(start);
  });

  it('that was given back is free at once and cannot be accepted', async () => {
    const office = await anOffice([sam]);
    const offer = await offered(office.desk, anOfferRequest());
    expect(await office.desk.releaseOffer(tenant, offer.id)).to.equal(true);
    expect(await office.desk.releaseOffer(tenant, 'off_nobody' as never)).to.equal(false);
    for (const { start, end } of offer.options) {
      granted(await office.desk.book(tenant, aRequest({ span: { start, end }, resourceIds: [sam.id] })));
    }
    const late = await office.desk.accept(tenant, offer.id, anAcceptance(offer.options[0]!.id));
    expect(late).to.include({ kind: 'offer-ended', why: 'released' });
  });

  it('of nothing says why; an unknown resource, option or offer is not found', async () => {
    const office = await anOffice([sam]);
    const sunday = anOfferRequest({ window: span('2027-06-06T00:00:00Z', '2027-06-07T00:00:00Z') });
    expect(await office.desk.offer(tenant, sunday)).to.have.nested.property('why.NOT_WORKING');
    const nobody = anOfferRequest({ resourceIds: ['res_nobody'] });
    expect(await office.desk.offer(tenant, nobody)).to.deep.equal({ kind: 'not-found', what: 'resource' });
    const offer = await offered(office.desk, anOfferRequest());
    expect(await office.desk.accept(tenant, offer.id, anAcceptance('opt_x'))).to.deep.include({ what: 'option' });
    const unknown = await office.desk.accept(tenant, 'off_x' as never, anAcceptance('opt_x'));
    expect(unknown).to.deep.include({ what: 'offer' });
  });

  it('accepted by many at once at several desks is one booking', async () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const office = await anOffice([sam, tim]);
      const offer = await offered(office.desk, anOfferRequest());
      const outcomes = await Promise.all(
        Array.from({ length: 9 }, (_, i) =>
          deskOver(jittered(office.store, seed * 100 + i), office.clock).accept(
            tenant,
            offer.id,
            anAcceptance(offer.options[i % 3]!.id),
          ),
        ),
      );
      const kinds = outcomes.map((o) => o.kind);
      expect(
        kinds.filter((k) => k === 'booked'),
        `seed ${seed}: ${kinds}`,
      ).to.have.length(1);
      expect(kinds.filter((k) => k === 'offer-ended')).to.have.length(8);
      const events = (await allBookings(office.store)).filter((e) => e.deletedAt === null);
      expect(events).to.have.length(1);
      expect(await ledgerOf(office.store, [sam, tim], events, june)).to.deep.equal(clean);
    }
  });
});

describe('Caps on holds', () => {
  const capped = async (perCaller: number, dayShare: number) => {
    const office = await anOffice([sam, tim]);
    return { office, desk: deskOver(office.store, office.clock, [], { holdCaps: { perCaller, dayShare } }) };
  };
  const holdAt = (hour: number, over: object = {}) => {
    const start = (span('08:00', '09:00').start + hour * 3_600_000) as Instant;
    const time = { start, end: (start + 3_600_000) as Instant };
    return { span: time, resourceIds: [sam.id], expiresInMs: 60_000, note: null, caller: 'bot', ...over };
  };

  it('end what one caller may hold, however many ask at once, until a hold ends', async () => {
    const { office, desk } = await capped(3, 1);
    const outcomes = await Promise.all([0, 1, 2, 3, 4, 5].map((hour) => desk.hold(tenant, holdAt(hour))));
    const held = outcomes.filter((o) => o.kind === 'held').length;
    expect(held).to.be.at.most(3);
    for (let hour = 0; hour < 9; hour += 1) await desk.hold(tenant, holdAt(hour));
    expect(await desk.hold(tenant, holdAt(8))).to.include({ kind: 'too-many-holds', of: 'caller' });
    expect(await desk.offer(tenant, anOfferRequest({}, { caller: 'bot' }))).to.include({ kind: 'too-many-holds' });
    expect((await desk.hold(tenant, holdAt(8, { caller: 'other' }))).kind).to.equal('held');
    office.clock.advance(60_000);
    expect((await desk.hold(tenant, holdAt(7))).kind).to.equal('held');
  });

  it('leave most of a day to those who book, whoever holds', async () => {
    const { office, desk } = await capped(100, 0.3);
    const kinds: string[] = [];
    for (let hour = 0; hour < 9; hour += 1) {
      kinds.push((await desk.hold(tenant, holdAt(hour, { caller: `bot ${hour}` }))).kind);
    }
    expect(kinds.filter((k) => k === 'held')).to.have.length(2);
    expect(kinds.filter((k) => k === 'too-many-holds')).to.have.length(7);
    granted(await office.desk.book(tenant, aRequest({ span: span('12:00', '13:00'), resourceIds: [sam.id] })));
    const [whole, day] = [span('08:00', '16:00'), [tim.id]];
    expect((await desk.hold(tenant, holdAt(0, { span: whole, resourceIds: day }))).kind).to.equal('held');
  });
});

describe('Picking a few of many slots', () => {
  it('never picks two of one start nor two that overlap for one resource', () => {
    const slots = [0, 30, 60, 90, 120].map((minute) => {
      const start = (span('08:00', '09:00').start + minute * 60_000) as Instant;
      return { start, end: (start + 3_600_000) as Instant, resourceIds: [sam.id] };
    });
    const picked = pickDiverse([...slots, { ...slots[0]!, resourceIds: [tim.id] }], 9, utcZone);
    expect(picked.map((s) => s.start)).to.deep.equal([slots[0]!.start, slots[2]!.start, slots[4]!.start]);
  });
});
