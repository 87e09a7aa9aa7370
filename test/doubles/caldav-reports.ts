/** PROPFIND and REPORT of the CalDAV double. */
import type { Collection, Item } from './caldav-collection.ts';
import type { Answer, Knobs } from './caldav-server.ts';
import { all, C, D, errorBody, esc, multistatus, type Node, propRow, S, statusRow } from './caldav-xml.ts';

export const xml = (text: string): Answer => ({
  status: 207,
  headers: { 'content-type': 'application/xml; charset=utf-8' },
  body: text,
});
export const refuse = (status: number, body = ''): Answer => ({ status, body });

const comp = '<cal:comp name="VEVENT"/>';

export interface View {
  readonly knobs: Knobs;
  readonly principal: string;
  readonly home: string;
  readonly collections: ReadonlyMap<string, Collection>;
}

/** Properties of a collection or principal by their element names. */
function containerProps(view: View, path: string): Record<string, string> | null {
  const { knobs } = view;
  const collection = view.collections.get(path);
  const common = {
    [`${D}current-user-principal`]: `<x:current-user-principal><x:href>${view.principal}</x:href></x:current-user-principal>`,
  };
  if (collection !== undefined) {
    const reports = [
      '<cal:calendar-multiget/>',
      '<cal:calendar-query/>',
      ...(knobs.sync === 'token' ? ['<x:sync-collection/>'] : []),
    ];
    const wrapped = reports.map(
      (r) => `<x:supported-report>${knobs.bareReports ? r : `<x:report>${r}</x:report>`}</x:supported-report>`,
    );
    return {
      ...common,
      [`${D}resourcetype`]: '<x:resourcetype><x:collection/><cal:calendar/></x:resourcetype>',
      [`${D}displayname`]: '<x:displayname>007</x:displayname>',
      [`${D}supported-report-set`]: `<x:supported-report-set>${wrapped.join('')}</x:supported-report-set>`,
      [`${D}current-user-privilege-set`]: `<x:current-user-privilege-set>${knobs.readOnly ? '<x:privilege><x:read/></x:privilege>' : '<x:privilege><x:write/></x:privilege>'}</x:current-user-privilege-set>`,
      [`${C}supported-calendar-component-set`]: `<cal:supported-calendar-component-set>${comp}</cal:supported-calendar-component-set>`,
      [`${C}calendar-timezone`]: `<cal:calendar-timezone>${esc('BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n')}</cal:calendar-timezone>`,
      ...(knobs.sync === 'token' ? { [`${D}sync-token`]: `<x:sync-token>${collection.token}</x:sync-token>` } : {}),
      ...(knobs.sync === 'none' ? {} : { [`${S}getctag`]: `<a:getctag>${collection.ctag}</a:getctag>` }),
    };
  }
  if (path !== view.principal && path !== view.home && path !== '/') return null;
  const own = {
    [`${C}calendar-home-set`]: `<cal:calendar-home-set><x:href>${view.home}</x:href></cal:calendar-home-set>`,
    [`${C}calendar-user-address-set`]:
      '<cal:calendar-user-address-set><x:href>mailto:Tech@example.com</x:href><x:href>/principals/tech/</x:href></cal:calendar-user-address-set>',
  };
  return {
    ...common,
    [`${D}resourcetype`]: '<x:resourcetype><x:collection/></x:resourcetype>',
    ...(path === view.principal ? own : {}),
  };
}

/** An element without content, in the answer's own prefixes. */
function emptyTag(name: string): string {
  const [, ns, local] = /^\{(.*)\}(.+)$/.exec(name)!;
  return `<p:${local} xmlns:p="${ns}"/>`;
}

function rowFor(href: string, props: Record<string, string>, asked: readonly string[]): string {
  const found = asked.map((name) => props[name] ?? '').join('');
  return propRow(
    href,
    found,
    asked
      .filter((name) => !(name in props))
      .map(emptyTag)
      .join(''),
  );
}

function itemProps(view: View, item: Item): Record<string, string> {
  const etag = view.knobs.weakEtags ? `W/${item.etag}` : item.etag;
  return {
    ...(view.knobs.etagsInReports ? { [`${D}getetag`]: `<x:getetag>${esc(etag)}</x:getetag>` } : {}),
    [`${D}resourcetype`]: '<x:resourcetype/>',
    [`${C}calendar-data`]: `<cal:calendar-data>${esc(item.text)}</cal:calendar-data>`,
  };
}

