/** Small calendar objects in other programs' words, for tests that read and edit them. */

/** One event in a calendar of another program; CRLF line ends. */
export const vevent = (...lines: readonly string[]): string =>
  vcalendar('BEGIN:VEVENT', 'UID:one@example.com', 'DTSTAMP:20270101T000000Z', ...lines, 'END:VEVENT');

export const vcalendar = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Example//Phone//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

/** An object as a phone leaves it on a server: guests, alarms, private properties, an odd fold, a changed occurrence. */
export const phoneObject = [
  'BEGIN:VCALENDAR',
  'PRODID:-//Example//Phone//EN',
  'VERSION:2.0',
  'X-WR-CALNAME;X-ODD="a:b;c":Team',
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'X-LIC-LOCATION:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'BEGIN:DAYLIGHT',
  'DTSTART:19700329T020000',
  'RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'END:VTIMEZONE',
  'BEGIN:VEVENT',
  'X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC',
  'DTSTART;TZID=Europe/Berlin:20270301T100000',
  'UID:7A1C-4F@phone.example',
  'RRULE:WKST=MO;FREQ=WEEKLY;BYDAY=MO',
  'EXDATE;TZID=Europe/Berlin:20270308T100000,20270315T',
  ' 100000',
  'SUMMARY;LANGUAGE=de:Wartung\\, Halle 3',
  'DESCRIPTION:Bitte\\nklingeln',
  'X-ALT-DESC;FMTTYPE=text/html:<b>Bitte</b>',
  'LOCATION:Musterweg 1',
  'DURATION:PT1H30M',
  'DTSTAMP:20270101T120000Z',
  'SEQUENCE:4',
  'ORGANIZER;CN="Office: front":mailto:office@example.com',
  'ATTENDEE;CN=Tech;PARTSTAT=ACCEPTED;X-NUM=1:MAILTO:Tech@example.com',
  'X-VENDOR;X-P="q;:,":keep   me  ',
  'BEGIN:VALARM',
  'UID:alarm-1',
  'TRIGGER:-PT15M',
  'ACTION:DISPLAY',
  'DESCRIPTION:Reminder',
  'END:VALARM',
  'END:VEVENT',
  'BEGIN:VEVENT',
  'UID:7A1C-4F@phone.example',
  'RECURRENCE-ID:20270322T090000Z',
  'DTSTART;TZID=Europe/Berlin:20270322T140000',
  'DTEND;TZID=Europe/Berlin:20270322T150000',
  'SUMMARY:Wartung verschoben',
  'DTSTAMP:20270102T120000Z',
  'SEQUENCE:5',
  'X-OVERRIDE:yes',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

/** Lines of a text with their ends, in order. */
export const linesOf = (text: string): string[] => text.split(/(?<=\n)/);
