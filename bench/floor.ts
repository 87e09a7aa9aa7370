/** The least that a mirror costs: one report per side and the writes, 16 in flight; no store, no mapping, no conflict rules. */
import { Agent, request } from 'undici';
import { inParallel } from './statistics.ts';

const width = 16;
const report = (token: string): string =>
  `<?xml version="1.0"?><D:sync-collection xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:sync-token>${token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/><C:calendar-data/></D:prop></D:sync-collection>`;

/** Milliseconds until both collections were read and `items` (an empty text deletes) are written into the second. */
export async function floorOf(
  url: string,
  items: readonly (readonly [string, string])[],
  since: string,
): Promise<number> {
  const agent = new Agent({ connections: width, pipelining: 1 });
  const call = async (method: 'REPORT' | 'PUT' | 'DELETE', path: string, body: string | null): Promise<void> => {
    const answer = await request(`${url}/home/${path}`, { method, body, dispatcher: agent });
    await answer.body.text();
    if (answer.statusCode >= 400) throw new Error(`the calendar server answered ${answer.statusCode} to ${method}`);
  };
  const from = performance.now();
  await Promise.all(['a/', 'b/'].map((path) => call('REPORT', path, report(since))));
  await inParallel(items, width, ([name, text]) =>
    text === '' ? call('DELETE', `b/${name}`, null) : call('PUT', `b/${name}`, text),
  );
  const took = performance.now() - from;
  await agent.close();
  return took;
}
