/** Days and times for journeys that run on the real clock: always ahead of now, with an independent reckoning of Berlin. */

const dayMs = 86_400_000;
const today = (): number => Math.floor(Date.now() / dayMs) * dayMs;
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The last Sunday of a month, 01:00 UTC: when European clocks change (directive 2000/84/EC). */
function lastSunday(year: number, month: 3 | 10): number {
  const last = Date.UTC(year, month, 0, 1);
  return last - new Date(last).getUTCDay() * dayMs;
}

/** The offset of Berlin at an instant, in hours. */
function berlinOffset(ms: number): 1 | 2 {
  const year = new Date(ms).getUTCFullYear();
  return ms >= lastSunday(year, 3) && ms < lastSunday(year, 10) ? 2 : 1;
}

/** A wall time in Berlin, day and hour:minute, as an instant in RFC 3339; not for the hours of a clock change. */
export function berlin(day: string, time: string): string {
  const wall = Date.parse(`${day}T${time}:00Z`);
  return new Date(wall - berlinOffset(wall - 3_600_000) * 3_600_000).toISOString().replace('.000', '');
}

/** The next days on which Berlin's clocks are changed, at least two weeks away: spring or autumn, whichever is first. */
export function nextClockChange(): string {
  const year = new Date().getUTCFullYear();
  const changes = [year, year + 1].flatMap((y) => [lastSunday(y, 3), lastSunday(y, 10)]);
  return isoDay(changes.find((at) => at > today() + 14 * dayMs)!);
}

export const addDays = (day: string, n: number): string => isoDay(Date.parse(`${day}T00:00:00Z`) + n * dayMs);

/** The nth Wednesday from three weeks on: a plain working day away from every clock change (those are Sundays). */
export function someWednesday(n: number): string {
  const first = today() + 21 * dayMs;
  const wait = (3 - new Date(first).getUTCDay() + 7) % 7;
  return isoDay(first + (wait + 7 * n) * dayMs);
}
