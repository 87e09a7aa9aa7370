/** An address that takes Graph's notifications: it answers the handshake, and keeps what came. */
import { listen } from '../../sandbox/kit/http.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers from outside whose shapes each test names
type Body = any;

export interface OutlookHook {
  readonly url: string;
  /** Bodies of what came, the handshakes aside. */
  readonly got: Body[];
  readonly handshakes: string[];
  /** How the handshake is answered; by default as Graph wants it. */
  echo: (token: string) => { readonly status: number; readonly type: string; readonly text: string };
  status: number;
  close(): Promise<void>;
}

export async function anOutlookHook(): Promise<OutlookHook> {
  const got: Body[] = [];
  const handshakes: string[] = [];
  const server = await listen(async (ask) => {
    const token = ask.url.searchParams.get('validationToken');
    if (token === null) {
      got.push(JSON.parse(ask.body));
      return { status: hook.status };
    }
    handshakes.push(token);
    const { status, type, text } = hook.echo(token);
    return { status, headers: { 'content-type': type }, body: text };
  });
  const hook: OutlookHook = {
    ...{ url: `${server.url}/hook?door=7`, got, handshakes, status: 202 },
    echo: (text) => ({ status: 200, type: 'text/plain', text }),
    close: () => server.close(),
  };
  return hook;
}
