/** Identifiers: their forms, and that the same question always gives the same one. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { IdKind } from '../../src/domain/ids.ts';
import {
  asRemoteId,
  bookingIdOf,
  createIdFor,
  derivedId,
  eventIdOf,
  idempotencyKey,
  idPrefix,
  linkKey,
  newId,
  ownKey,
  parseId,
  partitionOf,
} from '../../src/domain/ids.ts';

const kinds = Object.keys(idPrefix) as IdKind[];

describe('an id', () => {
  it('is fresh, carries its kind and is taken back in', () => {
    for (const kind of kinds) {
      const ids = new Set(Array.from({ length: 200 }, () => newId(kind)));
      expect(ids.size).to.equal(200);
      for (const id of ids) {
        expect(id).to.match(/^[a-z]{3}_[0-9a-v]{20}$/);
        expect(parseId(kind, id)).to.equal(id);
      }
    }
  });

  it('of another kind or form is refused', () => {
    for (const text of ['', 'evt_', 'cal_abc', 'evt_ABC', 'evt_a/b', 'evt_a b', `evt_${'a'.repeat(65)}`, 'evt_abc\n']) {
      expect(parseId('event', text)).to.equal(null);
    }
  });

  it('derived from parts is always the same, and another one for other parts', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        expect(derivedId('event', ...a)).to.equal(derivedId('event', ...a));
        const same = a.join('\u0000') === b.join('\u0000');
        expect(derivedId('event', ...a) === derivedId('event', ...b)).to.equal(same);
      }),
    );
  });

  it('of a booking and of its event lead to each other', () => {
    const event = newId('event');
    expect(bookingIdOf(event)).to.match(/^bkg_/);
    expect(eventIdOf(bookingIdOf(event))).to.equal(event);
  });
});

describe('the id of a copy', () => {
  const [event, calendar] = [newId('event'), newId('calendar')];
  it('is deterministic, as Google demands it, and another one in every generation and calendar', () => {
    const id = createIdFor(event, calendar, 1);
    expect(id).to.match(/^[0-9a-v]{32}$/);
    expect(createIdFor(event, calendar, 1)).to.equal(id);
    const others = [
      createIdFor(event, calendar, 2),
      createIdFor(event, newId('calendar'), 1),
      createIdFor(newId('event'), calendar, 1),
    ];
    expect(new Set([id, ...others]).size).to.equal(4);
  });

  it('cannot be mistaken for a remote id in the index of links', () => {
    expect(linkKey(calendar, asRemoteId('x'))).not.to.equal(ownKey(calendar, 'x'));
  });

  it('is written under one key per version and kind of write', () => {
    const keys = ['put', 'remove'].flatMap((kind) =>
      [1, 2].map((version) => idempotencyKey(event, calendar, version, kind as 'put', 1)),
    );
    expect(new Set([...keys, idempotencyKey(event, calendar, 1, 'put', 2)]).size).to.equal(5);
    expect(idempotencyKey(event, calendar, 1, 'put', 1)).to.equal(keys[0]);
  });
});

describe('the partition of an id', () => {
  it('is one of 64, stable, and all of them are used', () => {
    const seen = new Set<number>();
    for (let n = 0; n < 2000; n += 1) seen.add(partitionOf(`cal_${n}`));
    expect(seen.size).to.equal(64);
    expect(Math.min(...seen)).to.equal(0);
    expect(partitionOf('cal_1')).to.equal(partitionOf('cal_1'));
  });
});
