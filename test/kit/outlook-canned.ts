/** Graph and the Microsoft login by nock: answers as a test writes them, in their order, and what was asked for. */
import nock from 'nock';
import { type OutlookOptions, outlookConnector } from '../../connectors/outlook/index.ts';
import type { Connector, OpenConnection } from '../../src/domain/connector.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import { aConnection } from './builders.ts';
import { eagerClock } from './google-account.ts';

const graph = 'https://graph.microsoft.com';
const login = 'https://login.microsoftonline.com';

export interface AskedOfGraph {
  readonly method: string;
  /** Decoded, without the version. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}
export type GraphReply = readonly [status: number, body?: unknown, headers?: Record<string, string>];

export interface CannedGraph {
  readonly connector: Connector;
  readonly connection: OpenConnection;
  readonly clock: ReturnType<typeof eagerClock>;
  readonly asked: readonly AskedOfGraph[];
  /** Forms that were posted to the token endpoint. */
  readonly forms: readonly Readonly<Record<string, string>>[];
  /** The credentials as they are stored now. */
  secret(): unknown;
  stop(): Promise<void>;
}

export interface CannedOptions extends Pick<OutlookOptions, 'limits'> {
  readonly graph?: readonly GraphReply[];
  readonly login?: readonly GraphReply[];
  readonly secret?: unknown;
}

/** One more call than there are answers gets a 500 that says so. */
export function cannedGraph(o: CannedOptions): CannedGraph {
  const asked: AskedOfGraph[] = [];
  const forms: Record<string, string>[] = [];
  const left = { graph: [...(o.graph ?? [])], login: [...(o.login ?? [])] };
  nock.disableNetConnect();
  answerAll(graph, (method, url, body, headers) => {
    const query = Object.fromEntries(url.searchParams);
    asked.push({ method, path: decodeURIComponent(url.pathname).replace('/v1.0', ''), query, body, headers });
    return left.graph.shift() ?? [500, 'there is no further answer'];
  });
  answerAll(login, (_, url, body) => {
    forms.push({ path: url.pathname, ...Object.fromEntries(new URLSearchParams(formOf(body))) });
    return left.login.shift() ?? [500, 'there is no further answer'];
  });
  const clock = eagerClock();
  const outlook = {
    ...{ client: { id: 'app', secret: 'app-secret' }, tenant: 'common' },
    ...{ loginUrl: login, graphUrl: `${graph}/v1.0` },
  };
  const connector = outlookConnector({ outlook, ...(o.limits && { limits: o.limits }) });
  const access = { value: 'token', endsAt: (clock.now() + 3_000_000) as Instant };
  let secret: unknown = o.secret ?? { kind: 'consent', refreshToken: 'r1', access };
  const connection = connector.open(aConnection({ provider: 'outlook', account: 'ana@example.com' }), {
    ...{ clock, log: silentLog, secret },
    saveSecret: async (next) => {
      secret = next;
    },
    async renewSecret(renew) {
      secret = await renew(secret);
      return secret;
    },
  });
  return {
    ...{ connector, connection, clock, asked, forms },
    secret: () => secret,
    async stop() {
      await connection.close();
      nock.cleanAll();
      nock.enableNetConnect();
    },
  };
}

type Answer = (method: string, url: URL, body: unknown, headers: Record<string, string>) => GraphReply;

const formOf = (body: unknown): string | Record<string, string> =>
  typeof body === 'string' ? body : Object.fromEntries(Object.entries(body ?? {}).map(([k, v]) => [k, String(v)]));

function answerAll(origin: string, answer: Answer): void {
  const scope = nock(origin).persist();
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
    scope.intercept(/.*/, method).reply(function reply(uri, body) {
      const headers = Object.entries(this.req.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
      const [status, said = '', more = {}] = answer(method, new URL(uri, origin), body, Object.fromEntries(headers));
      const text = typeof said === 'string' ? said : JSON.stringify(said);
      return [status, text, { 'content-type': 'application/json', ...more }];
    });
  }
}
