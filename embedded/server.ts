/** The server: storage, engine and sockets put together. In memory without a data folder, durable with one. */
import { createServer, type Server, type Socket } from 'node:net';
import { Cursors } from './commands/cursors.ts';
import { Dispatcher } from './commands/dispatcher.ts';
import { Engine } from './engine/engine.ts';
import { TTL_INTERVAL_MS } from './limits.ts';
import { type Address, claimAddress, type ListenOptions } from './listen-address.ts';
import { announceOwner, withdrawOwner } from './owner-file.ts';
import { LevelStorage } from './storage/level-storage.ts';
import { MemoryStorage } from './storage/memory-storage.ts';
import { liveFolder, refuseUnfinishedRestore } from './storage/restore-marks.ts';
import type { Storage } from './storage/storage.ts';
import { TtlSweeper } from './ttl-sweeper.ts';
import { Connection } from './wire/connection.ts';

export interface EmbeddedServerOptions extends ListenOptions {
  /** Where documents are kept [nowhere: memory only]. */
  readonly dataDir?: string;
  /** Milliseconds since 1970 [the clock of the machine]; `$$NOW`, TTL and idle cursors follow it. */
  readonly clock?: () => number;
  /** How often expired documents are removed [60 s]. */
  readonly ttlIntervalMs?: number;
  /** The database the URI names [interlock]. */
  readonly database?: string;
  /** Where sentences for the operator go [stderr]. */
  readonly warn?: (message: string) => void;
  /** Called once when the storage failed; no connection is answered any more by then. */
  readonly onFailure?: (error: Error) => void;
  /** The number of documents at which `warn` hears of it, once [200,000]. */
  readonly warnDocuments?: number;
  /** The number of documents at which inserts are refused [500,000]. */
  readonly refuseDocuments?: number;
}

interface Running {
  readonly server: Server;
  readonly address: Address;
  readonly storage: Storage;
  readonly sweeper: TtlSweeper;
  readonly timer: NodeJS.Timeout;
}

export class EmbeddedServer {
  readonly #options: EmbeddedServerOptions;
  readonly #clock: () => number;
  readonly #warn: (message: string) => void;
  readonly #connections = new Set<Connection>();
  #running: Running | null = null;
  #lastConnectionId = 0;

  constructor(options: EmbeddedServerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#warn = options.warn ?? ((message) => process.stderr.write(`${message}\n`));
  }

  async start(): Promise<{ uri: string }> {
    if (this.#running !== null) throw new Error('the embedded database is already running');
    const storage = await this.#openStorage();
    try {
      const engine = new Engine({ ...this.#options, storage, warn: this.#warn });
      await engine.load();
      const cursors = new Cursors(this.#clock);
      const dispatcher = new Dispatcher({
        engine,
        cursors,
        clock: this.#clock,
        onFault: (error) => this.#report(error),
      });
      const server = createServer((socket) => this.#accept(socket, dispatcher, storage));
      const address = await claimAddress(server, this.#options, this.#warn);
      const sweeper = new TtlSweeper(engine, this.#clock);
      const timer = this.#tick(sweeper, cursors);
      this.#running = { server, address, storage, sweeper, timer };
      const uri = `mongodb://${address.host}/${this.#options.database ?? 'interlock'}`;
      const { dataDir } = this.#options;
      if (dataDir !== undefined) await announceOwner(dataDir, { uri, pid: process.pid });
      return { uri };
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  /** Answers what is in hand, makes everything durable and closes; safe to call twice. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    clearInterval(running.timer);
    running.sweeper.stop();
    running.server.close();
    await Promise.all([...this.#connections].map((connection) => connection.finish()));
    const { dataDir } = this.#options;
    if (dataDir !== undefined) await withdrawOwner(dataDir);
    await running.storage.close();
    await running.address.release();
  }

  /** Removes what TTL indexes say is over, now instead of at the next interval. */
  async sweepExpired(): Promise<number> {
    return (await this.#running?.sweeper.sweep()) ?? 0;
  }

  async #openStorage(): Promise<Storage> {
    const { dataDir } = this.#options;
    if (dataDir === undefined) return new MemoryStorage();
    refuseUnfinishedRestore(dataDir);
    const storage = await LevelStorage.open(liveFolder(dataDir), { onFailure: (error) => this.#fail(error) });
    try {
      // Once more: while we waited for the folder it may have become the old one.
      refuseUnfinishedRestore(dataDir);
      return storage;
    } catch (error) {
      await storage.close();
      throw error;
    }
  }

  #accept(socket: Socket, dispatcher: Dispatcher, storage: Storage): void {
    socket.setNoDelay(true);
    this.#lastConnectionId += 1;
    const connection = new Connection(socket, {
      id: this.#lastConnectionId,
      run: (request, id) => dispatcher.run(request, id),
      onFault: (error) => this.#report(error),
      whenDurable: (sequence) => (sequence <= storage.durableSequence ? null : storage.whenDurable(sequence)),
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  #tick(sweeper: TtlSweeper, cursors: Cursors): NodeJS.Timeout {
    const run = async (): Promise<void> => {
      cursors.closeIdle();
      await sweeper.sweep();
    };
    const timer = setInterval(
      () => void run().catch((error) => this.#report(error)),
      this.#options.ttlIntervalMs ?? TTL_INTERVAL_MS,
    );
    timer.unref();
    return timer;
  }

  #fail(error: Error): void {
    this.#warn(`${error.message}; stopping, because nothing written from now on would be safe`);
    for (const connection of this.#connections) connection.destroy();
    this.#running?.server.close();
    if (this.#running !== null) clearInterval(this.#running.timer);
    this.#options.onFailure?.(error);
  }

  #report(error: unknown): void {
    this.#warn(
      `fault in the embedded database: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
}
