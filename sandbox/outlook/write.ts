/** Creating, changing and deleting events, with everything that Exchange refuses about it. */
import type { JsonObject } from '../kit/json.ts';
import { isObject, listAt, objectAt, textAt } from '../kit/json.ts';
import { changedItem, newItem, type Writing } from './draft.ts';
import { newKey } from './ids.ts';
import type { Calendar, Draft, Item, Mail, Mailbox } from './model.ts';
import { breach, Refusal } from './refusal.ts';
import { etagOf } from './render.ts';
import { isMaster, neighbours } from './series.ts';
import { dayOf } from './times.ts';
import type { World } from './world.ts';

export interface WriteCall extends Writing {
  readonly world: World;
  readonly mailbox: Mailbox;
  readonly calendar: Calendar;
  readonly ifMatch: string | undefined;
  /** What a creation that repeats itself to the letter gets. */
  readonly repeats: 'existing' | 'error';
}

/** @throws Refusal ErrorDuplicateTransactionId for an id that made another event */
export function create(call: WriteCall): Item {
  const { world, mailbox, calendar, body } = call;
  const draft = newItem(call, newKey(), mailbox, world.clock.now());
  const id = draft.transactionId === null ? null : `${mailbox.email} ${draft.transactionId}`;
  const written = JSON.stringify(body);
  const known = id === null ? undefined : world.transactions.get(id);
  if (known !== undefined) {
    const first = known.calendarId === calendar.id ? calendar.items.get(known.key) : undefined;
    if (call.repeats === 'existing' && first !== undefined && known.body === written) return first;
    throw new Refusal(
      ...([400, 'ErrorDuplicateTransactionId'] as const),
      `Your request can't be completed. The TransactionId has already been used to create a different event.`,
    );
  }
  if (id !== null) world.transactions.set(id, { key: draft.key, calendarId: calendar.id, body: written });
  const item = world.put(calendar, draft);
  mailed(world, calendar, item, 'invitation');
  return item;
}

/** @throws Refusal 412 for an etag that is not the newest */
export function patch(call: WriteCall, before: Item): Item {
  const { world, calendar } = call;
  checkMatch(call, before);
  const draft = changedItem(call, before);
  if (before.of !== null) checkPlace(calendar, before, draft);
  if (before.series !== null && draft.series?.generation !== before.series.generation) {
    world.dropExceptions(calendar, before.key);
  }
  const item = world.put(calendar, draft);
  mailed(world, calendar, item, 'update');
  return item;
}

export function remove(call: Pick<WriteCall, 'world' | 'calendar' | 'ifMatch'>, item: Item): void {
  const { world, calendar } = call;
  checkMatch(call, item);
  if (item.isOrganizer) mailed(world, calendar, item, 'cancellation');
  removeItem(world, calendar, item);
}

/** A deleted occurrence changes its series: there is nothing else by which it is told. */
export function removeItem(world: World, calendar: Calendar, item: Item): void {
  const master = item.of === null ? undefined : calendar.items.get(item.of.master);
  world.remove(calendar, item);
  if (item.of === null || master === undefined || !isMaster(master)) return;
  const cancelled = [...master.series.cancelled, item.of.day];
  world.put(calendar, { ...master, series: { ...master.series, cancelled } });
}

/** Takes the etag, or the bare change key, in or without quotes. */
function checkMatch({ ifMatch }: Pick<WriteCall, 'ifMatch'>, item: Item): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch === etagOf(item)) return;
  if (!/^(W\/)?"[^"]+"$/.test(ifMatch)) {
    throw breach('ErrorInvalidChangeKey', `The value of If-Match, ${ifMatch}, is no etag.`);
  }
  throw new Refusal(
    ...([412, 'ErrorIrresolvableConflict'] as const),
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );
}

/** An occurrence stays between its neighbours, on a day of its own. */
function checkPlace(calendar: Calendar, before: Item, draft: Draft): void {
  const master = calendar.items.get(before.of!.master);
  if (master === undefined || !isMaster(master)) return;
  const around = neighbours(calendar, master, before.of!.day);
  const [from, to] = [dayOf(draft.start), dayOf(draft.end)];
  const isBetween = (around.before === null || from > around.before) && (around.after === null || from < around.after);
  if (isBetween && (around.after === null || to <= around.after)) return;
  throw new Refusal(
    ...([400, 'ErrorOccurrenceCrossingBoundary'] as const),
    'Cannot modify the recurring calendar item to the day on or before the day of the previous occurrence, or to the day on or after the day of the next occurrence.',
  );
}

function mailed(world: World, calendar: Calendar, item: Item, kind: Mail['kind']): void {
  const to = listAt(item.content, 'attendees')
    .filter(isObject)
    .map((row: JsonObject) => textAt(objectAt(row, 'emailAddress'), 'address') ?? '');
  if (to.length === 0) return;
  world.mails.push({ calendarId: calendar.id, subject: textAt(item.content, 'subject') ?? '', kind, to });
}
