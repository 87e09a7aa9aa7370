/** A receiver of webhooks on a real port, which verifies signatures as a CRM would, and can be told to be ill. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a message from outside whose shape each test names
  readonly message: any;
}
export interface Receiver {
  readonly url: string;
  /** Messages in the order in which they came, also those that were refused. */
  readonly got: Received[];
  /** How it answers from now on; 204 when it was never told. */
  answer(how: (message: Received, response: ServerResponse) => void): void;
  close(): Promise<void>;
}

const plain = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]));

export async function aReceiver(port = 0): Promise<Receiver> {
  const got: Received[] = [];
  let how: Parameters<Receiver['answer']>[0] = (_, response) => void response.writeHead(204).end();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const headers = plain(request.headers);
      const message = { id: headers['webhook-id'] ?? '', headers, body, message: JSON.parse(body) };
      got.push(message);
      how(message, response);
    });
  }).listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    ...{ got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` },
    answer(next) {
      how = next;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const withStatus =
  (status: number, headers: Readonly<Record<string, string>> = {}) =>
  (_: Received, response: ServerResponse): void =>
    void response.writeHead(status, headers).end('so it is');
