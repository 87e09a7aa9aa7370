/** A read-only iCalendar feed of many events (RFC 5545, RFC 7986), as Apple, Google and Outlook subscribe to it. */
import type { Event } from '../src/domain/event.ts';
import type { Zone } from '../src/domain/time.ts';
import { projectICalendar } from './caldav-project.ts';
import { writeText } from './caldav-values.ts';
import { eventComponents, product, rawLines, zonesOf } from './caldav-write.ts';
import { vtimezoneFor } from './zones.ts';

/** How often programs should look again. */
const refresh = 'PT15M';

/**
 * `zone` is where floating times and whole days lie. Without our mark: a copy of the feed is nobody's copy of ours. The
 * same events give the same text, so that a reader is told when nothing changed.
 */
export function icsFeed(o: { readonly name: string; readonly zone: Zone; readonly events: readonly Event[] }): string {
  const projected = o.events.map((event) => ({ event, fields: projectICalendar(event.fields, o.zone) }));
  const zones = [...new Set(projected.flatMap(({ fields }) => zonesOf(fields)))].sort();
  const lines = [
    'BEGIN:VCALENDAR\r\n',
    ...rawLines([
      ['VERSION', '2.0'],
      ['PRODID', product],
      ['CALSCALE', 'GREGORIAN'],
      ['METHOD', 'PUBLISH'],
      ['NAME', writeText(o.name)],
      ['X-WR-CALNAME', writeText(o.name)],
      ['REFRESH-INTERVAL;VALUE=DURATION', refresh],
      ['X-PUBLISHED-TTL', refresh],
    ]),
    ...zones.map(vtimezoneFor),
    ...projected.flatMap(({ event, fields }) =>
      eventComponents(fields, { uid: `${event.id}@feed.interlock`, now: event.updatedAt, mark: [] }),
    ),
    'END:VCALENDAR\r\n',
  ];
  return lines.join('');
}
