/** `$batch`: up to twenty requests in one, each with an answer of its own. */
import { type Answer, type Ask, asJson } from '../kit/http.ts';
import type { Json, JsonObject } from '../kit/json.ts';
import { isObject, listAt, objectAt, parseJson, textAt } from '../kit/json.ts';
import { breach } from './refusal.ts';

const most = 20;

/** @param run answers one request as if it had come alone. @throws Refusal for a batch that is none */
export async function answerBatch(ask: Ask, run: (ask: Ask) => Promise<Answer>): Promise<Answer> {
  const given = parseJson(ask.body);
  const requests = listAt(isObject(given) ? given : undefined, 'requests').filter(isObject);
  if (requests.length === 0) throw breach('BadRequest', 'Invalid batch payload format.');
  if (requests.length > most)
    throw breach('BadRequest', `Number of batch request steps exceeds the maximum value of ${most}.`);
  const ids = requests.map((request) => textAt(request, 'id') ?? '');
  if (new Set(ids).size < ids.length || ids.includes('')) throw breach('BadRequest', 'The ids of a batch are unique.');
  const under = new Map<string, Promise<JsonObject>>();
  for (const request of requests) {
    const before = listAt(request, 'dependsOn').map((id) => under.get(String(id)));
    if (before.includes(undefined)) throw breach('BadRequest', 'dependsOn names a request that does not come before.');
    under.set(
      textAt(request, 'id')!,
      one(
        ask,
        request,
        before.filter((entry) => entry !== undefined),
        run,
      ),
    );
  }
  return asJson(200, { responses: await Promise.all(under.values()) });
}

async function one(
  ask: Ask,
  request: JsonObject,
  before: readonly Promise<JsonObject>[],
  run: (ask: Ask) => Promise<Answer>,
): Promise<JsonObject> {
  const id = textAt(request, 'id')!;
  const earlier = await Promise.all(before);
  if (earlier.some(({ status }) => Number(status) >= 400)) {
    const error = { code: 'FailedDependency', message: 'A request that this one depends on failed.' };
    return { id, status: 424, headers: {}, body: { error } };
  }
  const relative = textAt(request, 'url') ?? '';
  const url = new URL(`/v1.0${relative.startsWith('/') ? '' : '/'}${relative}`, 'http://batch.invalid');
  const headers = lowerCase(objectAt(request, 'headers') ?? {});
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const own = { ...headers, authorization: ask.headers.authorization };
  const method = textAt(request, 'method') ?? 'GET';
  const answer = await run({ method, url, path: url.pathname, headers: own, body });
  if (answer === 'cut' || 'stream' in answer) return { id, status: 504, headers: {}, body: null };
  const read = parseJson(String(answer.body ?? '')) ?? null;
  return { id, status: answer.status, headers: { ...answer.headers }, body: read };
}

const lowerCase = (headers: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]: [string, Json | undefined]) => [name.toLowerCase(), String(value)]),
  );
