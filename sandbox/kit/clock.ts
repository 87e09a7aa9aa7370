/** The simulators' own clock: it runs with the machine's and can be moved ahead, so that tokens and channels run out. */
export interface SandboxClock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  advance(ms: number): void;
  reset(): void;
}

export function sandboxClock(machine: () => number = Date.now): SandboxClock {
  let aheadMs = 0;
  return {
    now: () => machine() + aheadMs,
    advance(ms) {
      aheadMs += ms;
    },
    reset() {
      aheadMs = 0;
    },
  };
}
