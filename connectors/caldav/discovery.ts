/** Finds an account's calendars from what a person knows: a server address or an e-mail address (RFC 6764). */
import { resolveSrv, resolveTxt } from 'node:dns/promises';
import { Fault } from '../../src/domain/fault.ts';
import { Refused } from './answers.ts';
import { type DavClient, drop, mayCarryCredentials } from './client.ts';
import { isCollection, pathOf } from './hrefs.ts';
import { caldavNs, contains, type DavRow, davNs, propHrefs, propOf } from './multistatus.ts';
import { Unreachable } from './network-fault.ts';
import { findPrincipal } from './requests.ts';

/** Where an account's calendars are. */
export interface Place {
  /** The address that answered, after redirects. */
  readonly server: string;
  /** Collections that hold calendars (absolute URLs); empty where the address is a calendar itself. */
  readonly homes: readonly string[];
  /** The calendar, where the address is one and its server tells no home. */
  readonly calendar: string | null;
  readonly principal: string | null;
  /** The owner's e-mail addresses: whose answer to an invitation counts. */
  readonly addresses: readonly string[];
}

/** DNS as discovery needs it; replaced in tests. */
export interface ServiceRecords {
  srv(name: string): Promise<readonly { name: string; port: number; priority: number }[]>;
  txt(name: string): Promise<readonly (readonly string[])[]>;
}
export const systemRecords: ServiceRecords = { srv: resolveSrv, txt: resolveTxt };

/** Takes `host`, `host/path`, a URL or an e-mail address; http only where it is written out. */
export function parseServer(text: string): { url: URL } | { domain: string } | null {
  const trimmed = text.trim();
  const mail = /^(?:mailto:)?[^\s@/:]+@([^\s@/:]+)$/i.exec(trimmed);
  if (mail !== null) return URL.canParse(`https://${mail[1]}`) ? { domain: mail[1]!.toLowerCase() } : null;
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (trimmed === '' || !URL.canParse(full)) return null;
  const url = new URL(full);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  url.hash = '';
  url.search = '';
  return { url };
}

const wellKnown = '/.well-known/caldav';

/**
 * Addresses to try for a domain: what its SRV and TXT records name (TLS only: a password follows), else the domain's
 * well-known address, whose redirect to another host counts because the domain vouches for it over TLS.
 */
export async function addressesOf(domain: string, dns: ServiceRecords, client: DavClient): Promise<URL[]> {
  const service = `_caldavs._tcp.${domain}`;
  const records = await dns.srv(service).catch(() => []);
  const best = [...records].filter((r) => r.name !== '').sort((a, b) => a.priority - b.priority)[0];
  if (best !== undefined) {
    const lines = await dns.txt(service).catch(() => []);
    const path = lines.map((parts) => /^path=(\/.*)$/.exec(parts.join(''))?.[1]).find((p) => p !== undefined);
    return [new URL(`https://${best.name}:${best.port}${path ?? '/'}`)];
  }
  const start = new URL(`https://${domain}${wellKnown}`);
  const answer = await client.once({ method: 'GET', url: start }, { anonymous: true });
  await drop(answer);
  const location = answer.headers.location;
  if (answer.status >= 300 && answer.status < 400 && location !== undefined && URL.canParse(location, start.href)) {
    const target = new URL(location, start);
    if (target.protocol === 'https:') return [target];
  }
  return [new URL('/', start)];
}

/**
 * Walks from an address to the calendar homes: principal, then home set. Tried in order: the address as given, the
 * host's well-known address, the host's root; an address without a path asks the well-known one first.
 * @throws Fault `consent` when the credentials are refused, `invalid` when no CalDAV service answers
 */
