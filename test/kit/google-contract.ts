/** Google's calendar API by nock: answers as a test writes them, requests judged by the official discovery document. */
import nock from 'nock';
import { googleConnector } from '../../connectors/google/index.ts';
import { bodyOf, operationOf, paramsOf } from '../../sandbox/google/contract.ts';
import type { OpenConnection } from '../../src/domain/connector.ts';
import { silentLog } from '../../src/domain/ports.ts';
import type { Instant } from '../../src/domain/time.ts';
import { aConnection } from './builders.ts';
import { eagerClock } from './google-account.ts';

const origin = 'https://www.googleapis.com';

export interface AskedOf {
  /** As in the document, for instance `events.list`. */
  readonly method: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}
export type Reply = readonly [status: number, body?: unknown, headers?: Record<string, string>];

export interface CannedGoogle {
  readonly connection: OpenConnection;
  readonly clock: ReturnType<typeof eagerClock>;
  readonly asked: readonly AskedOf[];
  /** What of the requests the document does not allow. */
  readonly wrongs: readonly string[];
  stop(): Promise<void>;
}

/** Answers the calls in their order; one more call than there are answers fails. */
export function cannedGoogle(replies: readonly Reply[]): CannedGoogle {
  const asked: AskedOf[] = [];
  const wrongs: string[] = [];
  const left = [...replies];
  nock.disableNetConnect();
  nock(origin)
    .persist()
    .intercept(/.*/, 'GET')
    .reply(answer)
    .intercept(/.*/, 'POST')
    .reply(answer)
    .intercept(/.*/, 'PATCH')
    .reply(answer)
    .intercept(/.*/, 'DELETE')
    .reply(answer);
  function answer(
    this: { req: { method: string; headers: Record<string, unknown> } },
    uri: string,
    body: unknown,
  ): [number, string | Record<string, unknown>, Record<string, string>] {
    const url = new URL(uri, origin);
    const given = body === '' ? undefined : body;
    try {
      const { operation, inPath } = operationOf(this.req.method, url.pathname);
      paramsOf(operation, inPath, url.searchParams);
      bodyOf(operation, given as never, (what) => void wrongs.push(what));
      asked.push({ method: operation.id, query: url.searchParams, body: given, headers: this.req.headers });
    } catch (error) {
      wrongs.push(String(error));
    }
    const [status, said = '', headers = {}] = left.shift() ?? [500, 'there is no further answer'];
    return [
      status,
      typeof said === 'string' ? said : JSON.stringify(said),
      { 'content-type': 'application/json', ...headers },
    ];
  }
  const clock = eagerClock();
  const config = {
    client: null,
    apiUrl: origin,
    authUrl: 'https://accounts.google.com',
    tokenUrl: 'https://oauth2.googleapis.com',
  };
  const access = { value: 'token', endsAt: (clock.now() + 3_000_000) as Instant };
  const connection = googleConnector({ google: config }).open(aConnection(), {
    clock,
    log: silentLog,
    secret: { kind: 'consent', refreshToken: 'r', access },
    saveSecret: async () => {},
    renewSecret: async (renew) => renew({ kind: 'consent', refreshToken: 'r', access }),
  });
  return {
    ...{ connection, clock, asked, wrongs },
    async stop() {
      await connection.close();
      nock.cleanAll();
      nock.enableNetConnect();
    },
  };
}
