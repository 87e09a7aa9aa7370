/** The office of the demo: speaks to the gateway by REST as a CRM does, and gives consent as a person with a browser does. */
import type { JsonObject } from '../kit/json.ts';
import { isObject, listAt, parseJson, textAt } from '../kit/json.ts';

export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
}
export interface Office {
  ask(method: string, path: string, body?: JsonObject): Promise<Reply>;
  /** @throws Error with the whole answer when it is none of success */
  must(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  /** Goes through the consent page of the provider; the simulator must be set to grant at once. */
  consent(provider: 'google' | 'outlook'): Promise<string>;
}

export function office(url: string, key: string): Office {
  async function ask(method: string, path: string, body?: JsonObject): Promise<Reply> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', prefer: 'wait=5' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const read = parseJson(await response.text());
    return { status: response.status, body: isObject(read) ? read : {} };
  }
  async function must(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const reply = await ask(method, path, body);
    if (reply.status < 300) return reply.body;
    throw new Error(`${method} ${path} answered ${reply.status} ${JSON.stringify(reply.body)}`);
  }
  return {
    ask,
    must,
    async consent(provider) {
      const { url: address } = await must('POST', `/v1/connect/${provider}`, {});
      const page = await walk(String(address));
      const connections = await must('GET', '/v1/connections');
      const newest = listAt(connections, 'data').filter(isObject).at(-1);
      if (page.status !== 200 || newest === undefined) throw new Error(`consent ended in ${page.status}: ${page.text}`);
      return textAt(newest, 'id') ?? '';
    },
  };
}

/** Follows redirects with cookies, like a browser. */
async function walk(first: string): Promise<{ status: number; text: string }> {
  let address = first;
  let cookie = '';
  for (let step = 0; step < 10; step += 1) {
    const response = await fetch(address, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const next = response.headers.get('location');
    if (next === null) return { status: response.status, text: await response.text() };
    address = new URL(next, address).href;
  }
  throw new Error('the consent goes in circles');
}
