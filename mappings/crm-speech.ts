/** Times as they are said: one short sentence that a voice agent can read out, in the customer's zone and language. */
import type { Instant, Span, Zone } from '../src/domain/time.ts';
import { instantToWall } from '../src/domain/zone.ts';

/** For a tag that names no language known here, and where none is given. */
export const defaultLanguage = 'en';

/** The tag in its canonical form, or null for a text that is none (BCP 47). */
export function asLanguage(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

interface Voice {
  when(at: Instant): string;
  zoneName(at: Instant): string;
  unit(count: number, unit: 'day' | 'hour' | 'minute'): string;
  list(parts: readonly string[]): string;
}

/** Making one takes a millisecond, using it microseconds; few zones and languages meet in one business. */
const voices = new Map<string, Voice>();
const mostVoices = 200;

function voiceOf(zone: Zone, language: string): Voice {
  const key = `${zone} ${language}`;
  const known = voices.get(key);
  if (known !== undefined) return known;
  const spoken = [language, defaultLanguage];
  const day = { weekday: 'long', day: 'numeric', month: 'long' } as const;
  const when = new Intl.DateTimeFormat(spoken, { ...day, hour: 'numeric', minute: '2-digit', timeZone: zone });
  const named = new Intl.DateTimeFormat(spoken, { timeZone: zone, timeZoneName: 'long' });
  const list = new Intl.ListFormat(spoken, { type: 'unit', style: 'long' });
  const voice: Voice = {
    when: (at) => when.format(at),
    zoneName: (at) => named.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? zone,
    unit: (count, unit) => new Intl.NumberFormat(spoken, { style: 'unit', unit, unitDisplay: 'long' }).format(count),
    list: (parts) => list.format(parts),
  };
  if (voices.size >= mostVoices) voices.clear();
  voices.set(key, voice);
  return voice;
}

const minuteMs = 60_000;
const spokenLengths = new Map<string, string>();

/** "Wednesday, June 2 at 10:00 AM, 1 hour"; where the clock shows the time twice, the zone's name says which. */
export function sayWhen(span: Span, zone: Zone, language: string): string {
  const voice = voiceOf(zone, language);
  const start = voice.when(span.start);
  const zoneName = isShownTwice(span.start, zone) ? ` (${voice.zoneName(span.start)})` : '';
  return `${start}${zoneName}, ${sayLength(span.end - span.start, language, voice)}`;
}

function sayLength(ms: number, language: string, voice: Voice): string {
  const key = `${language} ${ms}`;
  const known = spokenLengths.get(key);
  if (known !== undefined) return known;
  const minutes = Math.max(1, Math.round(ms / minuteMs));
  const parts = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor((minutes % 1440) / 60), 'hour'],
    [minutes % 60, 'minute'],
  ] as const;
  const said = voice.list(parts.filter(([count]) => count > 0).map(([count, unit]) => voice.unit(count, unit)));
  if (spokenLengths.size >= 10 * mostVoices) spokenLengths.clear();
  spokenLengths.set(key, said);
  return said;
}

/** Clocks are set back by half an hour, one hour or two. */
function isShownTwice(at: Instant, zone: Zone): boolean {
  const wall = instantToWall(at, zone);
  return [30, 60, 120].some((minutes) =>
    [-1, 1].some((sign) => instantToWall((at + sign * minutes * minuteMs) as Instant, zone) === wall),
  );
}

/** What is read back to the customer once it is booked: what, when, where. */
export const readBack = (o: {
  readonly title: string;
  readonly span: Span;
  readonly zone: Zone;
  readonly language: string;
  readonly address: string | null;
}): string => `${o.title}: ${sayWhen(o.span, o.zone, o.language)}${o.address === null ? '' : `, ${o.address}`}.`;
