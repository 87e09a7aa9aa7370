/** `npm run sandbox`: all simulators on their ports, with a few accounts, and the lines that lead to them. */
import { startCaldavServer } from './caldav-server.ts';
import { sandboxClient, startGoogleSimulator } from './google/server.ts';
import { sandboxClient as outlookClient, startOutlookSimulator } from './outlook/server.ts';

const people = [
  { email: 'ana@sandbox.test', name: 'Ana' },
  { email: 'ben@sandbox.test', name: 'Ben' },
  { email: 'cleo@sandbox.test', name: 'Cleo' },
];

export interface SandboxPorts {
  readonly google: number;
  readonly outlook: number;
  readonly caldav: number;
  /** Milliseconds that every answer is held back. */
  readonly latencyMs: number;
}

/** @throws when a port is taken */
export async function startSandbox(o: SandboxPorts): Promise<{ lines: readonly string[]; close(): Promise<void> }> {
  const started: { close(): Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  try {
    const google = await startGoogleSimulator({ port: o.google, latencyMs: o.latencyMs });
    started.push(google);
    const outlook = await startOutlookSimulator({ port: o.outlook, latencyMs: o.latencyMs });
    started.push(outlook);
    for (const person of people) {
      google.control.account(person);
      outlook.control.account(person);
    }
    const caldav = await startCaldavServer(o.caldav, o.latencyMs);
    started.push(caldav);
    return { lines: linesFor(google.url, outlook.url, caldav.url), close };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** The settings that make a gateway take the simulators for Google and Microsoft. */
export const gatewaySettings = (googleUrl: string, outlookUrl: string): Readonly<Record<string, string>> => ({
  GOOGLE_CLIENT_ID: sandboxClient.id,
  GOOGLE_CLIENT_SECRET: sandboxClient.secret,
  GOOGLE_API_URL: googleUrl,
  GOOGLE_AUTH_URL: googleUrl,
  GOOGLE_TOKEN_URL: googleUrl,
  MICROSOFT_CLIENT_ID: outlookClient.id,
  MICROSOFT_CLIENT_SECRET: outlookClient.secret,
  MICROSOFT_LOGIN_URL: outlookUrl,
  GRAPH_API_URL: `${outlookUrl}/v1.0`,
  PUSH_OVER_HTTP: 'true',
  ALLOW_PRIVATE_HOSTS: 'true',
});

function linesFor(google: string, outlook: string, caldav: string): string[] {
  const settings = Object.entries(gatewaySettings(google, outlook)).map(([name, value]) => `${name}=${value}`);
  return [
    `Google: phone           ${google}/phone`,
    `Google Calendar API     ${google}/calendar/v3/`,
    `Google: control verbs   ${google}/_control`,
    `Outlook: phone          ${outlook}/phone`,
    `Microsoft Graph         ${outlook}/v1.0/`,
    `Outlook: control verbs  ${outlook}/_control`,
    `CalDAV (any password)   ${caldav}`,
    '',
    'A gateway that takes these for Google and Microsoft:',
    `  ${settings.join(' ')} npm start`,
  ];
}
