/** A plain HTTP server that hands whole requests to one function and writes what it answers. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

export interface Ask {
  readonly method: string;
  readonly url: URL;
  /** Still percent-encoded. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer }
  /** The connection is cut without a word, as when a network fails after the work was done. */
  | 'cut'
  /** Stays open; `open` writes as it likes and returns what to do when the reader is gone. */
  | { readonly stream: (write: (text: string) => void) => () => void };

export interface Listening {
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const mostBytes = 4_000_000;

export const asJson = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  body: JSON.stringify(value),
});

export const asPage = (status: number, html: string): Answer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
  body: html,
});

export const goTo = (address: string): Answer => ({ status: 302, headers: { location: address } });

/** Port 0 takes a free one. Listens on this machine only unless `host` says otherwise. */
export async function listen(
  answerTo: (ask: Ask) => Promise<Answer>,
  { port = 0, host = '127.0.0.1' }: { readonly port?: number; readonly host?: string } = {},
): Promise<Listening> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > mostBytes) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const target = request.url?.startsWith('/') === true ? request.url : '/';
      const url = new URL(target, `http://${host}`);
      const method = request.method ?? 'GET';
      const body = Buffer.concat(chunks).toString('utf8');
      answerTo({ method, url, path: url.pathname, headers: request.headers, body }).then(
        (answer) => write(answer, response),
        (fault: unknown) => write({ status: 500, body: `the simulator failed: ${String(fault)}\n` }, response),
      );
    });
  });
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(port, host, ready);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host}:${taken}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function write(answer: Answer, response: ServerResponse): void {
  if (answer === 'cut') {
    response.socket?.destroy();
    return;
  }
  if ('stream' in answer) {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const leave = answer.stream((text) => void response.write(text));
    response.on('close', leave);
    return;
  }
  response.writeHead(answer.status, answer.headers ?? {}).end(answer.body ?? '');
}
