/** Validators that everything shares which asks for time: who is needed, pads and units, freshness, and how times are said. */
import { z } from 'zod';
import { longestPadMs, type Takes } from '../domain/takes.ts';
import { dayMs } from '../domain/time.ts';
import type { Freshly, WhenIll } from '../scheduling/freshness.ts';
import { durationIn, idIn, languageIn, line, quantitiesOut, zoneIn } from './schemas.ts';
import { resourceKind } from './schemas-things.ts';

const skillWanted = z.union([
  line(60).transform((skill) => ({ skill, level: null })),
  z.strictObject({ skill: line(60), level: z.int().min(0).max(1000).nullable().default(null) }),
]);
export const requirement = z
  .strictObject({
    kind: resourceKind,
    skills: z.array(skillWanted).max(20).default([]),
    territoryId: line(80).nullable().default(null),
    quantity: z.int().min(1).max(20).default(1),
  })
  .meta({ id: 'Requirement', description: 'So many resources of this kind with these skills, all free at once' });
export const requirements = z.array(requirement).min(1).max(10);

const maxStaleness = durationIn({ minMs: 0, maxMs: 30 * dayMs, example: 'PT30S' });
export const freshness = {
  maxStaleness: maxStaleness.nullable().default(null).meta({
    description:
      'Calendars last read longer ago than this are read first, all within 2 seconds; PT0S reads every one. Null takes them as they are',
  }),
  whenIll: z.enum(['open', 'closed', 'tentative']).default('open').meta({
    description:
      'With maxStaleness, about a calendar that could not be read in time: go on with what is known (open), do not book its resource (closed), or go on and mark it as tentative',
  }),
};
/** Of a body, as the desk wants it. */
export const freshlyOf = (body: { readonly maxStaleness: number | null; readonly whenIll: WhenIll }): Freshly => ({
  maxStalenessMs: body.maxStaleness,
  whenIll: body.whenIll,
});

const pad = durationIn({ minMs: 0, maxMs: longestPadMs, example: 'PT15M' });
export const takes = {
  buffers: z
    .strictObject({ before: pad.default(0), after: pad.default(0) })
    .nullable()
    .default(null)
    .meta({
      description:
        'Getting ready and driving, blocked around the time. Between two jobs of one resource lies the longer of the two, not their sum',
    }),
  quantities: z
    .record(idIn('resource'), z.int().min(1).max(1000))
    .nullable()
    .default(null)
    .meta({ description: 'How many of a named resource; one of each that is not listed' }),
};
interface TakesIn {
  readonly buffers: { readonly before: number; readonly after: number } | null;
  readonly quantities: Readonly<Record<string, number>> | null;
}
/** Pads and units of a body, as the desk wants them. */
export const takesOf = ({ buffers, quantities }: TakesIn): Takes => ({
  beforeMs: buffers?.before ?? 0,
  afterMs: buffers?.after ?? 0,
  units: Object.fromEntries(Object.entries(quantities ?? {}).filter(([, n]) => n > 1)),
});
/** Refinement: quantities are of resources that are named. */
export function checkQuantities(
  body: {
    readonly quantities: Readonly<Record<string, number>> | null;
    readonly resourceIds: readonly string[] | null;
  },
  context: z.RefinementCtx,
): void {
  for (const id of Object.keys(body.quantities ?? {})) {
    if (body.resourceIds?.includes(id)) continue;
    context.addIssue({ code: 'custom', path: ['quantities', id], message: 'must be one of resourceIds' });
  }
}

export const speech = {
  timeZone: zoneIn.nullable().default(null).meta({ description: "The customer's zone, in which times are said" }),
  language: languageIn.nullable().default(null),
};
export const location = z
  .strictObject({
    address: line(300).nullable().default(null),
    lat: z.number().min(-90).max(90).nullable().default(null),
    lng: z.number().min(-180).max(180).nullable().default(null),
  })
  .refine((p) => (p.lat === null) === (p.lng === null), { path: ['lng'], error: 'lat and lng come together' });

export const takesOut = {
  buffers: z.strictObject({ before: z.string(), after: z.string() }).optional(),
  quantities: quantitiesOut.optional(),
};
