/** Control verbs: declared once, callable in the process by tests and over HTTP by everybody else. */
import { z } from 'zod';
import type { Answer, Ask } from './http.ts';
import { asJson } from './http.ts';
import { parseJson } from './json.ts';

export interface Verb<Input extends z.ZodType, Output> {
  /** One sentence for the list that `GET /_control` shows. */
  readonly about: string;
  readonly input: Input;
  // A method, so that verbs of different inputs fit into one table.
  run(input: z.output<Input>): Output;
}
export type Verbs = Readonly<Record<string, Verb<z.ZodType, unknown>>>;

/** The same verbs as functions; they check their input like the HTTP ones. */
export type Control<V extends Verbs> = {
  readonly [K in keyof V]: (input?: z.input<V[K]['input']>) => ReturnType<V[K]['run']>;
};

/** A wish that cannot be met; over HTTP a 422 with this sentence. */
export class Unmet extends Error {}

export function verb<Input extends z.ZodType, Output>(
  about: string,
  input: Input,
  run: (input: z.output<Input>) => Output,
): Verb<Input, Output> {
  return { about, input, run };
}

/** @throws z.ZodError for a wrong input, Unmet for a wish that cannot be met */
export function controlInProcess<V extends Verbs>(verbs: V): Control<V> {
  const made = Object.entries(verbs).map(([name, { input, run }]) => [
    name,
    (given: unknown = {}) => run(input.parse(given)),
  ]);
  return Object.fromEntries(made) as Control<V>;
}

const httpName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Answers `GET /_control` with the list and `POST /_control/NAME` with what the verb returns; null: not ours. */
export async function controlOverHttp(verbs: Verbs, ask: Ask): Promise<Answer | null> {
  if (ask.path !== '/_control' && !ask.path.startsWith('/_control/')) return null;
  const name = ask.path.slice('/_control/'.length);
  if (name === '') {
    const list = Object.entries(verbs).map(([key, { about }]) => ({ verb: httpName(key), about }));
    return asJson(200, { verbs: list });
  }
  const known = Object.entries(verbs).find(([key]) => httpName(key) === name)?.[1];
  if (known === undefined) {
    return asJson(404, { error: `no control verb "${name}"; GET /_control lists them` });
  }
  if (ask.method !== 'POST') return asJson(405, { error: 'control verbs are called by POST with a JSON body' });
  const given = ask.body.trim() === '' ? {} : parseJson(ask.body);
  if (given === undefined) return asJson(400, { error: 'the body is no JSON' });
  const read = known.input.safeParse(given);
  if (!read.success) return asJson(400, { error: z.prettifyError(read.error) });
  try {
    return asJson(200, (await known.run(read.data)) ?? {});
  } catch (fault) {
    if (fault instanceof Unmet) return asJson(422, { error: fault.message });
    throw fault;
  }
}
