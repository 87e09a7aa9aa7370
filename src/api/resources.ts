/** Resources: what can be occupied. */
import { showResource } from '../../mappings/crm-things.ts';
import { newId, type ResourceId, type TenantId } from '../domain/ids.ts';
import type { Resource } from '../domain/resource.ts';
import { given } from './given.ts';
import type { AppParts } from './parts.ts';
import { invalidField, notFound, Refusal } from './problems.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery, pagedQuery, pageOf } from './schemas.ts';
import { isOnePerson, resourceChange, resourceIn, resourceOut } from './schemas-things.ts';
import { etag, savedAfterChange } from './versions.ts';

const tag = 'Resources';

async function load(parts: AppParts, tenantId: TenantId, id: ResourceId): Promise<Resource | null> {
  const resource = await parts.store.resources.get(tenantId, id);
  return resource?.deletedAt === null ? resource : null;
}

interface Which {
  readonly tenantId: TenantId;
  readonly id: ResourceId;
  readonly ifVersion: number | null;
}
const change = (parts: AppParts, { tenantId, id, ifVersion }: Which, next: (r: Resource) => Resource) =>
  savedAfterChange({
    what: 'resource',
    ifVersion,
    load: () => load(parts, tenantId, id),
    next,
    save: (r) => parts.store.resources.save(r),
  });

export function resourceRoutes(parts: AppParts): readonly Route[] {
  return [
    createResource(parts),
    listResources(parts),
    getResource(parts),
    changeResource(parts),
    deleteResource(parts),
  ];
}

const createResource = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/resources',
    name: 'createResource',
    summary: 'Add a technician, vehicle, room or piece of equipment',
    tag,
    scope: 'admin',
    idempotent: true,
    params: noParams,
    query: noQuery,
    body: resourceIn,
    answers: { 201: { description: 'The resource', schema: resourceOut } },
    async handle({ body, caller }) {
      const { timeZone, ...rest } = body;
      const resource: Resource = {
        ...rest,
        id: newId('resource'),
        tenantId: caller.tenantId,
        version: 1,
        zone: timeZone,
        createdAt: parts.clock.now(),
        deletedAt: null,
      };
      await parts.store.resources.insert(resource);
      return answer(201, resourceOut, showResource(resource), {
        Location: `/v1/resources/${resource.id}`,
        ...etag(resource),
      });
    },
  });

const listResources = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/resources',
    name: 'listResources',
    summary: 'List resources',
    tag,
    scope: 'read',
    params: noParams,
    query: pagedQuery,
    body: null,
    answers: { 200: { description: 'Resources, oldest first', schema: pageOf(resourceOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.resources.list(caller.tenantId, query);
      return answer(200, pageOf(resourceOut), { data: page.data.map(showResource), next: page.next });
    },
  });

const getResource = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/resources/{id}',
    name: 'getResource',
    summary: 'Read a resource',
    tag,
    scope: 'read',
    params: idParam('resource'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The resource', schema: resourceOut } },
    async handle({ params, caller }) {
      const resource = await load(parts, caller.tenantId, params.id);
      if (resource === null) throw notFound('resource');
      return answer(200, resourceOut, showResource(resource), etag(resource));
    },
  });

const changeResource = (parts: AppParts): Route =>
  route({
    method: 'patch',
    path: '/v1/resources/{id}',
    name: 'changeResource',
    summary: 'Change a resource',
    details: 'Fields that are left out stay as they are; lists are replaced whole.',
    tag,
    scope: 'admin',
    takesIfMatch: true,
    params: idParam('resource'),
    query: noQuery,
    body: resourceChange,
    answers: { 200: { description: 'The resource afterwards', schema: resourceOut } },
    async handle({ params, body, caller, ifVersion }) {
      const { timeZone, ...fields } = body;
      const resource = await change(parts, { ...caller, ...params, ifVersion }, (r) => {
        const next = { ...r, ...given(fields), zone: timeZone ?? r.zone, version: r.version + 1 };
        if (!isOnePerson(next)) throw invalidField('quantity', 'must be 1 for a technician');
        return next;
      });
      return answer(200, resourceOut, showResource(resource), etag(resource));
    },
  });

const deleteResource = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/resources/{id}',
    name: 'deleteResource',
    summary: 'Remove a resource that nothing needs any more',
    tag,
    scope: 'admin',
    takesIfMatch: true,
    params: idParam('resource'),
    query: noQuery,
    body: null,
    problems: ['in_use'],
    answers: { 204: { description: 'Removed', schema: null } },
    async handle({ params, caller, ifVersion }) {
      await mustBeUnused(parts, caller.tenantId, params.id);
      const gone = await change(parts, { ...caller, ...params, ifVersion }, (r) => ({
        ...r,
        version: r.version + 1,
        deletedAt: parts.clock.now(),
      }));
      try {
        // A booking may have been made between the look and the removal; then the resource comes back.
        await mustBeUnused(parts, caller.tenantId, params.id);
      } catch (error) {
        await parts.store.resources.save({ ...gone, version: gone.version + 1, deletedAt: null });
        throw error;
      }
      return noContent;
    },
  });

async function mustBeUnused(parts: AppParts, tenantId: TenantId, resourceId: ResourceId): Promise<void> {
  for (const status of ['confirmed', 'in_progress'] as const) {
    const from = status === 'confirmed' ? parts.clock.now() : null;
    const query = { limit: 1, after: null, from, to: null, resourceId, status, externalRef: null };
    const [event] = (await parts.store.events.bookings(tenantId, query)).data;
    if (event?.booking != null) {
      throw new Refusal('in_use', 'The resource still has bookings to come; move or cancel them first.', {
        extra: { bookingId: event.booking.id },
      });
    }
  }
  const [calendar] = await parts.store.calendars.ofResource(tenantId, resourceId);
  if (calendar !== undefined) {
    throw new Refusal('in_use', 'The resource still has a calendar; detach it first.', {
      extra: { calendarId: calendar.id },
    });
  }
}
