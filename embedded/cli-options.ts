/** The command line of the embedded server as data. Pure: the environment comes in as an argument. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface CliOptions {
  readonly dataDir: string;
  readonly port: number | null;
  /** Stop when stdin closes: the life line of a parent process, cut even by kill -9. */
  readonly hasLifeline: boolean;
}

export const USAGE = `usage: embedded --data DIR [--port N] [--allow-production]
  --data DIR           where the documents are kept
  --port N             listen on 127.0.0.1:N instead of a socket in DIR (0: any free port)
  --allow-production   start although NODE_ENV is production
  --lifeline           stop when stdin closes`;

export type CliEnvironment = Readonly<Record<string, string | undefined>>;

/** Throws an Error with a sentence for the operator. */
export function parseCli(args: readonly string[], env: CliEnvironment): CliOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      lifeline: { type: 'boolean', default: false },
      'allow-production': { type: 'boolean', default: false },
    },
  });
  const isAllowed = values['allow-production'] || /^(1|true)$/i.test(env.ALLOW_EMBEDDED_IN_PRODUCTION ?? '');
  if (env.NODE_ENV === 'production' && !isAllowed) {
    throw new Error(
      'the embedded database is for trying out, tests and small single-machine installs; set MONGODB_URI, ' +
        'or pass --allow-production (ALLOW_EMBEDDED_IN_PRODUCTION=true) to use it with NODE_ENV=production all the same',
    );
  }
  if (values.data === undefined || values.data === '') throw new Error(`--data is missing\n${USAGE}`);
  return { dataDir: resolve(values.data), port: parsePort(values.port), hasLifeline: values.lifeline };
}

function parsePort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65535) return port;
  throw new Error(`--port has to be a number within 0..65535, not ${text}`);
}
