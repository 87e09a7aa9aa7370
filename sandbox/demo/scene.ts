/** Sets the demo's stage: the simulators, a gateway that takes them for real, four technicians with their calendars. */
import { randomBytes } from 'node:crypto';
import { startCaldavServer } from '../caldav-server.ts';
import { type GoogleSimulator, startGoogleSimulator } from '../google/server.ts';
import { isObject, listAt, textAt } from '../kit/json.ts';
import { type OutlookSimulator, startOutlookSimulator } from '../outlook/server.ts';
import { gatewaySettings } from '../run.ts';
import { type CaldavPhone, caldavPhone } from './caldav-phone.ts';
import { type Office, office } from './office.ts';
import { portNear, startGateway } from './program.ts';

export interface Technician {
  readonly name: string;
  readonly resourceId: string;
  readonly calendarId: string;
  readonly connectionId: string;
  /** The calendar's own id at the provider. */
  readonly remoteId: string;
}
export interface Scene {
  readonly office: Office;
  readonly google: GoogleSimulator;
  readonly outlook: OutlookSimulator;
  readonly cleosPhone: CaldavPhone;
  readonly ana: Technician;
  readonly ben: Technician;
  readonly cleo: Technician;
  readonly dana: Technician;
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

const zone = 'Europe/Berlin';
/** Short, so that nobody has to wait for the look that makes up for a lost push. */
const polls = { POLL_SECONDS: '5', POLL_SECONDS_WITH_PUSH: '10' };
const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** @param command arguments for Node that run the gateway */
export async function setScene(command: readonly string[]): Promise<Scene> {
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const google = await startGoogleSimulator({ port: await portNear(8090) });
    undo.push(() => google.close());
    const outlook = await startOutlookSimulator({ port: await portNear(8091) });
    undo.push(() => outlook.close());
    const caldav = await startCaldavServer(await portNear(8081), 0);
    undo.push(() => caldav.close());
    const port = await portNear(8080);
    const key = `demo-${randomBytes(12).toString('hex')}`;
    const url = `http://127.0.0.1:${port}`;
    const own = { PORT: String(port), PUBLIC_URL: url, BOOTSTRAP_API_KEY: key, ...polls, LOG_LEVEL: 'error' };
    const gateway = await startGateway(command, { ...gatewaySettings(google.url, outlook.url), ...own });
    undo.push(() => gateway.stop());
    const desk = office(url, key);
    const people = { ...(await hire(desk, google, caldav.url)), dana: await hireDana(desk, outlook) };
    const addresses = [
      `Board         ${url}/   key: ${key}`,
      `Phones        ${google.url}/phone   ${outlook.url}/phone (Dana)`,
      `Routes        ${url}/docs`,
    ];
    const cleosPhone = caldavPhone(`${caldav.url}work/`);
    return { ...{ office: desk, google, outlook, cleosPhone, addresses, close }, ...people };
  } catch (fault) {
    await close();
    throw fault;
  }
}

async function hire(desk: Office, google: GoogleSimulator, caldavUrl: string) {
  const withGoogle = async (name: string): Promise<Technician> => {
    const email = `${name.toLowerCase()}@sandbox.test`;
    google.control.account({ email, name, timeZone: zone });
    google.control.consent({ mode: 'grant', account: email });
    return attach(desk, name, await desk.consent('google'), email);
  };
  const ana = await withGoogle('Ana');
  const ben = await withGoogle('Ben');
  google.control.consent({ mode: 'ask' });
  const login = { provider: 'caldav', serverUrl: caldavUrl, username: 'cleo', password: 'any' };
  const connection = await desk.must('POST', '/v1/connections', login);
  const cleo = await attach(desk, 'Cleo', textAt(connection, 'id') ?? '', null);
  return { ana, ben, cleo };
}

/** The one who lives on Outlook. */
async function hireDana(desk: Office, outlook: OutlookSimulator): Promise<Technician> {
  const email = 'dana@sandbox.test';
  const { calendarId } = outlook.control.account({ email, name: 'Dana', timeZone: zone });
  outlook.control.consent({ mode: 'grant', account: email });
  const connectionId = await desk.consent('outlook');
  outlook.control.consent({ mode: 'ask' });
  return attach(desk, 'Dana', connectionId, calendarId);
}

async function attach(desk: Office, name: string, connectionId: string, wished: string | null): Promise<Technician> {
  const workingHours = [{ days: everyDay, from: '08:00', to: '18:00' }];
  const resource = await desk.must('POST', '/v1/resources', { kind: 'technician', name, timeZone: zone, workingHours });
  const offered = listAt(await desk.must('GET', `/v1/connections/${connectionId}/calendars`), 'data').filter(isObject);
  const remoteId = wished ?? textAt(offered[0], 'remoteId') ?? '';
  const resourceId = textAt(resource, 'id') ?? '';
  const made = await desk.must('POST', '/v1/calendars', { connectionId, remoteId, resourceId, role: 'two-way' });
  return { name, resourceId, connectionId, remoteId, calendarId: textAt(made, 'id') ?? '' };
}
