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

/** Integers and decimals are added exactly; doubles with a compensation, so that 0.1 + 0.2 + 0.3 gives 0.6. */
class Total implements Accumulator {
  #exact: unknown = new Int32(0);
  #sum = 0;
  #compensation = 0;
  #hasDoubles = false;

  add(value: unknown): void {
    if (!isNumber(value)) return;
    if (typeOf(value) !== BsonType.double) {
      this.#exact = calculateWidening('add', this.#exact, value);
      return;
    }
    this.#hasDoubles = true;
    this.#addDouble(toDouble(value));
  }

  #addDouble(value: number): void {
    const sum = this.#sum + value;
    if (Number.isFinite(sum)) {
      // What the rounding of this addition lost.
      this.#compensation += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    }
    this.#sum = sum;
  }

  result(): unknown {
    if (!this.#hasDoubles) return this.#exact;
    if (this.#exact instanceof Decimal128) return calculateWidening('add', this.#exact, new Double(this.#total(0)));
    return new Double(this.#total(toDouble(this.#exact)));
  }

  #total(integers: number): number {
    const rest = Number.isFinite(this.#sum) ? this.#compensation : 0;
    this.#addDouble(integers);
    return this.#sum + (Number.isFinite(this.#sum) ? this.#compensation : rest);
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
