/** `getSchedule`: free and busy of default calendars, for work accounts. */
import type { Span } from '../../src/domain/time.ts';
import type { JsonObject } from '../kit/json.ts';
import { listAt, objectAt, textAt } from '../kit/json.ts';
import type { Item, Mailbox } from './model.ts';
import { breach, Refusal } from './refusal.ts';
import { instancesOf, isMaster } from './series.ts';
import { instantOf, readWhen, spanOf, touches } from './times.ts';
import type { World } from './world.ts';

const mostDays = 62;
const digits: Readonly<Record<string, string>> = {
  free: '0',
  workingElsewhere: '0',
  tentative: '1',
  busy: '2',
  oof: '3',
};

/** @throws Refusal for a personal account, and for a span that is too long */
export function querySchedule(world: World, mailbox: Mailbox, body: JsonObject): JsonObject {
  if (mailbox.isPersonal) throw new Refusal(403, 'ErrorAccessDenied', 'Personal accounts have no schedules.');
  const window: Span = {
    start: instantOf(readWhen(objectAt(body, 'startTime') ?? {}, 'startTime')),
    end: instantOf(readWhen(objectAt(body, 'endTime') ?? {}, 'endTime')),
  };
  if (window.end - window.start > mostDays * 86_400_000) {
    throw breach('ErrorTimeIntervalTooBig', `The requested time duration is longer than ${mostDays} days.`);
  }
  const minutes = typeof body.availabilityViewInterval === 'number' ? body.availabilityViewInterval : 30;
  if (minutes < 5 || minutes > 1440) throw breach('ErrorInvalidParameter', 'availabilityViewInterval is out of range.');
  const addresses = listAt(body, 'schedules').map(String);
  if (addresses.length > 20) throw breach('ErrorMailboxDataArrayTooBig', 'Too many schedules were asked for.');
  return { value: addresses.map((address) => scheduleOf(world, address, window, minutes)) };
}

function scheduleOf(world: World, scheduleId: string, window: Span, minutes: number): JsonObject {
  const mailbox = world.mailboxes.get(scheduleId.toLowerCase());
  const own = [...(mailbox?.calendars.values() ?? [])].find(({ isDefault }) => isDefault);
  const calendar = own === undefined ? undefined : world.calendars.get(own.calendarId);
  if (calendar === undefined) {
    const message = 'The mailbox was not found.';
    return {
      scheduleId,
      availabilityView: '',
      scheduleItems: [],
      error: { responseCode: 'ErrorMailRecipientNotFound', message },
    };
  }
  const items = [...calendar.items.values()]
    .filter(({ of, isCancelled }) => of === null && !isCancelled)
    .flatMap((item) => (isMaster(item) ? instancesOf(calendar, item, window) : [item]))
    .filter((item) => touches(item, window));
  const utc = (at: number): JsonObject => ({
    dateTime: `${new Date(at).toISOString().slice(0, 19)}.0000000`,
    timeZone: 'UTC',
  });
  const scheduleItems = items.map((item) => {
    const span = spanOf(item);
    return { status: statusOf(item), start: utc(span.start), end: utc(span.end) };
  });
  const slots = Math.ceil((window.end - window.start) / (minutes * 60_000));
  const availabilityView = Array.from({ length: slots }, (_, slot) => {
    const start = window.start + slot * minutes * 60_000;
    const end = start + minutes * 60_000;
    const there = items.filter((item) => spanOf(item).start < end && spanOf(item).end > start);
    return (
      there
        .map((item) => digits[statusOf(item)] ?? '2')
        .sort()
        .at(-1) ?? '0'
    );
  }).join('');
  return { scheduleId, availabilityView, scheduleItems };
}

const statusOf = (item: Item): string => textAt(item.content, 'showAs') ?? 'busy';
