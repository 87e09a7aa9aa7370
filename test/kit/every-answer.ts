/** Loaded beside the whole suite: after it, every answer that a route promises must have been met by some test. */
import { codeShown, problemTable } from '../../src/api/problems.ts';
import type { Route } from '../../src/api/route.ts';
import { answersMet } from './answers-met.ts';
import { anApi } from './api.ts';

export const mochaHooks = {
  async afterAll() {
    const api = await anApi();
    const unmet = api.routes.flatMap(unmetOf);
    await api.close();
    if (unmet.length > 0) throw new Error(`No test meets these answers of the OpenAPI document:\n${unmet.join('\n')}`);
  },
};

/** Answered by what lies around all routes. */
const common: readonly string[] = ['invalid_request', 'in_flight', 'idempotency_mismatch'];

/** What is answered before a route is asked (keys, limits, bodies, keys of repetition) is tested for all of them at once. */
function unmetOf(route: Route): readonly string[] {
  const met = answersMet(route);
  const own = Object.keys(route.answers);
  const problems = (route.problems ?? [])
    .filter((code) => !common.includes(code))
    .map((code) => `${problemTable[code].status} ${codeShown(code)}`);
  const more = [
    ...(route.path.includes('{') ? ['404 not_found'] : []),
    ...(route.takesIfMatch ? ['412 version_mismatch'] : []),
  ];
  const all = new Set([...own, ...problems, ...more]);
  return [...all].filter((answer) => !met.has(answer)).map((answer) => `${route.name}: ${answer}`);
}
