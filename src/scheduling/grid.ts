/** Where a slot may start: a grid laid on the wall clock, so that 09:15 stays 09:15 over a change of the clock. */
import type { Instant, Span, Zone } from '../domain/time.ts';
import { dayMs } from '../domain/time.ts';
import { offsetMsAt } from '../domain/zone.ts';
import { changeBetween } from './hours.ts';

/** The first instant at or after `at` whose wall time is a whole number of steps after local midnight. */
export function nextOnGrid(at: Instant, stepMs: number, zone: Zone): Instant {
  let from = at;
  for (;;) {
    const offset = offsetMsAt(zone, from);
    const local = from + offset;
    const midnight = Math.floor(local / dayMs) * dayMs;
    const aligned = Math.min(midnight + Math.ceil((local - midnight) / stepMs) * stepMs, midnight + dayMs);
    const candidate = (aligned - offset) as Instant;
    if (offsetMsAt(zone, candidate) === offset) return candidate;
    // The clock changes before the next line of the grid: go on from the change, in its new offset.
    from = changeBetween(from, candidate, zone) ?? candidate;
  }
}

/** Every start on the grid at which `durationMs` still fits into the window. */
export function* gridStarts(window: Span, durationMs: number, stepMs: number, zone: Zone): Generator<Instant> {
  const next = stepper(stepMs, zone);
  let at = nextOnGrid(window.start, stepMs, zone);
  while (at + durationMs <= window.end) {
    yield at;
    at = next(at);
  }
}

/** From one line of the grid to the next: plain addition wherever the clock does not change within a day. */
function stepper(stepMs: number, zone: Zone): (at: Instant) => Instant {
  let offset = 0;
  let steadyUntil = -Infinity;
  return (at) => {
    if (at + stepMs > steadyUntil) {
      offset = offsetMsAt(zone, at);
      steadyUntil = offsetMsAt(zone, (at + dayMs) as Instant) === offset ? at + dayMs : -Infinity;
    }
    const local = at + offset;
    const midnight = Math.floor(local / dayMs) * dayMs;
    const candidate = Math.min(local + stepMs, midnight + dayMs) - offset;
    return candidate <= steadyUntil ? (candidate as Instant) : nextOnGrid((at + 1) as Instant, stepMs, zone);
  };
}
