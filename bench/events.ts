/** Deterministic calendar data like that of a service business: single visits, weekly series with exceptions, days off. */

/** A small generator of random numbers with a seed (xorshift32), so that every run measures the same data. */
export function randomFrom(seed: number): () => number {
  let x = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x / 4_294_967_296;
  };
}

const jobs = [
  'Boiler service',
  'Pipe repair',
  'Window cleaning',
  'Dentist',
  'School run',
  'Site meeting',
  'Van inspection',
  'Training',
];
const two = (n: number): string => String(n).padStart(2, '0');

const berlin = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'END:VTIMEZONE',
];

export interface Resource {
  readonly name: string;
  readonly text: string;
}

/** One iCalendar resource: every tenth recurs, every twelfth is a whole day, some carry an alarm and foreign properties. */
export function resourceAt(
  index: number,
  o: { readonly seed?: number; readonly from: Date; readonly days: number; readonly note?: string },
): Resource {
  const random = randomFrom((o.seed ?? 1) * 100_003 + index);
  const int = (n: number): number => Math.floor(random() * n);
  const uid = `bench-${o.seed ?? 1}-${index}`;
  const day = new Date(o.from.getTime() + int(o.days) * 86_400_000);
  const date = `${day.getUTCFullYear()}${two(day.getUTCMonth() + 1)}${two(day.getUTCDate())}`;
  const hour = 7 + int(11);
  const quarter = 15 * int(4);
  const isWholeDay = index % 12 === 5;
  const isSeries = index % 10 === 3;
  const time = (h: number, m: number): string => `;TZID=Europe/Berlin:${date}T${two(h)}${two(m)}00`;
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Interlock//bench//EN',
    ...(isWholeDay ? [] : berlin),
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    ...(isWholeDay
      ? [`DTSTART;VALUE=DATE:${date}`]
      : [`DTSTART${time(hour, quarter)}`, `DTEND${time(hour + 1, quarter)}`]),
    `SUMMARY:${jobs[int(jobs.length)]} ${index}${o.note ?? ''}`,
    `DESCRIPTION:${'customer note '.repeat(1 + int(6))}`.slice(0, 70),
    `LOCATION:Street ${int(200)}`,
    `TRANSP:${isWholeDay ? 'TRANSPARENT' : 'OPAQUE'}`,
    ...(isSeries ? [`RRULE:FREQ=WEEKLY;COUNT=${4 + int(20)}`] : []),
    ...(index % 3 === 0
      ? [
          'X-BENCH-FOREIGN;X-P=1:kept',
          'BEGIN:VALARM',
          'ACTION:DISPLAY',
          'DESCRIPTION:reminder',
          'TRIGGER:-PT15M',
          'END:VALARM',
        ]
      : []),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ];
  return { name: `${uid}.ics`, text: lines.join('\r\n') };
}
