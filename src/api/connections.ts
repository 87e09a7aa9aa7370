/** Connections: authorised accounts at providers. */
import { showConnection, showOffered } from '../../mappings/crm-calendars.ts';
import type { Connection } from '../domain/calendar.ts';
import type { ConnectionId, TenantId } from '../domain/ids.ts';
import { connectionSchema } from './connection-schema.ts';
import { every } from './every.ts';
import { keepConnection } from './keep-connection.ts';
import type { AppParts } from './parts.ts';
import { invalidField, notFound } from './problems.ts';
import { asked, withAccount } from './provider.ts';
import { answer, noContent, type Route, route } from './route.ts';
import { idParam, noParams, noQuery, pagedQuery, pageOf } from './schemas.ts';
import { connectionOut, offeredCalendars } from './schemas-calendars.ts';
import { etag } from './versions.ts';

const tag = 'Connections';

async function load(parts: AppParts, tenantId: TenantId, id: ConnectionId): Promise<Connection> {
  const connection = await parts.store.connections.get(tenantId, id);
  if (connection === null) throw notFound('connection');
  return connection;
}

export function connectionRoutes(parts: AppParts): readonly Route[] {
  return [
    createConnection(parts),
    listConnections(parts),
    getConnection(parts),
    deleteConnection(parts),
    listOfferedCalendars(parts),
  ];
}

const createConnection = (parts: AppParts): Route =>
  route({
    method: 'post',
    path: '/v1/connections',
    name: 'createConnection',
    summary: 'Connect an account with credentials',
    details:
      'The credentials are checked against the provider before anything is stored, and never come back. An account that is connected already gets the new credentials (200).',
    tag,
    scope: 'admin',
    idempotent: true,
    params: noParams,
    query: noQuery,
    body: connectionSchema([...parts.connectors.keys()]),
    problems: ['provider_refused', 'provider_failed', 'provider_unavailable'],
    answers: {
      200: { description: 'The account was connected before; its credentials are renewed', schema: connectionOut },
      201: { description: 'The connection', schema: connectionOut },
    },
    async handle({ body, caller }) {
      const connector = parts.connectors.get(body.provider);
      if (connector === undefined) throw invalidField('provider', 'is not spoken here');
      const made = await asked(() => connector.connect(body, { clock: parts.clock, log: parts.log }));
      const { status, connection } = await keepConnection(parts, caller.tenantId, body.provider, made);
      return answer(status, connectionOut, showConnection(connection), {
        Location: `/v1/connections/${connection.id}`,
        ...etag(connection),
      });
    },
  });

const listConnections = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/connections',
    name: 'listConnections',
    summary: 'List connections',
    tag,
    scope: 'read',
    params: noParams,
    query: pagedQuery,
    body: null,
    answers: { 200: { description: 'Connections, oldest first', schema: pageOf(connectionOut) } },
    async handle({ query, caller }) {
      const page = await parts.store.connections.list(caller.tenantId, query);
      return answer(200, pageOf(connectionOut), { data: page.data.map(showConnection), next: page.next });
    },
  });

const getConnection = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/connections/{id}',
    name: 'getConnection',
    summary: 'Read a connection',
    tag,
    scope: 'read',
    params: idParam('connection'),
    query: noQuery,
    body: null,
    answers: { 200: { description: 'The connection', schema: connectionOut } },
    async handle({ params, caller }) {
      const connection = await load(parts, caller.tenantId, params.id);
      return answer(200, connectionOut, showConnection(connection), etag(connection));
    },
  });

const deleteConnection = (parts: AppParts): Route =>
  route({
    method: 'delete',
    path: '/v1/connections/{id}',
    name: 'deleteConnection',
    summary: 'Detach all calendars of an account and forget it',
    details:
      'Its authorisation is given back to the provider and its push channels are closed. Copies that we made stay in the account; detach its calendars with purge first to remove them.',
    tag,
    scope: 'admin',
    params: idParam('connection'),
    query: noQuery,
    body: null,
    answers: { 204: { description: 'Forgotten', schema: null } },
    async handle({ params, caller }) {
      const connection = await load(parts, caller.tenantId, params.id);
      const { id } = connection;
      for await (const calendar of every((q) =>
        parts.store.calendars.list(caller.tenantId, { ...q, connectionId: id }),
      )) {
        await parts.detach(calendar, { purge: false });
      }
      await giveBack(parts, connection);
      await parts.store.connections.delete(caller.tenantId, id);
      return noContent;
    },
  });

/** The provider is told that we are done; what it answers changes nothing for us. */
async function giveBack(parts: AppParts, connection: Connection): Promise<void> {
  try {
    const account = parts.openConnection(connection);
    try {
      await account.revoke?.();
    } finally {
      await account.close();
    }
  } catch (error) {
    parts.log.info('an authorisation was not revoked at its provider', { reason: String(error) });
  }
}

const listOfferedCalendars = (parts: AppParts): Route =>
  route({
    method: 'get',
    path: '/v1/connections/{id}/calendars',
    name: 'listOfferedCalendars',
    summary: 'Ask the provider which calendars the account has',
    tag,
    scope: 'admin',
    params: idParam('connection'),
    query: noQuery,
    body: null,
    problems: ['provider_refused', 'provider_failed', 'provider_unavailable'],
    answers: { 200: { description: 'All calendars of the account', schema: offeredCalendars } },
    async handle({ params, caller }) {
      const connection = await load(parts, caller.tenantId, params.id);
      const offered = await withAccount(parts, connection, (account) => account.calendars());
      const attached = new Map<string, string>();
      const list = every((q) => parts.store.calendars.list(caller.tenantId, { ...q, connectionId: connection.id }));
      for await (const calendar of list) attached.set(calendar.remoteId, calendar.id);
      const data = offered.map((remote) => showOffered(remote, attached.get(remote.remoteId) ?? null));
      return answer(200, offeredCalendars, { data, next: null });
    },
  });
