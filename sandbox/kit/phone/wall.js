// Wall time of a zone: days and minutes, as the phone shows them.

const formats = new Map();

function formatOf(zone) {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    });
    formats.set(zone, format);
  }
  return format;
}

/** `YYYY-MM-DD` and minutes since midnight of an instant in a zone. */
export function wallOf(iso, zone) {
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(new Date(iso))
      .map(({ type, value }) => [type, value]),
  );
  return { day: `${part.year}-${part.month}-${part.day}`, minute: Number(part.hour) * 60 + Number(part.minute) };
}

export const addDays = (day, count) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);

/** `09:05` for 545. */
export function clock(minute) {
  const inDay = ((minute % 1440) + 1440) % 1440;
  return `${String(Math.floor(inDay / 60)).padStart(2, '0')}:${String(inDay % 60).padStart(2, '0')}`;
}

export const minuteOf = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** Minutes of a day, also beyond its ends, as wall time without a zone. */
export const wallText = (day, minute) => `${addDays(day, Math.floor(minute / 1440))}T${clock(minute)}:00`;

/** "Dentist 14:00-15:30" -> title, from, to; an hour when only the start is there, null without any time. */
export function readLine(line) {
  const [found, from, to] = /\s*\b(\d{1,2}:\d{2})(?:\s*(?:-|–|to)\s*(\d{1,2}:\d{2}))?/.exec(line) ?? [];
  if (found === undefined) return null;
  const minute = (text) => minuteOf(text.padStart(5, '0'));
  const start = minute(from);
  return { title: line.replace(found, ' ').trim(), from: start, to: to === undefined ? start + 60 : minute(to) };
}
