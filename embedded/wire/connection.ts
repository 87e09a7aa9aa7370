/**
 * One client connection: requests are answered one after the other, in the order they came.
 * While a reply waits for the disk, later requests of the same connection wait too; others do not.
 */
import type { Socket } from 'node:net';
import type { Outcome } from '../commands/dispatcher.ts';
import { FrameReader } from './frame-reader.ts';
import { encodeReply, parseRequest, type Request } from './message.ts';
import { ProtocolError } from './protocol.ts';

export interface ConnectionParts {
  readonly id: number;
  readonly run: (request: Request, connectionId: number) => Outcome;
  /** Resolves when a place in the storage is durable; null when it already is. */
  readonly whenDurable: (sequence: number) => Promise<void> | null;
  /** An error that is a fault of ours, not of the peer. */
  readonly onFault: (error: unknown) => void;
}

/** A peer may pipeline; beyond this many waiting requests we stop reading from it. */
const MAX_QUEUED = 32;

const CLOSE_TIMEOUT_MS = 2_000;

export class Connection {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #reader = new FrameReader();
  readonly #queue: Buffer[] = [];
  #isBusy = false;
  #isDraining = false;
  #replyId = 0;
  #onIdle: (() => void) | null = null;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => {
      this.#isDraining = false;
      this.#work();
    });
    // A broken connection is the client's business; its socket closes by itself.
    socket.on('error', () => socket.destroy());
  }

  /** Lets the command in hand be answered, takes no further one, and closes. */
  async finish(): Promise<void> {
    this.#queue.length = 0;
    this.#socket.pause();
    if (this.#isBusy) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await new Promise<void>((resolve) => {
      if (this.#socket.destroyed) return resolve();
      // A peer that does not read must not keep the server from stopping.
      const timer = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
      this.#socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end(() => this.#socket.destroy());
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    try {
      this.#queue.push(...this.#reader.push(chunk));
    } catch {
      // Whoever sends this does not speak the protocol; there is nothing to answer.
      this.#socket.destroy();
      return;
    }
    if (this.#queue.length > MAX_QUEUED) this.#socket.pause();
    this.#work();
  }

  #work(): void {
    while (!this.#isBusy && !this.#isDraining && this.#queue.length > 0 && !this.#socket.destroyed) {
      const frame = this.#queue.shift()!;
      if (this.#queue.length === 0 && this.#socket.isPaused()) this.#socket.resume();
      this.#handle(frame);
    }
  }

  #handle(frame: Buffer): void {
    try {
      this.#answer(parseRequest(frame));
    } catch (error) {
      // Nothing true can be said to this peer any more; the others are not concerned.
      if (!(error instanceof ProtocolError)) this.#parts.onFault(error);
      this.#socket.destroy();
    }
  }

  #answer(request: Request): void {
    const { reply, waitFor } = this.#parts.run(request, this.#parts.id);
    // Unacknowledged writes are written as well, but nobody waits for them.
    if (!request.wantsReply) return;
    this.#replyId += 1;
    const bytes = encodeReply(request, this.#replyId, reply);
    const waiting = this.#parts.whenDurable(waitFor);
    if (waiting === null) this.#send(bytes);
    else void this.#sendWhen(waiting, bytes);
  }

  async #sendWhen(waiting: Promise<void>, bytes: Buffer): Promise<void> {
    this.#isBusy = true;
    try {
      await waiting;
      this.#send(bytes);
    } catch {
      // The write may or may not be on disk: silence is the only true answer. The server is going down.
      this.#socket.destroy();
    }
    this.#isBusy = false;
    this.#onIdle?.();
    this.#work();
  }

  #send(bytes: Buffer): void {
    if (this.#socket.destroyed) return;
    if (!this.#socket.write(bytes)) this.#isDraining = true;
  }
}
