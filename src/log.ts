/** JSON lines on stderr; three levels, and a net under the rule that secrets are never passed in. */
import { pino } from 'pino';
import type { Log } from './domain/ports.ts';

const secretNames = ['password', 'secret', 'token', 'authorization', 'apiKey', 'key', 'uri'];

export function makeLog(level: 'error' | 'info' | 'debug'): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretNames.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' },
    },
    // Synchronous: the last words before a crash are the ones that matter.
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    error: (message, details) => logger.error(details ?? {}, message),
    info: (message, details) => logger.info(details ?? {}, message),
    debug: (message, details) => logger.debug(details ?? {}, message),
  };
}