export function propfind(view: View, path: string, depth: string, root: Node): Answer {
  const asked = all(root, `${D}prop`)[0]?.children.map((c) => c.name) ?? [];
  const container = containerProps(view, path.endsWith('/') ? path : `${path}/`);
  if (container === null) {
    const at = path.lastIndexOf('/') + 1;
    const item = view.collections.get(path.slice(0, at))?.items.get(path.slice(at));
    if (item !== undefined) return xml(multistatus([rowFor(spell(view, path), itemProps(view, item), asked)]));
    return view.knobs.innerErrors
      ? xml(multistatus([statusRow(`http%3A//inner${path}`, '404 Not Found')]))
      : refuse(404);
  }
  const rows = [rowFor(spell(view, path), container, asked)];
  const collection = view.collections.get(path);
  if (depth === '1' && collection !== undefined) {
    for (const [name, item] of collection.items)
      rows.push(rowFor(spell(view, path + name), itemProps(view, item), asked));
  } else if (depth === '1' && path === view.home) {
    for (const inner of view.collections.keys())
      rows.push(rowFor(spell(view, inner), containerProps(view, inner)!, asked));
  }
  return xml(multistatus(rows));
}

/** The server's own spelling of a path, which is not the one it was asked by. */
const spell = (view: View, path: string): string =>
  view.knobs.absoluteHrefs ? `http://inner.example.com${path.replaceAll('@', '%40')}` : path.replaceAll('@', '%40');

export function report(view: View, collection: Collection, depth: string, root: Node): Answer {
  switch (root.name) {
    case `${D}sync-collection`:
      return view.knobs.sync === 'token'
        ? syncCollection(view, collection, depth, root)
        : refuse(403, errorBody('<x:supported-report/>'));
    case `${C}calendar-multiget`:
      return multiget(view, collection, root);
    case `${C}calendar-query`: {
      const filters = all(root, `${C}comp-filter`).map((f) => f.attributes.name);
      return refuse(
        filters.join() === 'VCALENDAR,VEVENT' && depth === '1' ? 501 : 400,
        'a query needs a component filter and Depth 1',
      );
    }
    default:
      return refuse(403, errorBody('<x:supported-report/>'));
  }
}

function syncCollection(view: View, collection: Collection, depth: string, root: Node): Answer {
  const { knobs } = view;
  if (depth !== '0') return refuse(400, 'Depth must be 0 (RFC 6578 section 3.2)');
  if (all(root, `${D}sync-level`)[0]?.text !== '1') return refuse(400, 'sync-level must be 1');
  const token = all(root, `${D}sync-token`)[0]?.text ?? '';
  const found = collection.since(token, knobs.pageLimit);
  if (found === null) {
    if (knobs.badToken === 'server-error') return refuse(500, 'Traceback (most recent call last)');
    return refuse(403, errorBody('<x:valid-sync-token/>', knobs.sloppyNamespace ? 'DAV' : 'DAV:'));
  }
  const asked = all(root, `${D}prop`)[0]!
    .children.map((c) => c.name)
    .filter((name) => knobs.dataInSync || name !== `${C}calendar-data`);
  const rows = found.names.map((name) => {
    const item = collection.items.get(name);
    const href = spell(view, collection.path + name);
    return item === undefined ? statusRow(href, '404 Not Found') : rowFor(href, itemProps(view, item), asked);
  });
  if (found.isCut)
    rows.push(
      statusRow(spell(view, collection.path), '507 Insufficient Storage', '<x:number-of-matches-within-limits/>'),
    );
  return xml(multistatus(rows, `<x:sync-token>${found.token}</x:sync-token>`));
}

function multiget(view: View, collection: Collection, root: Node): Answer {
  const hrefs = all(root, `${D}href`).map((h) => h.text);
  if (hrefs.length === 0 || hrefs.length > 100) return refuse(400, 'a multiget names 1 to 100 hrefs');
  const asked = all(root, `${D}prop`)[0]?.children.map((c) => c.name) ?? [];
  const rows: string[] = [];
  for (const href of hrefs) {
    const path = decodeURIComponent(new URL(href, 'http://x').pathname);
    const item = collection.items.get(path.slice(collection.path.length));
    if (item !== undefined) rows.push(rowFor(spell(view, path), itemProps(view, item), asked));
    else if (view.knobs.missingInMultiget === 'whole') return refuse(404);
    else if (view.knobs.missingInMultiget === 'row') rows.push(statusRow(href, '404 Not Found'));
  }
  return xml(multistatus(rows));
}
