/** The one link of the client library's chain: it sends what it is told to the very address that we name, and once. */
import {
  Client,
  type Context,
  type Middleware,
  type MiddlewareOptions,
  ResponseType,
} from '@microsoft/microsoft-graph-client';

export interface Sending {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

/**
 * The library appends absolute addresses that are not https to its own, and puts queries into another order. Links of
 * Graph are opaque, so that the address goes past it.
 */
class ExactAddress implements MiddlewareOptions {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
}

/**
 * In place of the library's chain: its authentication handler knows https and Microsoft's hosts alone, its retry handler
 * sleeps in the process and repeats a POST, its redirect handler would carry our token elsewhere.
 */
const transport: Middleware = {
  async execute(context: Context) {
    const exact = context.middlewareControl?.getMiddlewareOptions(ExactAddress);
    if (!(exact instanceof ExactAddress)) throw new TypeError('a request without an address');
    context.response = await fetch(exact.url, { ...context.options, redirect: 'manual' });
  },
};

export type Send = (sending: Sending) => Promise<Response>;

export function makeSend(): Send {
  const client = Client.initWithMiddleware({ middleware: transport });
  return async ({ method, url, headers, body, signal }) => {
    const request = client
      .api('/')
      .headers({ ...headers })
      .options({ signal })
      .middlewareOptions([new ExactAddress(url)])
      .responseType(ResponseType.RAW);
    const answer: unknown = await perform(request, method, body);
    if (answer instanceof Response) return answer;
    throw new TypeError('the client library gave no response');
  };
}

type Request = ReturnType<Client['api']>;

function perform(request: Request, method: Sending['method'], body: unknown): Promise<unknown> {
  switch (method) {
    case 'GET':
      return request.get();
    case 'POST':
      return request.post(body);
    case 'PATCH':
      return request.patch(body);
    case 'DELETE':
      return request.delete();
  }
}
