/** One technician between the gateway and two real calendar apps, on a real calendar server. */
import { aGateway, type RunningGateway } from './gateway.ts';
import { anOffice, type Office } from './office.ts';
import { aPhone, type Phone } from './phone.ts';
import { aPythonPhone, type PythonPhone } from './python-phone.ts';
import { type RealServer, type RealServerName, startRealServer } from './real-servers.ts';

export interface Scene {
  readonly server: RealServer;
  readonly gateway: RunningGateway;
  readonly office: Office;
  readonly resourceId: string;
  readonly calendarId: string;
  /** Address of the calendar on the server. */
  readonly address: string;
  /** Synced on demand. */
  readonly phone: Phone;
  /** Always online. */
  readonly python: PythonPhone;
  stop(): Promise<void>;
}

export async function aScene(name: RealServerName): Promise<Scene> {
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const server = await startRealServer(name);
    closers.push(() => server.stop());
    const { username, password, url: serverUrl } = server;
    const address = await server.makeCalendar('jobs');
    const device = { calendar: address, username, password, zone: 'Europe/Berlin' };
    const [phone, python] = [await aPhone(device), await aPythonPhone(device)];
    closers.push(() => phone.close());
    const gateway = await aGateway();
    closers.push(() => gateway.stop());
    const office = await anOffice(gateway.rest, { serverUrl, username, password });
    const resourceId = await office.technician();
    const calendarId = await office.attach(resourceId, '/jobs/');
    return { server, gateway, office, resourceId, calendarId, address, phone, python, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
