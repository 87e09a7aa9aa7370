/** Validators of availability, holds and offers, in and out. */
import { z } from 'zod';
import { dayMs } from '../domain/time.ts';
import {
  checkSpan,
  checkWindow,
  durationIn,
  idOut,
  instantIn,
  instantOut,
  line,
  resourceIds,
  sentenceExample,
  slotOut,
  spanOut,
} from './schemas.ts';
import { checkQuantities, freshness, location, requirements, speech, takes, takesOut } from './schemas-wishes.ts';

const wish = {
  from: instantIn,
  to: instantIn,
  duration: durationIn({ minMs: 60_000, maxMs: 31 * dayMs, example: 'PT90M' }),
  resourceIds: resourceIds
    .nullable()
    .default(null)
    .meta({ description: 'All of these together; with requires, the ones to choose from' }),
  requires: requirements.nullable().default(null),
  location: location.nullable().default(null).meta({
    description: 'Where the job is. Accepted, but without effect yet: travel is what `buffers` say',
  }),
  granularity: durationIn({ minMs: 60_000, maxMs: dayMs, example: 'PT15M' }).default(900_000),
  ...takes,
  ...freshness,
  ...speech,
};
export const availabilityIn = z
  .strictObject({ ...wish, limit: z.int().min(1).max(500).default(50), explain: z.boolean().default(false) })
  .superRefine(checkWindow)
  .superRefine(checkQuantities)
  .meta({
    id: 'AvailabilityQuery',
    description: 'With neither resourceIds nor requires: any one technician',
  });

export const offerIn = z
  .strictObject({
    ...wish,
    count: z.int().min(1).max(10).default(3).meta({ description: 'How many options at most' }),
    expiresIn: durationIn({ minMs: 5_000, maxMs: dayMs, example: 'PT2M' })
      .default(120_000)
      .meta({ description: 'At most ten minutes; `expiresAt` says what was granted' }),
    note: line(300).nullable().default(null),
  })
  .superRefine(checkWindow)
  .superRefine(checkQuantities)
  .meta({
    id: 'NewOffer',
  });
export const offerOut = z
  .strictObject({
    id: idOut('offer'),
    state: z.enum(['open', 'accepted', 'expired', 'released']),
    expiresAt: instantOut,
    createdAt: instantOut,
    note: z.string().nullable(),
    bookingId: idOut('booking').nullable(),
    options: z.array(
      z
        .strictObject({
          id: z.string().meta({ examples: ['opt_7v3k0q1m2n4p5r6s8t9a'] }),
          ...slotOut.shape,
          sentence: z.string().meta({ examples: [sentenceExample] }),
        })
        .meta({ id: 'OfferOption' }),
    ),
  })
  .meta({ id: 'Offer', description: 'All options are held until `expiresAt`; one may be accepted' });

export const freshnessOut = z.array(
  z
    .strictObject({
      calendarId: idOut('calendar'),
      syncedAt: instantOut.nullable(),
      problem: z.string().nullable().meta({ description: 'Why it could not be read in time, or null' }),
    })
    .meta({ id: 'Freshness' }),
);
export const availabilityOut = z
  .strictObject({
    slots: z.array(slotOut),
    freshness: freshnessOut,
    why: z
      .record(z.string(), z.int())
      .optional()
      .meta({ description: 'With explain: refused starts by reason, such as BUSY or NOT_WORKING' }),
  })
  .meta({ id: 'Availability' });

export const holdIn = z
  .strictObject({
    start: instantIn,
    end: instantIn,
    resourceIds,
    expiresIn: durationIn({ minMs: 1000, maxMs: dayMs, example: 'PT5M' })
      .default(300_000)
      .meta({ description: 'At most ten minutes; `expiresAt` says what was granted' }),
    note: line(300).nullable().default(null),
    ...takes,
  })
  .superRefine(checkSpan)
  .superRefine(checkQuantities)
  .meta({
    id: 'NewHold',
  });
export const holdOut = z
  .strictObject({
    id: idOut('hold'),
    ...spanOut,
    resourceIds: z.array(idOut('resource')),
    ...takesOut,
    note: z.string().nullable(),
    offerId: idOut('offer').nullable(),
    expiresAt: instantOut,
    createdAt: instantOut,
  })
  .meta({ id: 'Hold' });
