/** The read-only calendar feed of a resource, at an address that is its own secret. */
import { createHash, randomBytes } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import { icsFeed } from '../../mappings/ics-feed.ts';
import { feedView } from '../../mappings/ics-feed-view.ts';
import type { Event } from '../domain/event.ts';
import type { ResourceId, TenantId } from '../domain/ids.ts';
import { dayMs, type Instant } from '../domain/time.ts';
import type { AppParts } from './parts.ts';
import { notFound } from './problems.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { tenantRules } from './rules.ts';
import { idParam, noQuery } from './schemas.ts';

const feedIn = z
  .strictObject({
    detail: z.enum(['full', 'template', 'busy']).default('full').meta({
      description:
        'full: the usual job card with telephone number, and events of the calendars as far as they are shared. template: bookings in the words of the templates in `PATCH /v1/policy`, of other events the time. busy: the time alone',
    }),
  })
  .meta({ id: 'FeedWish', description: 'How much whoever reads the feed may see' });
const feedOut = z
  .object({ url: z.string() })
  .meta({ id: 'Feed', description: 'Whoever knows the address can read the feed; it is shown once' });

const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export function feedRoutes(parts: AppParts): readonly Route[] {
  return [makeFeed(parts), endFeed(parts)];
}

const makeFeed = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/resources/{id}/feed',
    name: 'makeFeed',
    summary: 'Make the calendar feed of a resource, or give it a new address',
    details:
      'The answer is an address for Apple, Google or Outlook calendars to subscribe to. An earlier address ends with it. The feed shows bookings, and events of the calendars as far as they are shared; `detail` narrows that. It is chosen with the address, so that nobody sees more than the address was made for.',
    tag: 'Resources',
    scope: 'admin',
    idempotent: true,
    secretAnswer: true,
    params: idParam('resource'),
    query: noQuery,
    body: feedIn,
    answers: { 201: { description: 'The address, shown this once', schema: feedOut } },
    async handle({ params, body: { detail }, caller: { tenantId } }) {
      await mustExist(parts, tenantId, params.id);
      const token = randomBytes(24).toString('base64url');
      await parts.store.feeds.put({ resourceId: params.id, tenantId, tokenHash: hashOfToken(token), detail });
      return answer(201, feedOut, { url: `${parts.config.publicUrl}/feeds/${token}.ics` });
    },
  });

const endFeed = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/resources/{id}/feed',
    name: 'endFeed',
    summary: 'End the calendar feed of a resource',
    tag: 'Resources',
    scope: 'admin',
    params: idParam('resource'),
    query: noQuery,
    body: null,
    answers: { 204: { description: 'The address shows nothing any more', schema: null } },
    async handle({ params, caller }) {
      await mustExist(parts, caller.tenantId, params.id);
      if (!(await parts.store.feeds.delete(caller.tenantId, params.id))) throw notFound('feed');
      return noContent;
    },
  });

async function mustExist(parts: AppParts, tenantId: TenantId, id: ResourceId): Promise<void> {
  const resource = await parts.store.resources.get(tenantId, id);
  if (resource === null || resource.deletedAt !== null) throw notFound('resource');
}

const mostEvents = 5_000;

/** `GET /feeds/{token}.ics`: no key, the token is the key. */
export function serveFeeds(app: Express, parts: AppParts): void {
  app.get('/feeds/:file', async (request: Request, response: Response) => {
    const token = /^([\w-]{20,64})\.ics$/.exec(String(request.params.file))?.[1];
    const feed = token === undefined ? null : await parts.store.feeds.byToken(hashOfToken(token));
    const resource = feed === null ? null : await parts.store.resources.get(feed.tenantId, feed.resourceId);
    if (feed === null || resource === null || resource.deletedAt !== null) throw notFound('feed');
    const now = parts.clock.now();
    const { windowPastDays, windowAheadDays } = parts.config;
    const window = {
      start: (now - windowPastDays * dayMs) as Instant,
      end: (now + windowAheadDays * dayMs) as Instant,
    };
    const events = await parts.store.events.inSpan(resource.tenantId, [resource.id], window, mostEvents);
    const { copies } = (await tenantRules(parts.store, resource.tenantId)).rules;
    const shown = events.filter(isShown).map((event) => ({ ...event, fields: feedView(event, feed.detail, copies) }));
    const text = icsFeed({ name: resource.name, zone: resource.zone, events: shown });
    const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'private, max-age=300');
    if (request.headers['if-none-match'] === etag) {
      response.status(304).end();
      return;
    }
    response.setHeader('Content-Type', 'text/calendar; charset=utf-8');
    response.setHeader('Content-Disposition', 'inline; filename="interlock.ics"');
    response.status(200).end(text);
  });
}

/** What was called off would only confuse a reader who cannot see why. */
const isShown = (event: Event): boolean => event.fields.status !== 'cancelled';
