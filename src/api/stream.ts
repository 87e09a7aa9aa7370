/** Server-sent events of a tenant, with resume after `Last-Event-ID`. */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { showHappening } from '../../mappings/crm-things.ts';
import type { JournalLine } from '../domain/tenant.ts';
import type { Authenticator } from './auth.ts';
import type { AppParts } from './parts.ts';
import { Refusal } from './problems.ts';
import { type Caller, type Route, route } from './route.ts';
import { noParams, noQuery } from './schemas.ts';

const heartbeatMs = 15_000;
const pageSize = 500;
/** A reader that lags this far behind is let go; it resumes where it was. */
const mostWaitingBytes = 1_048_576;

export function streamRoutes(parts: AppParts, auth: Authenticator): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/stream',
      name: 'stream',
      summary: 'Follow what happens as server-sent events',
      details:
        'Each event has an id, a type such as `booking.moved` and data `{type, timestamp, data}`. A comment line comes every 15 seconds. `Last-Event-ID` goes on where a stream broke.',
      tag: 'Stream',
      scope: 'read',
      params: noParams,
      query: noQuery,
      body: null,
      answers: { 200: { description: 'An endless stream', schema: z.string() } },
      async handle(call) {
        const session = new StreamSession();
        const leave = await parts.streams.subscribe(call.caller.tenantId, session);
        if (leave === null) {
          throw new Refusal('unavailable', 'No further streams here now; try again.', {
            headers: { 'Retry-After': '5' },
          });
        }
        try {
          if (call.lastEventId !== null) await catchUp(call.caller, call.lastEventId, session);
        } catch (error) {
          leave();
          throw error;
        }
        return {
          status: 200,
          body: null,
          headers: {},
          takeOver: (response) => {
            parts.metrics.openStreams(1);
            session.open(response, {
              onClose() {
                parts.metrics.openStreams(-1);
                leave();
              },
              stillAllowed: () => auth.stillCounts(call.caller),
            });
          },
        };
      },
    }),
  ];

  async function catchUp(caller: Caller, lastEventId: string, session: StreamSession): Promise<void> {
    for (let after = lastEventId; ; ) {
      const lines = await parts.store.journal.since(caller.tenantId, after, pageSize);
      for (const line of lines) session.missed(line);
      const last = lines.at(-1);
      if (last === undefined || lines.length < pageSize) return;
      after = last.id;
    }
  }
}

/** One reader: what it missed goes out first, then what came meanwhile, each line once. */
class StreamSession {
  #response: ServerResponse | null = null;
  #ended = false;
  #missed: JournalLine[] = [];
  #waiting: JournalLine[] = [];
  /** Caught up by reading; the hub, which may lag a little behind, will bring them once more. */
  readonly #caughtUp = new Set<string>();

  /** From the hub. */
  line(line: JournalLine): void {
    if (this.#caughtUp.has(line.id)) return;
    if (this.#response === null) this.#waiting.push(line);
    else this.#write(line);
  }
  missed(line: JournalLine): void {
    this.#missed.push(line);
    this.#caughtUp.add(line.id);
  }
  end(): void {
    this.#ended = true;
    this.#response?.end();
  }

  open(response: ServerResponse, o: { onClose(): void; stillAllowed(): Promise<boolean> }): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // Proxies that buffer would hold events back.
      'X-Accel-Buffering': 'no',
    });
    response.write(': interlock\n\nretry: 2000\n\n');
    const beat = setInterval(() => void this.#beat(o.stillAllowed), heartbeatMs);
    beat.unref();
    response.once('close', () => {
      clearInterval(beat);
      o.onClose();
    });
    this.#response = response;
    const waiting = this.#waiting.filter((line) => !this.#caughtUp.has(line.id));
    for (const line of [...this.#missed, ...waiting]) this.#write(line);
    this.#missed = [];
    this.#waiting = [];
    if (this.#ended) response.end();
  }

  #write(line: JournalLine): void {
    const response = this.#response;
    if (response === null || response.writableEnded) return;
    if (response.writableLength > mostWaitingBytes) {
      response.destroy();
      return;
    }
    response.write(`id: ${line.id}\nevent: ${line.kind}\ndata: ${JSON.stringify(showHappening(line))}\n\n`);
  }

  /** Also the moment in which a stream notices that its key was revoked. */
  async #beat(stillAllowed: () => Promise<boolean>): Promise<void> {
    const response = this.#response;
    if (response === null || response.writableEnded) return;
    this.#caughtUp.clear();
    const isAllowed = await stillAllowed().catch(() => true);
    if (isAllowed) response.write(': still here\n\n');
    else response.end();
  }
}
