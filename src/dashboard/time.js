// Days and minutes as the board shows them: each resource in its own zone.

const formats = new Map();
function partsIn(zone, instant) {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(instant).map((p) => [p.type, p.value]));
}

/** `YYYY-MM-DD` of an instant in a zone. */
export function dayIn(zone, instant) {
  const p = partsIn(zone, instant);
  return `${p.year}-${p.month}-${p.day}`;
}

/** Minutes of an instant from the start of `day` in the zone's wall clock; below 0 the day before, above 1440 after. */
export function minutesFrom(day, zone, instant) {
  const p = partsIn(zone, instant);
  const days = (Date.parse(`${p.year}-${p.month}-${p.day}`) - Date.parse(day)) / 86_400_000;
  return days * 1440 + Number(p.hour) * 60 + Number(p.minute);
}

export function clock(zone, instant) {
  const p = partsIn(zone, instant);
  return `${p.hour}:${p.minute}`;
}

export const addDays = (day, n) => new Date(Date.parse(day) + n * 86_400_000).toISOString().slice(0, 10);

export function longDay(day) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeZone: 'UTC' }).format(Date.parse(day));
}

/** "12 s", "3 min", "2 h", "5 days". */
export function since(ms) {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`;
}
