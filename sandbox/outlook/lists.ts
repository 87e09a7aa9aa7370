/** Pages of calendars, events, views and instances: ten to a page unless more are asked for. */
import type { JsonObject } from '../kit/json.ts';
import { isObject, textAt } from '../kit/json.ts';
import type { Query } from './contract.ts';
import type { Item } from './model.ts';
import { expansionOf, filterOf, propertiesJson, selected } from './options.ts';
import { breach } from './refusal.ts';
import { eventJson, type Sight } from './render.ts';
import { instancesOf, isMaster } from './series.ts';
import { readWindow, spanOf, touches } from './times.ts';

export interface Listing {
  readonly query: Query;
  /** The request's own address, from which that of the next page is made. */
  readonly address: URL;
  /** At most so many to a page, whatever was asked for; null: as asked. */
  readonly pageCap: number | null;
}

const usualPage = 10;
const largestPage = 1000;

/** @throws Refusal for a page larger than Graph has */
export function pageOf(
  rows: readonly JsonObject[],
  o: Listing,
  wishedSize: number | null,
  context: string,
): JsonObject {
  const top = o.query.number('$top');
  if (top !== undefined && (top < 1 || top > largestPage)) {
    throw breach('ErrorInvalidParameter', `The value of $top must lie between 1 and ${largestPage}.`);
  }
  const size = Math.min(top ?? wishedSize ?? usualPage, o.pageCap ?? largestPage);
  const skip = o.query.number('$skip') ?? 0;
  const value = rows.slice(skip, skip + size);
  const next = new URL(o.address);
  next.searchParams.set('$skip', String(skip + size));
  const isMore = skip + size < rows.length;
  return {
    '@odata.context': context,
    value,
    ...(o.query.text('$count') === 'true' ? { '@odata.count': rows.length } : {}),
    ...(isMore ? { '@odata.nextLink': next.href } : {}),
  };
}

function shownRows(items: readonly Item[], sight: Sight, o: Listing, mayFilterProperties: boolean): JsonObject[] {
  const expansion = expansionOf(o.query);
  const fits = filterOf(o.query, mayFilterProperties);
  return ordered(
    items.flatMap((item) => {
      const shown = eventJson(item, sight);
      return fits(shown, item) ? [{ ...shown, ...propertiesJson(item, expansion.properties) }] : [];
    }),
    o.query.text('$orderby'),
  ).map((row) => selected(row, o.query));
}

function ordered(rows: JsonObject[], by: string | undefined): JsonObject[] {
  if (by === undefined) return rows;
  const [, name, inner, way] = /^(\w+)(?:\/(\w+))?(?:\s+(asc|desc))?$/i.exec(by) ?? [];
  if (name === undefined) throw breach('ErrorInvalidUrlQuery', `$orderby '${by}' is not supported.`);
  const shownOf = (row: JsonObject): string => {
    const value = row[name];
    return isObject(value) ? (textAt(value, inner ?? '') ?? '') : String(value);
  };
  const sign = way?.toLowerCase() === 'desc' ? -1 : 1;
  return rows.sort((a, b) => sign * shownOf(a).localeCompare(shownOf(b)));
}

/** Singles and masters, nothing expanded. */
export function listEvents(sight: Sight, o: Listing): JsonObject {
  const items = [...sight.calendar.items.values()].filter(({ of }) => of === null);
  return pageOf(
    shownRows(items, sight, o, true),
    o,
    sight.wishes.pageSize,
    `${o.address.origin}/v1.0/$metadata#events`,
  );
}

export function listView(sight: Sight, o: Listing): JsonObject {
  const window = readWindow(o.query.text('startDateTime'), o.query.text('endDateTime'));
  const items = [...sight.calendar.items.values()]
    .filter(({ of }) => of === null)
    .flatMap((item) => (isMaster(item) ? instancesOf(sight.calendar, item, window) : [item]))
    .filter((item) => touches(item, window))
    .sort((a, b) => spanOf(a).start - spanOf(b).start);
  const context = `${o.address.origin}/v1.0/$metadata#calendarView`;
  return pageOf(shownRows(items, sight, o, false), o, sight.wishes.pageSize, context);
}

/** @throws Refusal for what is no series */
export function listInstances(master: Item, sight: Sight, o: Listing): JsonObject {
  if (!isMaster(master)) {
    throw breach('ErrorInvalidRequest', 'The instances of something that is no series master cannot be listed.');
  }
  const window = readWindow(o.query.text('startDateTime'), o.query.text('endDateTime'));
  const items = instancesOf(sight.calendar, master, window);
  const context = `${o.address.origin}/v1.0/$metadata#instances`;
  return pageOf(shownRows(items, sight, o, false), o, sight.wishes.pageSize, context);
}
