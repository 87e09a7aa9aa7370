/** What was sent to a webhook: the log, the test message, and sending again. */
import { showDelivery } from '../../mappings/crm-webhooks.ts';
import type { DeliveryId, TenantId, WebhookId } from '../domain/ids.ts';
import type { Instant } from '../domain/time.ts';
import type { Webhook } from '../domain/webhook.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, type Route, route } from './route.ts';
import { idParam, noQuery, pageOf } from './schemas.ts';
import { deliveriesQuery, deliveryOut, replayIn, replayOut, testOut } from './schemas-webhooks.ts';

const tag = 'Webhooks';

export function deliveryRoutes(parts: AppParts): readonly Route[] {
  return [listDeliveries(parts), testWebhook(parts), replayWebhook(parts)];
}

async function load(parts: AppParts, tenantId: TenantId, id: WebhookId): Promise<Webhook> {
  const webhook = await parts.store.webhooks.get(tenantId, id);
  if (webhook === null) throw notFound('webhook');
  return webhook;
}

const listDeliveries = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/webhooks/{id}/deliveries',
    name: 'listDeliveries',
    summary: 'Look at what was sent, and what came of it',
    details: 'Kept for 30 days. `state=dead` lists what was given up.',
    tag,
    scope: 'admin',
    params: idParam('webhook'),
    query: deliveriesQuery,
    body: null,
    answers: { 200: { description: 'Deliveries, newest first', schema: pageOf(deliveryOut) } },
    async handle({ params, query, caller }) {
      const { id } = await load(parts, caller.tenantId, params.id);
      const page = await parts.store.deliveries.list(id, query);
      return answer(200, pageOf(deliveryOut), { data: page.data.map(showDelivery), next: page.next });
    },
  });

const testWebhook = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/webhooks/{id}/test',
    name: 'testWebhook',
    summary: 'Send a test message now',
    details: 'A signed message of the type `webhook.test`; the answer says what came back. It is tried once.',
    tag,
    scope: 'admin',
    params: idParam('webhook'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'What came back', schema: testOut } },
    async handle({ params, caller }) {
      const { attempt, excerpt } = await parts.webhooks.test(await load(parts, caller.tenantId, params.id));
      const { status, durationMs, error } = attempt;
      return answer(200, testOut, { delivered: error === null, status, durationMs, error, body: excerpt });
    },
  });

const replayWebhook = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/webhooks/{id}/replay',
    name: 'replayWebhook',
    summary: 'Send again what came after a delivery or a time',
    details: 'Messages keep their `webhook-id`, so that a receiver can tell what it has already.',
    tag,
    scope: 'admin',
    idempotent: true,
    params: idParam('webhook'),
    query: noQuery,
    body: replayIn,
    answers: { 202: { description: 'How many are on their way again', schema: replayOut } },
    async handle({ params, body, caller }) {
      const { id } = await load(parts, caller.tenantId, params.id);
      const after = await placeOf(parts, id, body.after);
      const state = body.onlyDead ? 'dead' : null;
      const replayed = await parts.store.deliveries.replay(id, { after, state, now: parts.clock.now() });
      parts.webhooks.nudge(id);
      return answer(202, replayOut, { replayed });
    },
  });

async function placeOf(parts: AppParts, webhookId: WebhookId, after: DeliveryId | Instant) {
  // Of a time itself everything counts that is not before it.
  if (typeof after === 'number') return { at: after, id: '' };
  const delivery = await parts.store.deliveries.get(webhookId, after);
  if (delivery === null) throw notFound('delivery');
  return { at: delivery.createdAt, id: delivery.id };
}
