/** Small edits of iCalendar text as a phone makes them; everything that is not edited stays byte for byte. */

/** Applies a change to the first VEVENT only: zones have a DTSTART of their own. */
function inEvent(text: string, change: (event: string) => string): string {
  return text.replace(/BEGIN:VEVENT\r\n[\s\S]*?END:VEVENT\r\n/, change);
}

/** An event at other times; each is written as `20270601T100000` in the event's own zone. */
export function movedTo(text: string, start: string, end: string): string {
  return inEvent(text, (event) =>
    event.replace(/^(DTSTART[^:\r\n]*:)[^\r\n]*/m, `$1${start}`).replace(/^(DTEND[^:\r\n]*:)[^\r\n]*/m, `$1${end}`),
  );
}

export const retitled = (text: string, title: string): string =>
  inEvent(text, (event) => event.replace(/^SUMMARY[^\r\n]*/m, `SUMMARY:${title}`));

/** The event with more content lines. */
export const withLines = (text: string, ...lines: readonly string[]): string =>
  inEvent(text, (event) => event.replace('END:VEVENT\r\n', `${lines.join('\r\n')}\r\nEND:VEVENT\r\n`));

/** The series with one more VEVENT: a changed occurrence. */
export function withOccurrence(text: string, lines: readonly string[]): string {
  return text.replace('END:VCALENDAR', `BEGIN:VEVENT\r\n${lines.join('\r\n')}\r\nEND:VEVENT\r\nEND:VCALENDAR`);
}

/** A day and a time as iCalendar writes a wall time. */
export const wall = (day: string, time: string): string => `${day.replaceAll('-', '')}T${time.replace(':', '')}00`;
