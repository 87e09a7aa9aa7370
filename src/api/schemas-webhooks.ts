/** Validators of webhooks and their deliveries, in and out. */
import { z } from 'zod';
import { parseId } from '../domain/ids.ts';
import { webhookEvents } from '../domain/webhook.ts';
import { idOut, instantIn, instantOut, paging } from './schemas.ts';

const secretBytes = { least: 24, most: 64 };
/** As Standard Webhooks has it: `whsec_` and 24 to 64 bytes in base64. */
const secret = z
  .string()
  .max(120)
  .refine((text) => {
    const m = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text);
    const bytes = m === null ? 0 : Buffer.from(m[1]!, 'base64').length;
    const isWhole = m !== null && m[1]!.length % 4 === 0;
    return isWhole && bytes >= secretBytes.least && bytes <= secretBytes.most;
  }, 'must be whsec_ and 24 to 64 bytes in base64')
  .meta({ examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] });

const url = z
  .string()
  .max(2_000)
  .meta({ format: 'uri', examples: ['https://crm.example.com/hooks/interlock'] });
const webhookEvent = z.enum(webhookEvents);
const events = z
  .array(webhookEvent)
  .min(1)
  .max(webhookEvents.length)
  .refine((names) => new Set(names).size === names.length, 'must not name an event twice')
  .meta({ examples: [['booking.created', 'booking.moved', 'booking.cancelled']] });

export const webhookIn = z
  .strictObject({ url, events, secret: secret.optional().meta({ description: 'Left out: one is made' }) })
  .meta({ id: 'NewWebhook' });
export const webhookChange = z
  .strictObject({
    url,
    events,
    state: z.enum(['on', 'off']).meta({ description: '`on` also brings back one that answered 410' }),
    secret,
    rotateSecret: z.boolean().meta({ description: 'true: a new secret is made and shown in this answer' }),
  })
  .partial()
  .refine((body) => body.secret === undefined || body.rotateSecret !== true, {
    path: ['rotateSecret'],
    error: 'must not come with a secret',
  })
  .meta({ id: 'WebhookChange', description: 'A new secret and the old one both sign for 24 hours' });

const webhook = {
  id: idOut('webhook'),
  version: z.int(),
  url,
  events: z.array(webhookEvent),
  state: z.enum(['on', 'off', 'gone']).meta({ description: '`gone`: the receiver answered 410' }),
  oldSecretUntil: instantOut.nullable().meta({ description: 'Until then the old secret signs as well' }),
  createdAt: instantOut,
  updatedAt: instantOut,
};
const shownSecret = z.string().meta({
  description: 'Shown only here; receivers verify signatures with it',
  examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
});
export const webhookOut = z.strictObject(webhook).meta({ id: 'Webhook' });
export const webhookMade = z.strictObject({ ...webhook, secret: shownSecret }).meta({ id: 'WebhookWithSecret' });
export const webhookChanged = z
  .strictObject({ ...webhook, secret: shownSecret.optional() })
  .meta({ id: 'ChangedWebhook', description: 'With the secret where `rotateSecret` made one' });

const deliveryState = z.enum(['pending', 'delivered', 'dead']);
export const deliveriesQuery = z.strictObject({
  ...paging,
  state: deliveryState.nullable().default(null).meta({ description: '`dead`: given up after three days' }),
});
const attempt = {
  status: z.int().nullable().meta({ description: 'HTTP status; null when there was no answer' }),
  durationMs: z.int(),
  error: z
    .string()
    .nullable()
    .meta({ examples: ['answered 500'] }),
};
export const deliveryOut = z
  .strictObject({
    id: idOut('delivery').meta({ description: 'The `webhook-id` of every attempt' }),
    event: webhookEvent,
    state: deliveryState,
    createdAt: instantOut,
    nextAttemptAt: instantOut.nullable(),
    attempts: z.array(z.strictObject({ at: instantOut, ...attempt })).meta({ description: 'The latest, oldest first' }),
  })
  .meta({ id: 'Delivery' });
export const testOut = z
  .strictObject({
    delivered: z.boolean(),
    ...attempt,
    body: z.string().meta({ description: 'The beginning of what the receiver answered' }),
  })
  .meta({ id: 'WebhookTest' });

export const replayIn = z
  .strictObject({
    after: z
      .union([
        z
          .string()
          .max(80)
          .transform((text, context) => {
            const id = parseId('delivery', text);
            if (id !== null) return id;
            context.addIssue({ code: 'custom', message: 'must be the id of a delivery, or a time' });
            return z.NEVER;
          }),
        instantIn,
      ])
      .meta({
        description: 'A delivery or a time: what came after it is sent again',
        examples: ['2027-03-01T09:00:00Z'],
      }),
    onlyDead: z.boolean().default(false).meta({ description: 'Only what was given up' }),
  })
  .meta({ id: 'Replay' });
export const replayOut = z.strictObject({ replayed: z.int() }).meta({ id: 'Replayed' });
