/** How long to fuzz, and how to damage a real document: for mappings that take anything. */
import fc from 'fast-check';

/** `FUZZ=20` plays twenty times as many cases: about a hundred thousand over all mappings. */
const factor = Number(process.env.FUZZ ?? 1);
export const cases = (count: number): number => Math.round(count * factor);

/** The same cases in every run of the suite, so that it says the same about the same code; `HISTORY_SEED=7` takes others. */
export const suiteSeed = Number(process.env.HISTORY_SEED ?? 2027);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Wound {
  readonly place: number;
  readonly how: 'replace' | 'remove' | 'rename' | 'wrap';
  readonly by: Json;
}

/** Values that parsers trip over, beside any JSON. */
const nasty: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  ...([null, true, 0, -0, 1e308, -1, '', ' ', '\u0000', '__proto__', 'x'.repeat(5000)] as const),
  ...(['9999-12-31T23:59:59Z', '0001-01-01', '2027-02-30', '2027-03-28T02:30:00', '2027-06-01T25:00:00Z'] as const),
  ...([
    'RRULE:FREQ=SECONDLY',
    'RRULE:FREQ=DAILY;INTERVAL=0',
    'EXDATE:',
    'Europe/Berlin',
    'Customized Time Zone',
  ] as const),
  ...([[], {}, [[]], [null], { dateTime: null }] as Json[]),
);

const wound: fc.Arbitrary<Wound> = fc.record({
  place: fc.nat({ max: 5000 }),
  how: fc.constantFrom('replace', 'replace', 'remove', 'rename', 'wrap'),
  by: fc.oneof(
    nasty,
    fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json),
  ),
});

/** One of these documents with a few wounds anywhere in it. */
export const damaged = (documents: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom(...documents), fc.array(wound, { minLength: 1, maxLength: 4 }))
    .map(([document, wounds]) => wounds.reduce((now, one) => hurt(now, one), document as Json));

function hurt(document: Json, { place, how, by }: Wound): Json {
  const copy = structuredClone(document);
  const places: { readonly owner: Json[] | { [key: string]: Json }; readonly key: string }[] = [];
  const walk = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push({ owner: value, key });
      walk((value as { [key: string]: Json })[key] ?? null);
    }
  };
  walk(copy);
  const at = places[place % Math.max(places.length, 1)];
  if (at === undefined) return by;
  const owner = at.owner as { [key: string]: Json };
  const old = owner[at.key] ?? null;
  if (how === 'remove') delete owner[at.key];
  else if (how === 'wrap') owner[at.key] = [old, by];
  else if (how === 'replace') owner[at.key] = by;
  else owner[`${at.key}x`] = old;
  return copy;
}
