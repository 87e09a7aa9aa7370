/** Control verbs for everything that goes wrong: faults, delta, notifications, lanes; and for what the client did. */
import { z } from 'zod';
import { faultSchema } from '../kit/faults.ts';
import { Unmet, verb } from '../kit/verbs.ts';
import type { ControlDeps } from './control-deps.ts';

const nothing = z.strictObject({});
const chance = z.number().min(0).max(1);
const ms = z.number().min(0).max(600_000);

export function troubleVerbs({ world, faults, journal, knobs, lanes, delta }: ControlDeps) {
  return {
    fault: verb('Adds a fault; `GET /_control` and docs/sandbox.md name the kinds.', faultSchema, (fault) => ({
      id: faults.add(fault),
    })),
    faults: verb('Lists the faults that stand, with their hits.', nothing, () => ({ faults: faults.list() })),
    clearFaults: verb('Removes one fault or all.', z.strictObject({ id: z.string().optional() }), ({ id }) => {
      if (id === undefined) faults.clear();
      else if (!faults.remove(id)) throw new Unmet(`there is no fault ${id}`);
      return {};
    }),
    latency: verb('Holds every answer back so long.', z.strictObject({ ms }), ({ ms: latencyMs }) => {
      knobs.latencyMs = latencyMs;
      return {};
    }),
    pageCap: verb(
      'No page is longer than this; null: as asked.',
      z.strictObject({ size: z.number().int().min(1).nullable() }),
      ({ size }) => {
        knobs.pageCap = size;
        return {};
      },
    ),
    repeats: verb(
      'What a creation with the same transactionId and the same body gets: the `existing` event, or an `error`.',
      z.strictObject({ mode: z.enum(['existing', 'error']) }),
      ({ mode }) => {
        knobs.repeats = mode;
        return {};
      },
    ),
    lanes: verb(
      'Requests of a mailbox at once, and how one too many is refused.',
      z.strictObject({
        most: z.number().int().min(1).optional(),
        status: z.union([z.literal(429), z.literal(503)]).optional(),
        retryAfter: z.enum(['seconds', 'date', 'none']).optional(),
        retryAfterSeconds: z.number().min(0).optional(),
      }),
      (given) => ({ ...Object.assign(lanes.knobs, given), peaks: lanes.peaks() }),
    ),
    delta: verb(
      'Turns the surprises of delta: `hold`, `delayMs`, `emptyPages`, `repeat`, `replay`, `shuffle`, `occurrenceTombstones`.',
      z.strictObject({
        ...{ delayMs: ms.optional(), hold: z.boolean().optional(), repeat: z.boolean().optional() },
        ...{ emptyPages: z.number().int().min(0).optional(), replay: z.number().int().min(0).optional() },
        ...{ shuffle: z.boolean().optional(), occurrenceTombstones: z.boolean().optional() },
      }),
      (given) => ({ ...Object.assign(delta.knobs, given) }),
    ),
    expireDeltaTokens: verb(
      'Old delta tokens are lost, of one calendar or of all: 410 with a Location, or 400 or 404 with a code.',
      z.strictObject({
        calendarId: z.string().optional(),
        status: z.union([z.literal(410), z.literal(400), z.literal(404)]).default(410),
        code: z.string().optional(),
      }),
      ({ calendarId, status, code }) => {
        delta.loss = { status, code: code ?? (status === 410 ? 'fullSyncRequired' : 'syncStateNotFound') };
        for (const calendar of world.calendars.values()) {
          if (calendarId === undefined || calendar.id === calendarId) calendar.epoch += 1;
        }
        return {};
      },
    ),
    requests: verb(
      'What was asked: counts by operation, and the requests themselves.',
      z.strictObject({ method: z.string().optional() }),
      ({ method }) => ({
        counts: journal.counts(),
        requests: journal.requests().filter((entry) => method === undefined || entry.method === method),
      }),
    ),
    violations: verb('What the client did that Graph would refuse or ignore.', nothing, () => ({
      violations: journal.violations(),
    })),
    clearRequests: verb('Forgets requests, counts and violations.', nothing, () => {
      journal.clear();
      return {};
    }),
  };
}

export function pushVerbs({ deliveries, subscriptions }: ControlDeps) {
  return {
    pushes: verb(
      'How notifications travel: `drop`, `double`, `delayMs`, `spreadMs`, `dropNext`, `hold`, `retryMs`; and what Graph allows and sends: `httpsOnly`, `fanOut`, `batchMs`, `mostMinutes`, `mailboxEvents`, `refuse`.',
      z.strictObject({
        ...{ drop: chance.optional(), double: chance.optional(), delayMs: ms.optional(), spreadMs: ms.optional() },
        ...{ dropNext: z.number().int().min(0).optional(), hold: z.boolean().optional(), retryMs: ms.optional() },
        ...{ httpsOnly: z.boolean().optional(), fanOut: z.boolean().optional(), batchMs: ms.optional() },
        ...{ mostMinutes: z.number().int().min(45).optional(), refuse: z.boolean().optional() },
        mailboxEvents: z.enum(['default', 'all']).optional(),
      }),
      ({ httpsOnly, fanOut, batchMs, mostMinutes, refuse, mailboxEvents, ...travel }) => {
        const rules = { httpsOnly, fanOut, batchMs, mostMinutes, refuse, mailboxEvents };
        const given = Object.entries(rules).filter(([, value]) => value !== undefined);
        Object.assign(deliveries.knobs, travel);
        Object.assign(subscriptions.knobs, Object.fromEntries(given));
        return { ...deliveries.knobs, ...subscriptions.knobs };
      },
    ),
    releasePushes: verb(
      'Lets held notifications go: `kept`, `reversed` or `shuffled`.',
      z.strictObject({ order: z.enum(['kept', 'reversed', 'shuffled']).default('kept') }),
      ({ order }) => ({ released: deliveries.release(order) }),
    ),
    deliveries: verb('Lists what was sent and what became of it.', nothing, () => ({ deliveries: deliveries.log() })),
    subscriptions: verb('Lists the subscriptions that run.', nothing, () => ({
      subscriptions: subscriptions.living().map((entry) => ({ ...entry })),
    })),
    silenceSubscriptions: verb(
      'Ends subscriptions without telling anybody: of one calendar or all.',
      z.strictObject({ calendarId: z.string().optional() }),
      ({ calendarId }) => ({
        silenced: subscriptions.silence((entry) => calendarId === undefined || entry.calendarId === calendarId),
      }),
    ),
    lifecycle: verb(
      'Sends a lifecycle notification to every subscription, or to those of one calendar; `reauthorizationRequired` pauses, `subscriptionRemoved` ends them.',
      z.strictObject({
        event: z.enum(['reauthorizationRequired', 'subscriptionRemoved', 'missed']),
        calendarId: z.string().optional(),
      }),
      ({ event, calendarId }) => {
        const meant = subscriptions
          .living()
          .filter((entry) => calendarId === undefined || entry.calendarId === calendarId);
        for (const subscription of meant) subscriptions.lifecycle(subscription, event);
        return { told: meant.length };
      },
    ),
  };
}
