/** A small client of the REST interface, as a CRM has one. */
import { noteAnswer } from './answers-met.ts';

export interface RestReply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer from outside whose shape each test names
  readonly body: any;
}

export type Rest = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<RestReply>;

export function restClient(url: string, key: string): Rest {
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    const parsed = isJson ? JSON.parse(text) : null;
    noteAnswer(method, new URL(path, url).pathname, answer.status, parsed?.code);
    return { status: answer.status, headers: answer.headers, text, body: parsed };
  };
}

/** The same client, for requests that must succeed: gives the body. @throws Error with the whole answer otherwise */
export function mustSucceed(rest: Rest) {
  return async (...request: Parameters<Rest>) => {
    const reply = await rest(...request);
    if (reply.status < 300) return reply.body;
    throw new Error(`${request[0]} ${request[1]} answered ${reply.status} ${reply.text}`);
  };
}
