// The accumulators of $group.
import { Decimal128, Double, Int32 } from 'bson';
import { calculateWidening, toDecimal, toDouble } from './arithmetic.ts';
import { canonicalKey } from './canonical-key.ts';
import { divideByCount, formatDecimal } from './decimal.ts';
import { best } from './expression-operators.ts';
import { MISSING } from './fields.ts';
import { isNumber } from './numbers.ts';
import { BsonType, typeOf } from './types.ts';

export interface Accumulator {
  add(value: unknown): void;
  result(): unknown;
}

const ACCUMULATORS: ReadonlyMap<string, () => Accumulator> = new Map<string, () => Accumulator>([
  ['$sum', () => new Total()],
  ['$count', () => new Total()],
  ['$avg', () => new Average()],
  ['$min', () => new Extreme((order) => order < 0)],
  ['$max', () => new Extreme((order) => order > 0)],
  ['$first', () => new First()],
  ['$last', () => new Last()],
  ['$push', () => new Collected(false)],
  ['$addToSet', () => new Collected(true)],
]);

export function accumulatorOf(operator: string): (() => Accumulator) | null {
  return ACCUMULATORS.get(operator) ?? null;
}

/** A sum of doubles, and next to it what its rounding has lost so far. */
interface DoubleSum {
  readonly sum: number;
  readonly lost: number;
}

function plus({ sum, lost }: DoubleSum, value: number): DoubleSum {
  const next = sum + value;
  if (!Number.isFinite(next)) return { sum: next, lost: 0 };
  const error = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
  return { sum: next, lost: lost + error };
}

/** Integers and decimals are added exactly; doubles with a compensation, so that 0.1 + 0.2 + 0.3 gives 0.6. */
class Total implements Accumulator {
  #exact: unknown = new Int32(0);
  #doubles: DoubleSum | null = null;

  add(value: unknown): void {
    if (!isNumber(value)) return;
    if (typeOf(value) === BsonType.double) this.#doubles = plus(this.#doubles ?? { sum: 0, lost: 0 }, toDouble(value));
    else this.#exact = calculateWidening('add', this.#exact, value);
  }

  result(): unknown {
    if (this.#doubles === null) return this.#exact;
    if (this.#exact instanceof Decimal128) {
      return calculateWidening('add', this.#exact, new Double(this.#doubles.sum + this.#doubles.lost));
    }
    const { sum, lost } = plus(this.#doubles, toDouble(this.#exact));
    return new Double(sum + lost);
  }
}

class Average implements Accumulator {
  readonly #total = new Total();
  #count = 0;

  add(value: unknown): void {
    if (!isNumber(value)) return;
    this.#total.add(value);
    this.#count += 1;
  }

  result(): unknown {
    if (this.#count === 0) return null;
    const total = this.#total.result();
    if (total instanceof Decimal128) return formatDecimal(divideByCount(toDecimal(total), this.#count));
    return new Double(toDouble(total) / this.#count);
  }
}

class Extreme implements Accumulator {
  readonly #isBetter: (order: number) => boolean;
  #best: unknown = null;

  constructor(isBetter: (order: number) => boolean) {
    this.#isBetter = isBetter;
  }

  add(value: unknown): void {
    this.#best = best([this.#best, value], this.#isBetter);
  }

  result(): unknown {
    return this.#best;
  }
}

class First implements Accumulator {
  #value: unknown = MISSING;
  #isSet = false;

  add(value: unknown): void {
    if (!this.#isSet) this.#value = value;
    this.#isSet = true;
  }

  result(): unknown {
    return this.#value === MISSING ? null : this.#value;
  }
}

class Last implements Accumulator {
  #value: unknown = null;

  add(value: unknown): void {
    this.#value = value === MISSING ? null : value;
  }

  result(): unknown {
    return this.#value;
  }
}

class Collected implements Accumulator {
  readonly #isSet: boolean;
  readonly #seen = new Set<string>();
  readonly #values: unknown[] = [];

  constructor(isSet: boolean) {
    this.#isSet = isSet;
  }

  add(value: unknown): void {
    if (value === MISSING) return;
    if (this.#isSet) {
      const key = canonicalKey(value);
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
    }
    this.#values.push(value);
  }

  result(): unknown {
    return this.#values;
  }
}