export async function discover(client: DavClient, start: URL): Promise<Place> {
  const others = [new URL(wellKnown, start), new URL('/', start)];
  const candidates = start.pathname === '/' ? others : [start, ...others];
  let reason: Fault | null = null;
  for (const url of candidates) {
    const found = await ask(client, url).catch((error: unknown) => {
      if (!(error instanceof Fault) || !isDeadEnd(error)) throw error;
      reason ??= error;
      return null;
    });
    if (found === null) continue;
    const place = await placeOf(client, found.row, found.url);
    if (place !== null) return place;
  }
  const why = reason === null ? '' : ` (${(reason as Fault).message})`;
  throw new Fault('invalid', `${start.host} offers no CalDAV service at this address${why}.`);
}

/** Whether the next candidate may still be right: no answer, a refused login, throttling and outages are final. */
function isDeadEnd(error: Fault): boolean {
  if (error instanceof Unreachable) return false;
  if (!(error instanceof Refused)) return error.kind === 'invalid';
  return error.refusal.status === 500 || (error.kind === 'invalid' && error.refusal.status !== 401);
}

interface Found {
  readonly row: DavRow;
  readonly url: URL;
}

async function ask(client: DavClient, url: URL): Promise<Found | null> {
  const rows: DavRow[] = [];
  const headers = { depth: '0', 'content-type': 'application/xml; charset=utf-8' };
  const answer = await client.multistatus({ method: 'PROPFIND', url, headers, body: findPrincipal }, (r) =>
    rows.push(r),
  );
  const row = rows.find((r) => isCollection(r.href, answer.url)) ?? (rows.length === 1 ? rows[0] : undefined);
  if (row === undefined || row.status === 404) return null;
  return { row, url: answer.url };
}

async function placeOf(client: DavClient, row: DavRow, url: URL): Promise<Place | null> {
  const current = propOf(row, davNs, 'current-user-principal');
  if (current !== null && contains(current, davNs, 'unauthenticated')) {
    throw new Fault('consent', 'The server does not accept the user name or password.');
  }
  const href = propHrefs(row, davNs, 'current-user-principal')[0];
  if (href !== undefined) {
    const principalUrl = absolute(href, url);
    const principal = await ask(client, principalUrl);
    const homes = principal === null ? [] : homesOf(principal.row, principal.url);
    if (principal !== null && homes.length > 0) {
      return place(url, homes, null, principal.url.href, principal.row);
    }
  }
  // Some servers tell no principal: the address may be the principal, a calendar, or the home itself.
  const homes = homesOf(row, url);
  if (homes.length > 0) return place(url, homes, null, url.href, row);
  const type = propOf(row, davNs, 'resourcetype');
  if (type === null) return null;
  if (contains(type, caldavNs, 'calendar')) return place(url, [], url.href, null, row);
  return contains(type, davNs, 'collection') && (await speaksCalDav(client, url))
    ? place(url, [url.href], null, null, row)
    : null;
}

async function speaksCalDav(client: DavClient, url: URL): Promise<boolean> {
  const answer = await client.send({ method: 'OPTIONS', url });
  await drop(answer);
  return /\bcalendar-access\b/.test(answer.headers.dav ?? '');
}

function place(
  url: URL,
  homes: readonly string[],
  calendar: string | null,
  principal: string | null,
  row: DavRow,
): Place {
  const addresses = propHrefs(row, caldavNs, 'calendar-user-address-set')
    .filter((href) => /^mailto:/i.test(href))
    .map((href) => href.slice('mailto:'.length).toLowerCase());
  return { server: url.href, homes, calendar, principal, addresses: [...new Set(addresses)] };
}

const homesOf = (row: DavRow, url: URL): string[] =>
  propHrefs(row, caldavNs, 'calendar-home-set').map((href) => absolute(href, url).href);

/** An href as a URL on a host that may have our credentials; a foreign host name (a proxy's inner one) is replaced by ours. */
export function absolute(href: string, base: URL): URL {
  if (URL.canParse(href, base.href)) {
    const url = new URL(href, base);
    if (mayCarryCredentials(base, url)) return url;
  }
  return new URL(pathOf(href, base) ?? '/', base);
}
