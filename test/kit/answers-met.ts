/** Keeps which answers of the REST interface this run of the tests has met, so that those that no test meets can be named. */
import { pathPattern } from './path-pattern.ts';

interface Described {
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** By method and address; each answer as its status, and as its status with the code of its problem. */
const met = new Map<string, Set<string>>();

/** `code` is that of the problem, if the answer is one. */
export function noteAnswer(method: string, pathname: string, status: number, code: unknown): void {
  const place = `${method} ${pathname}`;
  const answers = met.get(place) ?? new Set<string>();
  met.set(place, answers.add(String(status)));
  if (typeof code === 'string') answers.add(`${status} ${code}`);
}

/** What was met of this route: statuses, and statuses with the code of their problem. */
export function answersMet({ method, path }: Described): ReadonlySet<string> {
  const start = `${method.toUpperCase()} `;
  const pattern = pathPattern(path);
  const all = new Set<string>();
  for (const [place, answers] of met) {
    if (!place.startsWith(start) || !pattern.test(place.slice(start.length))) continue;
    for (const answer of answers) all.add(answer);
  }
  return all;
}
