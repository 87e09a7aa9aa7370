/** Checks new credentials against the server that their owner named, before anything is stored. */
import type { NewConnection } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { DavClient, Secret } from './client.ts';
import { addressesOf, discover, parseServer, type ServiceRecords } from './discovery.ts';
import { parseConnectInput, toSettings } from './settings.ts';

export async function connectAccount(
  input: unknown,
  clientFor: (secret: Secret) => DavClient,
  dns: ServiceRecords,
): Promise<NewConnection> {
  const parsed = parseConnectInput(input);
  if (typeof parsed === 'string') throw new Fault('invalid', parsed);
  const { serverUrl, secret } = parsed;
  const server = parseServer(serverUrl);
  if (server === null)
    throw new Fault('invalid', 'serverUrl is neither an http(s) address without a login in it nor an e-mail address.');
  const client = clientFor(secret);
  try {
    const [start] = 'url' in server ? [server.url] : await addressesOf(server.domain, dns, client);
    const place = await discover(client, start!);
    const account = 'username' in secret ? secret.username : (place.addresses[0] ?? place.principal ?? place.server);
    return { account, settings: toSettings(place), secret };
  } finally {
    await client.close();
  }
}
