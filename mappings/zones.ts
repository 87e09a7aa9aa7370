/** Zone names as the world writes them (IANA, prefixed, Windows, old aliases) and the zones that we know. */
import { tzlib_get_ical_block, tzlib_get_timezones } from 'timezones-ical-library';
import { findIana, findWindows } from 'windows-iana';
import type { Zone } from '../src/domain/time.ts';
import { utcZone } from '../src/domain/time.ts';
import { asZone } from '../src/domain/zone.ts';

const utcNames = new Set([
  'utc',
  'z',
  'gmt',
  'etc/utc',
  'etc/gmt',
  'etc/zulu',
  'zulu',
  'universal time',
  'tzone://microsoft/utc',
]);
/** Names seen in real calendars that no table has or whose clock moved since the table was made, lower case. */
const extraNames: ReadonlyMap<string, string> = new Map([
  ['central asia standard time', 'Asia/Bishkek'],
  ['mountain standard time (mexico)', 'America/Mazatlan'],
  ['kamchatka standard time', 'Asia/Kamchatka'],
  ['mid-atlantic standard time', 'Etc/GMT+2'],
]);

const longest = 200;
const resolved = new Map<string, Zone | null>();

/** The zone that a TZID or a provider's zone name means, or null: an unknown zone is kept by its mapping, never guessed. */
export function resolveZone(name: string): Zone | null {
  if (name.length > longest) return null;
  const hit = resolved.get(name);
  if (hit !== undefined) return hit;
  const zone = find(name.trim().replace(/^"(.*)"$/, '$1'));
  // Names come from outside: the memory of them must not grow without end.
  if (resolved.size > 5000) resolved.clear();
  resolved.set(name, zone);
  return zone;
}

function find(name: string): Zone | null {
  if (name === '') return null;
  if (utcNames.has(name.toLowerCase())) return utcZone;
  return ianaOf(name) ?? windowsOf(name) ?? prefixedOf(name);
}

function ianaOf(name: string): Zone | null {
  const known = properCase().get(name.toLowerCase());
  // A bare abbreviation counts only as tzdata spells it ("CET", "EST5EDT"): "IST" means three zones, "est" nobody knows.
  if (!name.includes('/') && (known === undefined || (known.length <= 3 && known !== name))) return null;
  return asZone(known ?? name);
}

function windowsOf(name: string): Zone | null {
  const known = extraNames.get(name.toLowerCase()) ?? findIana(name)[0];
  if (known !== undefined) return asZone(known);
  const canonical = windowsCase().get(name.toLowerCase());
  return canonical === undefined ? null : asZone(findIana(canonical)[0] ?? '');
}

/** `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20070129_1/Europe/Berlin`, `tzone://...`. */
function prefixedOf(name: string): Zone | null {
  const parts = name.split('/').filter((part) => part !== '');
  for (let length = Math.min(3, parts.length - 1); length >= 1; length -= 1) {
    const tail = parts.slice(-length).join('/');
    if (utcNames.has(tail.toLowerCase()) && length === 1) return utcZone;
    const zone = length >= 2 ? ianaOf(tail) : null;
    if (zone !== null) return zone;
  }
  return null;
}

/** The Windows name of a zone, or null where Windows has none. */
export function windowsNameOf(zone: Zone): string | null {
  const direct = movedWindows.get(zone) ?? findWindows(zone)[0];
  if (direct !== undefined) return direct;
  // The table lags behind renamed cities (Kyiv): the platform knows under which older name it keeps the same zone.
  const older = new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  return findWindows(older)[0] ?? renamedWindows.get(zone) ?? null;
}
const renamedWindows: ReadonlyMap<string, string> = new Map([
  ['Europe/Kyiv', 'FLE Standard Time'],
  ['America/Ciudad_Juarez', 'Mountain Standard Time'],
  ['America/Coyhaique', 'SA Eastern Standard Time'],
]);

/** Zones that keep another clock since 2022 than the table's name for them: Mexico, Greenland, Kazakhstan, Antarctica. */
const movedWindows: ReadonlyMap<string, string> = new Map([
  ['America/Chihuahua', 'Central Standard Time (Mexico)'],
  ['America/Ojinaga', 'Central Standard Time'],
  ['America/Scoresbysund', 'Greenland Standard Time'],
  ['Asia/Almaty', 'West Asia Standard Time'],
  ['Asia/Qostanay', 'West Asia Standard Time'],
  ['Antarctica/Vostok', 'West Asia Standard Time'],
  ['Antarctica/Casey', 'W. Australia Standard Time'],
]);

const blocks = new Map<Zone, string>();

/** A VTIMEZONE for the zone under exactly this name, with CRLF line ends and one at its end; empty for UTC and unknown zones. */
export function vtimezoneFor(zone: Zone): string {
  const hit = blocks.get(zone);
  if (hit !== undefined) return hit;
  const block = makeBlock(zone);
  blocks.set(zone, block);
  return block;
}

function makeBlock(zone: Zone): string {
  const known = properCase().get(zone.toLowerCase());
  if (zone === utcZone || known === undefined) return '';
  const [text] = tzlib_get_ical_block(known);
  if (text === undefined || !text.startsWith('BEGIN:VTIMEZONE')) return '';
  // The library answers an alias under its main name; the object refers to the name that the event has.
  return `${text
    .replace(/^TZID:.*$/m, `TZID:${zone}`)
    .replace(/\r?\n/g, '\r\n')
    .trimEnd()}\r\n`;
}

let cased: ReadonlyMap<string, string> | null = null;
function properCase(): ReadonlyMap<string, string> {
  cased ??= new Map([...tzlib_get_timezones(), ...Intl.supportedValuesOf('timeZone')].map((n) => [n.toLowerCase(), n]));
  return cased;
}

let windowsNames: ReadonlyMap<string, string> | null = null;
function windowsCase(): ReadonlyMap<string, string> {
  windowsNames ??= new Map(
    [...properCase().values()].flatMap((iana) => findWindows(iana)).map((name) => [name.toLowerCase(), name]),
  );
  return windowsNames;
}

/** Every zone that this process knows, for matching a VTIMEZONE by its behaviour: fixed offsets last. */
export function allZones(): readonly Zone[] {
  const names = [...Intl.supportedValuesOf('timeZone'), ...tzlib_get_timezones()].filter(
    (name) => !name.startsWith('Etc/') || name.startsWith('Etc/GMT'),
  );
  const fixedLast = [...new Set(names)].sort((a, b) => Number(a.startsWith('Etc/')) - Number(b.startsWith('Etc/')));
  return fixedLast.map(asZone).filter((zone) => zone !== null);
}
