/** Webhooks: who is told of what, and with which secret. */
import { randomBytes } from 'node:crypto';
import { showWebhook } from '../../mappings/crm-webhooks.ts';
import { newId } from '../domain/ids.ts';
import { dayMs, type Instant } from '../domain/time.ts';
import type { Webhook } from '../domain/webhook.ts';
import { networkGuard } from '../net/guard.ts';
import { given } from './given.ts';
import type { AppParts } from './parts.ts';
import { invalidField, notFound, Refusal } from './problems.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery, pagedQuery, pageOf } from './schemas.ts';
import { webhookChange, webhookChanged, webhookIn, webhookMade, webhookOut } from './schemas-webhooks.ts';
import { etag, savedAfterChange } from './versions.ts';

const tag = 'Webhooks';
const mostPerTenant = 50;
/** How long the old secret signs beside the new one. */
const bothMs = dayMs;

export function webhookRoutes(parts: AppParts): readonly Route[] {
  return [createWebhook(parts), listWebhooks(parts), getWebhook(parts), changeWebhook(parts), deleteWebhook(parts)];
}

const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** @throws Refusal `invalid_request` unless the address is one that we may send to, as far as it shows by itself */
function checkUrl(parts: AppParts, text: string): void {
  const { allowPrivateHosts } = parts.config;
  const url = URL.canParse(text) ? new URL(text) : null;
  const schemes = allowPrivateHosts ? ['https:', 'http:'] : ['https:'];
  if (url === null || !schemes.includes(url.protocol)) throw invalidField('url', 'must be an https address');
  if (url.username !== '' || url.password !== '') throw invalidField('url', 'must not hold a user name or password');
  try {
    networkGuard({ allowPrivateHosts }).checkUrl(url);
  } catch {
    throw invalidField('url', 'must not lead into a private or reserved network');
  }
}

const createWebhook = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/webhooks',
    name: 'createWebhook',
    summary: 'Be told of what happens',
    details:
      'Each message is a POST with `{type, timestamp, data}`, signed by the Standard Webhooks scheme. Messages about one booking come in order; what is not answered with 2xx within 15 seconds comes again, for three days.',
    tag,
    scope: 'admin',
    idempotent: true,
    secretAnswer: true,
    params: noParams,
    query: noQuery,
    body: webhookIn,
    problems: ['rule_violation'],
    answers: { 201: { description: 'The webhook and its secret, shown once', schema: webhookMade } },
    async handle({ body, caller: { tenantId } }) {
      checkUrl(parts, body.url);
      if ((await parts.store.webhooks.count(tenantId)) >= mostPerTenant) {
        throw new Refusal('rule_violation', `There may be ${mostPerTenant} webhooks; remove one first.`);
      }
      const secret = body.secret ?? newSecret();
      const now = parts.clock.now();
      const webhook: Webhook = {
        ...{ id: newId('webhook'), tenantId, version: 1, url: body.url, events: body.events, state: 'on' },
        ...{ secret: parts.secrets.seal(secret), oldSecret: null, quietUntil: null, createdAt: now, updatedAt: now },
      };
      await parts.store.webhooks.insert(webhook);
      const headers = { Location: `/v1/webhooks/${webhook.id}`, ...etag(webhook) };
      return answer(201, webhookMade, { ...showWebhook(webhook, now), secret }, headers);
    },
  });

const listWebhooks = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/webhooks',
    name: 'listWebhooks',
    summary: 'List webhooks',
    tag,
    scope: 'admin',
    params: noParams,
    query: pagedQuery,
    body: null,
    answers: { 200: { description: 'Webhooks, oldest first', schema: pageOf(webhookOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.webhooks.list(caller.tenantId, query);
      const now = parts.clock.now();
      return answer(200, pageOf(webhookOut), { data: page.data.map((w) => showWebhook(w, now)), next: page.next });
    },
  });

const getWebhook = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/webhooks/{id}',
    name: 'getWebhook',
    summary: 'Read a webhook',
    tag,
    scope: 'admin',
    params: idParam('webhook'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The webhook, without its secret', schema: webhookOut } },
    async handle({ params, caller }) {
      const webhook = await parts.store.webhooks.get(caller.tenantId, params.id);
      if (webhook === null) throw notFound('webhook');
      return answer(200, webhookOut, showWebhook(webhook, parts.clock.now()), etag(webhook));
    },
  });

const changeWebhook = (parts: AppParts): Route =>
  route({
    method: 'patch',
    path: '/v1/webhooks/{id}',
    name: 'changeWebhook',
    summary: 'Change a webhook, pause it, or give it a new secret',
    details: 'Fields that are left out stay as they are. For 24 hours messages carry signatures of both secrets.',
    tag,
    scope: 'admin',
    takesIfMatch: true,
    params: idParam('webhook'),
    query: noQuery,
    body: webhookChange,
    answers: { 200: { description: 'The webhook afterwards', schema: webhookChanged } },
    async handle({ params, body, caller, ifVersion }) {
      const { secret: own, rotateSecret, ...fields } = body;
      if (fields.url !== undefined) checkUrl(parts, fields.url);
      const made = rotateSecret === true ? newSecret() : null;
      const secret = own ?? made;
      const now = parts.clock.now();
      const webhook = await savedAfterChange<Webhook>({
        what: 'webhook',
        ifVersion,
        load: () => parts.store.webhooks.get(caller.tenantId, params.id),
        next: (w) => ({
          ...{ ...w, ...given(fields), version: w.version + 1, updatedAt: now },
          ...(secret === null ? {} : rotated(parts, w, secret, now)),
        }),
        save: (next) => parts.store.webhooks.save(next),
      });
      parts.webhooks.nudge(webhook.id);
      const shown = { ...showWebhook(webhook, now), ...(made === null ? {} : { secret: made }) };
      return answer(200, webhookChanged, shown, etag(webhook));
    },
  });

const rotated = (parts: AppParts, webhook: Webhook, secret: string, now: Instant) => ({
  secret: parts.secrets.seal(secret),
  oldSecret: { secret: webhook.secret, until: (now + bothMs) as Instant },
});

const deleteWebhook = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/webhooks/{id}',
    name: 'deleteWebhook',
    summary: 'Remove a webhook and its deliveries',
    tag,
    scope: 'admin',
    params: idParam('webhook'),
    query: noQuery,
    body: null,
    answers: { 204: { description: 'Removed; nothing more is sent', schema: null } },
    async handle({ params, caller }) {
      if (!(await parts.store.webhooks.delete(caller.tenantId, params.id))) throw notFound('webhook');
      // A crash before this leaves them to the sweep, which removes what belongs to nobody.
      await parts.store.deliveries.deleteOf(params.id);
      return noContent;
    },
  });
