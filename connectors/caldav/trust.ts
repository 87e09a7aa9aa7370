/** Learns which kinds of content a server stores as sent, so that most writes need no reading back. */
import type { EventFields, InstanceFields } from '../../src/domain/event.ts';

/**
 * A server may reword what it stores and still return an ETag as if it had not (RFC 4791 section 5.3.4 forbids it; four
 * of six servers do it). A write is therefore read back until each kind of content in it has come back unchanged once
 * in this process. One reworded answer, and its kinds are read back from then on. See docs/decisions/caldav-read-back.md.
 */
export class Trust {
  private readonly kept = new Set<string>();
  private readonly reworded = new Set<string>();
  /** Bytes of the longest text that came back whole: limits cut what is longer than something. */
  private readonly longest = new Map<TextKey, number>();

  needsReading(fields: EventFields): boolean {
    if (textKeys.some((key) => longestOf(fields, key) > (this.longest.get(key) ?? 0))) return true;
    return traitsOf(fields).some((trait) => !this.kept.has(trait) || this.reworded.has(trait));
  }

  learn(fields: EventFields, cameBackUnchanged: boolean): void {
    for (const trait of traitsOf(fields)) (cameBackUnchanged ? this.kept : this.reworded).add(trait);
    if (!cameBackUnchanged) return;
    for (const key of textKeys) this.longest.set(key, Math.max(longestOf(fields, key), this.longest.get(key) ?? 0));
  }
}

type TextKey = 'title' | 'description' | 'location';
const textKeys: readonly TextKey[] = ['title', 'description', 'location'];

function longestOf(fields: EventFields, key: TextKey): number {
  const changed = Object.values(fields.instances).map((i) => (i === 'cancelled' ? 0 : Buffer.byteLength(i[key])));
  return Math.max(Buffer.byteLength(fields[key]), ...changed);
}

/** What could be treated differently by a server; coarse on purpose, a few dozen values in all. */
export function traitsOf(fields: EventFields): string[] {
  const traits = new Set<string>(fields.series === null ? [] : ['series', ...fields.series.rules.flatMap(ruleParts)]);
  addInstanceTraits(traits, fields);
  for (const instance of Object.values(fields.instances)) {
    if (instance === 'cancelled') traits.add('exception:cancelled');
    else {
      traits.add('exception:changed');
      addInstanceTraits(traits, instance);
    }
  }
  if (fields.series !== null && fields.series.extraDates.length > 0) traits.add('extra-dates');
  return [...traits];
}

const ruleParts = (rule: string): string[] => rule.split(';').map((part) => `rule:${part.split('=')[0]}`);

function addInstanceTraits(traits: Set<string>, fields: InstanceFields): void {
  for (const time of [fields.start, fields.end]) {
    traits.add(time.kind === 'zoned' ? `zone:${time.zone}` : time.kind);
  }
  traits.add(`busy:${fields.busy}`).add(`status:${fields.status}`).add(`privacy:${fields.privacy}`);
  for (const key of textKeys) {
    for (const trait of textTraits(fields[key])) traits.add(`${key}:${trait}`);
  }
}

/** Characters that servers trim, strip or cannot store. */
const oddities: readonly (readonly [string, RegExp])[] = [
  ['edges', /^\s|\s$/],
  ['lines', /\n/],
  ['markup', /[<>&]/],
  ['escapes', /[\\;,]/],
  ['controls', /[^\P{C}\n]/u],
  ['astral', /[\u{10000}-\u{10ffff}]/u],
  ['accents', /[^\p{ASCII}]/u],
  ['runs', /\s\s/],
];

function textTraits(text: string): string[] {
  const odd = oddities.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
  return [text === '' ? 'empty' : 'given', ...odd];
}
