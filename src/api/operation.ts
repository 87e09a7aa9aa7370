/** What operators ask: is it alive, is it ready, what does it count. */
import type { Express, Response } from 'express';
import { Fault } from '../domain/fault.ts';
import type { AppParts } from './parts.ts';

const checkWithinMs = 3_000;

export function serveOperation(app: Express, parts: AppParts): void {
  app.get('/healthz', (_request, response) => {
    show(response, 200, { status: 'ok', version: parts.config.version });
  });

  app.get('/readyz', async (_request, response) => {
    const checks = new Map([['database', () => parts.store.ping()], ...(parts.checks ?? [])]);
    const results = await Promise.all(
      [...checks].map(async ([name, check]) => [name, await verdict(parts, name, check)] as const),
    );
    const isReady = results.every(([, result]) => result === 'ok');
    if (!isReady) response.setHeader('Retry-After', '5');
    show(response, isReady ? 200 : 503, {
      status: isReady ? 'ready' : 'not ready',
      checks: Object.fromEntries(results),
    });
  });

  app.get('/metrics', async (_request, response) => {
    const { type, text } = await parts.metrics.render();
    response.setHeader('Content-Type', type);
    response.setHeader('Cache-Control', 'no-store');
    response.end(text);
  });
}

/** The reason stays in the log: this address asks for no key. */
async function verdict(parts: AppParts, name: string, check: () => Promise<void>): Promise<'ok' | 'failed'> {
  const late = new AbortController();
  const timeout = parts.clock.sleep(checkWithinMs, late.signal).then(() => {
    if (!late.signal.aborted) throw new Fault('unavailable', `no answer within ${checkWithinMs} ms`);
  });
  try {
    await Promise.race([check(), timeout]);
    return 'ok';
  } catch (error) {
    parts.log.info('not ready', { check: name, reason: error instanceof Error ? error.message : String(error) });
    return 'failed';
  } finally {
    late.abort();
  }
}

function show(response: Response, status: number, body: unknown): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.status(status).end(JSON.stringify(body));
}
