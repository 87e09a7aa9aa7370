/** Seeded chance (mulberry32): the same seed gives the same drops, doubles and refusals in the same order. */
export interface Dice {
  /** From 0, included, to 1, excluded. */
  roll(): number;
  seed(seed: number): void;
}

export function dice(first: number): Dice {
  let state = first >>> 0;
  return {
    roll() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
    seed(seed) {
      state = seed >>> 0;
    },
  };
}
