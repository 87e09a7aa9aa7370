/** `freebusy.query`: merged busy stretches, and an error for a calendar that cannot be read. */
import type { Instant, Span } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import { isObject, listAt, textAt } from '../kit/json.ts';
import { isRfc3339 } from './contract.ts';
import type { Account, Calendar, StoredEvent } from './model.ts';
import { breach, refusal } from './refusal.ts';
import { isSelf } from './render.ts';
import { instancesOf, touches } from './series.ts';
import { instantOf, rfc3339, zoneNamed } from './times.ts';
import type { World } from './world.ts';

const longestMs = 92 * 86_400_000;

export function queryFreeBusy(world: World, account: Account, body: JsonObject): JsonObject {
  const window = { start: instantAt(body, 'timeMin'), end: instantAt(body, 'timeMax') };
  if (window.end <= window.start) throw refusal('timeRangeEmpty', { violation: 'timeMax is not after timeMin' });
  if (window.end - window.start > longestMs) throw refusal('timeRangeTooLong', { violation: 'more than 90 days' });
  const zone = zoneNamed(textAt(body, 'timeZone') ?? 'UTC');
  if (zone === null) throw breach('invalid', 'Invalid time zone.');
  const ids = listAt(body, 'items')
    .filter(isObject)
    .flatMap((item) => textAt(item, 'id') ?? []);
  if (ids.length > 50) throw breach('invalid', 'Too many calendars requested.');
  const calendars = ids.map((id): [string, JsonObject] => {
    const entry = account.list.get(id === 'primary' ? account.email : id);
    const calendar = entry === undefined || entry.isDeleted ? undefined : world.calendars.get(entry.calendarId);
    if (calendar === undefined) return [id, { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] }];
    const busy = busySpans(calendar, window).map(({ start, end }) => ({
      start: rfc3339(start, zone),
      end: rfc3339(end, zone),
    }));
    return [id, { busy }];
  });
  const text = (at: Instant): string => new Date(at).toISOString();
  const bounds = { timeMin: text(window.start), timeMax: text(window.end) };
  return { kind: 'calendar#freeBusy', ...bounds, calendars: Object.fromEntries(calendars) };
}

function instantAt(body: JsonObject, name: string): Instant {
  const text = textAt(body, name);
  if (text === undefined) throw breach('required', `Missing ${name}.`);
  if (!isRfc3339(text)) throw breach('invalid', `Invalid value for: ${name}`);
  return Date.parse(text) as Instant;
}

function busySpans(calendar: Calendar, window: Span): Span[] {
  const spans: Span[] = [];
  for (const event of calendar.events.values()) {
    if (event.status === 'cancelled') continue;
    const found = event.recurrence === null ? [event] : instancesOf(calendar, event, window, false);
    for (const one of found) {
      if (!isBusy(one, calendar) || !touches(calendar, one, window)) continue;
      const start = Math.max(instantOf(one.start, calendar.zone), window.start) as Instant;
      spans.push({ start, end: Math.min(instantOf(one.end, calendar.zone), window.end) as Instant });
    }
  }
  const merged: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || span.start > last.end) merged.push(span);
    else merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, span.end) as Instant };
  }
  return merged;
}

export function isBusy(event: StoredEvent, calendar: Calendar): boolean {
  if (event.content.transparency === 'transparent' || event.eventType === 'workingLocation') return false;
  const own = listAt(event.content, 'attendees')
    .filter(isObject)
    .find((row) => isSelf(textAt(row, 'email'), calendar));
  return own?.responseStatus !== 'declined';
}
