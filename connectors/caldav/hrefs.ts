/** One spelling for hrefs, so that a copy has one RemoteId however a server encodes its path today. */
import { asRemoteId, type RemoteId } from '../../src/domain/ids.ts';

/**
 * The path of an href as we keep it: as the server spells it, except that unreserved characters, `@` and `:` stand for
 * themselves and hex digits are upper case (RFC 3986 section 6.2.2). Servers answer `%40` for the `@` that we sent; other
 * reserved characters stay as spelled because some servers tell `%2F` from `/` and `%3B` from `;`.
 * The host is left out on purpose: servers behind a proxy put their inner name into absolute hrefs.
 */
export function pathOf(href: string, base: URL): string | null {
  let path: string;
  try {
    path = new URL(href.trim(), base).pathname;
  } catch {
    return null;
  }
  return path.replace(/%(?:([0-9A-Fa-f]{2}))?/g, (whole: string, hex: string | undefined) => {
    if (hex === undefined) return '%25';
    const char = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~@:]/.test(char) ? char : whole.toUpperCase();
  });
}

const withSlash = (path: string): string => (path.endsWith('/') ? path : `${path}/`);

/** RemoteId of a calendar: its absolute URL with an end slash. */
export function calendarId(href: string, base: URL): RemoteId | null {
  const path = pathOf(href, base);
  return path === null ? null : asRemoteId(base.origin + withSlash(path));
}

/** The path of a collection's URL, with an end slash. */
export const collectionPath = (url: URL): string => withSlash(pathOf(url.href, url)!);

/** RemoteId of an object directly inside the collection; null for the collection itself and for anything elsewhere. */
export function memberId(href: string, collection: URL): RemoteId | null {
  const path = pathOf(href, collection);
  const inside = collectionPath(collection);
  if (path === null || !path.startsWith(inside)) return null;
  const name = path.slice(inside.length);
  return name === '' || name.includes('/') ? null : asRemoteId(path);
}

/** Whether the href names the collection itself. */
export function isCollection(href: string, collection: URL): boolean {
  const path = pathOf(href, collection);
  return path !== null && withSlash(path) === collectionPath(collection);
}

/** Where to send a request for an object: always to the calendar's own host. */
export const urlOf = (calendar: URL, id: RemoteId): URL => new URL(calendar.origin + id);
