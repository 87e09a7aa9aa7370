/** `npm run sandbox`: all simulators on their ports, with a few accounts, and the lines that lead to them. */
import { startCaldavServer } from './caldav-server.ts';
import { type GoogleSimulator, sandboxClient, startGoogleSimulator } from './google/server.ts';

const people = [
  { email: 'ana@sandbox.test', name: 'Ana' },
  { email: 'ben@sandbox.test', name: 'Ben' },
  { email: 'cleo@sandbox.test', name: 'Cleo' },
];

export interface SandboxPorts {
  readonly google: number;
  readonly caldav: number;
  /** Milliseconds that every answer is held back. */
  readonly latencyMs: number;
}

/** @throws when a port is taken */
export async function startSandbox(o: SandboxPorts): Promise<{ lines: readonly string[]; close(): Promise<void> }> {
  const google = await startGoogleSimulator({ port: o.google, latencyMs: o.latencyMs });
  for (const person of people) google.control.account(person);
  const caldav = await startCaldavServer(o.caldav, o.latencyMs).catch(async (fault: unknown) => {
    await google.close();
    throw fault;
  });
  return {
    lines: linesFor(google, caldav.url),
    async close() {
      await caldav.close();
      await google.close();
    },
  };
}

/** The settings that make a gateway take the simulator for Google. */
export const gatewaySettings = (googleUrl: string): Readonly<Record<string, string>> => ({
  GOOGLE_CLIENT_ID: sandboxClient.id,
  GOOGLE_CLIENT_SECRET: sandboxClient.secret,
  GOOGLE_API_URL: googleUrl,
  GOOGLE_AUTH_URL: googleUrl,
  GOOGLE_TOKEN_URL: googleUrl,
  PUSH_OVER_HTTP: 'true',
  ALLOW_PRIVATE_HOSTS: 'true',
});

function linesFor({ url }: GoogleSimulator, caldavUrl: string): string[] {
  const settings = Object.entries(gatewaySettings(url)).map(([name, value]) => `${name}=${value}`);
  return [
    `Phone of a technician   ${url}/phone`,
    `Google Calendar API     ${url}/calendar/v3/`,
    `Control verbs           ${url}/_control`,
    `CalDAV (any password)   ${caldavUrl}`,
    '',
    'A gateway that takes this for Google:',
    `  ${settings.join(' ')} npm start`,
  ];
}
