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

  needsReading(fields: EventFields): boolean {
    return traitsOf(fields).some((trait) => !this.kept.has(trait) || this.reworded.has(trait));
  }

  learn(fields: EventFields, cameBackUnchanged: boolean): void {
    for (const trait of traitsOf(fields)) (cameBackUnchanged ? this.kept : this.reworded).add(trait);
  }
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
  for (const key of ['title', 'description', 'location'] as const) {
    for (const trait of textTraits(fields[key])) traits.add(`${key}:${trait}`);
  }
}

/** Length by powers of four (limits cut at some length), and the characters that servers trim, strip or cannot store. */
function textTraits(text: string): string[] {
  const length = text === '' ? 0 : Math.ceil(Math.log2(Buffer.byteLength(text)) / 2);
  const odd: readonly (readonly [string, RegExp])[] = [
    ['edges', /^\s|\s$/],
    ['lines', /\n/],
    ['markup', /[<>&]/],
    ['escapes', /[\\;,]/],
    ['controls', /[^\P{C}\n]/u],
    ['astral', /[\u{10000}-\u{10ffff}]/u],
    ['accents', /[^\p{ASCII}]/u],
    ['runs', /\s\s/],
  ];
  return [`length-${length}`, ...odd.filter(([, pattern]) => pattern.test(text)).map(([name]) => name)];
}
