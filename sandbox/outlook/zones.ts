/** Time zones as Outlook names them: Windows names, and the IANA names that it takes as well. */
import { findIana, findWindows } from 'windows-iana';
import type { Zone } from '../../src/domain/time.ts';
import { utcZone } from '../../src/domain/time.ts';
import { asZone } from '../../src/domain/zone.ts';

/**
 * The zone behind a name; null for one that Outlook does not know. Of the IANA names it takes those that have a Windows
 * zone; aliases and fixed offsets are refused.
 */
export function zoneNamed(name: string): Zone | null {
  if (/^(utc|etc\/utc|etc\/gmt|tzone:\/\/microsoft\/utc)$/i.test(name)) return utcZone;
  const fromWindows = findIana(name)[0];
  if (fromWindows !== undefined) return asZone(fromWindows);
  return findWindows(name) === undefined ? null : asZone(name);
}

export function windowsName(zone: Zone): string {
  return zone === utcZone ? 'UTC' : (findWindows(zone)?.[0] ?? 'UTC');
}
