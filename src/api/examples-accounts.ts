/** Examples of resources, connections, tenants and keys. */
import { connectionAnswer, connectionBodies, consentExample } from '../../mappings/crm-connection-examples.ts';
import type { ExampleBook } from './examples.ts';
import { ana, anasCalendar, onePage } from './examples-cast.ts';

const newResource = {
  kind: 'technician',
  name: 'Ana Example',
  timeZone: 'Europe/Berlin',
  skills: [{ skill: 'gas', level: 2, validUntil: '2028-12-31' }],
  home: { lat: 52.52, lng: 13.405, address: '1 Home Street, Berlin' },
  workingHours: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }],
  overrides: [{ date: '2027-06-04', spans: [{ from: '08:00', to: '12:00' }] }],
  email: 'ana@example.com',
  phone: '+49 30 901821',
  externalRef: 'STAFF-7',
};
const resource = {
  ...{ id: ana, version: 1, ...newResource },
  ...{ quantity: 1, territoryIds: [], limits: {}, createdAt: '2027-06-01T06:00:00Z' },
};

const bodies = Object.fromEntries(
  Object.entries(connectionBodies).flatMap(([provider, byName]) =>
    Object.entries(byName).map(([name, fields]) => [name, { provider, ...fields }] as const),
  ),
);
const offered = { timeZone: 'Europe/Berlin', canWrite: true };

const tenant = { id: 'ten_6g8i0k2m4o6q8s0u2c4e', name: 'Example Heating', createdAt: '2027-06-01T05:58:00Z' };
const key = {
  id: 'key_8i0k2m4o6q8s0u2c4e6g',
  name: 'Website',
  scopes: ['read', 'book'],
  createdAt: '2027-06-01T05:59:00Z',
  expiresAt: '2028-06-01T00:00:00Z',
  revokedAt: null,
};
const secret = 'ilk_i4cdGi-4nuXfMJh2qcbAGnFBPwr0EC4SyHyF31xFdQY';

export const accountExamples: ExampleBook = {
  createResource: {
    bodies: {
      technician: newResource,
      equipment: { kind: 'equipment', name: 'Flue gas analyser', timeZone: 'Europe/Berlin', quantity: 2 },
    },
    answers: { 201: resource },
  },
  listResources: { answers: { 200: onePage(resource) } },
  getResource: { answers: { 200: resource } },
  changeResource: {
    bodies: { 'day-off': { overrides: [{ date: '2027-06-04', spans: [] }] } },
    answers: { 200: { ...resource, version: 2, overrides: [{ date: '2027-06-04', spans: [] }] } },
  },
  makeFeed: {
    bodies: { technician: {}, colleagues: { detail: 'busy' } },
    answers: { 201: { url: 'https://interlock.example.com/feeds/lSV8TmuLCnRQlU6VbfwMD76HcoZADTr8.ics' } },
  },
  createConnection: { bodies, answers: { 200: { ...connectionAnswer, version: 2 }, 201: connectionAnswer } },
  listConnections: { answers: { 200: onePage(connectionAnswer) } },
  getConnection: { answers: { 200: connectionAnswer } },
  listOfferedCalendars: {
    answers: {
      200: onePage(
        { remoteId: 'ana@example.com', name: 'Ana at work', ...offered, attachedAs: anasCalendar },
        { remoteId: 'holidays@example.com', name: 'Holidays', ...offered, canWrite: false, attachedAs: null },
      ),
    },
  },
  startConsent: {
    bodies: { 'with-return': { returnTo: 'https://office.example.com/connected' } },
    answers: { 201: consentExample },
  },
  createTenant: { bodies: { tenant: { name: tenant.name } }, answers: { 201: { ...tenant, key: secret } } },
  listTenants: { answers: { 200: onePage(tenant) } },
  createKey: {
    bodies: { website: { name: key.name, scopes: key.scopes, expiresAt: key.expiresAt } },
    answers: { 201: { ...key, key: secret } },
  },
  listKeys: { answers: { 200: onePage(key) } },
};
