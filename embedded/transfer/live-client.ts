/** Asks a running server for its data over its own socket; documents stay the bytes they are. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { deserialize, type Long } from 'bson';
import { SNAPSHOT_CURSOR } from '../commands/snapshot.ts';
import { type Doc, decode, encode } from '../semantics/values.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import { HEADER_BYTES, OP_MSG } from '../wire/protocol.ts';
import { TransferError } from './snapshot.ts';

/** Small, so that the server serves its other callers in between; big documents fill a message sooner. */
const BATCH_DOCUMENTS = 500;

interface Batch {
  readonly id: bigint;
  readonly documents: readonly Uint8Array[];
}

/** The documents of `embeddedSnapshot` in batches; the first document is the head. */
export class LiveClient {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  #requestId = 0;
  #waiting: { resolve: (frame: Buffer) => void; reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const end = (): void => {
      this.#waiting?.reject(new TransferError('the server ended in the middle of it'));
      this.#waiting = null;
    };
    socket.on('error', end);
    socket.on('close', end);
    socket.on('data', (chunk: Buffer) => {
      for (const frame of this.#reader.push(chunk)) {
        this.#waiting?.resolve(frame);
        this.#waiting = null;
      }
    });
  }

  /** @throws the error of the socket when nobody listens at the address */
  static async connect(uri: string): Promise<LiveClient> {
    const socket = connect(addressOf(uri));
    await once(socket, 'connect');
    return new LiveClient(socket);
  }

  async *batches(): AsyncGenerator<readonly Uint8Array[]> {
    let batch = await this.#ask({ embeddedSnapshot: 1, cursor: { batchSize: BATCH_DOCUMENTS } });
    for (;;) {
      yield batch.documents;
      if (batch.id === 0n) return;
      batch = await this.#ask({ getMore: batch.id, collection: SNAPSHOT_CURSOR, batchSize: BATCH_DOCUMENTS });
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #ask(command: Doc): Promise<Batch> {
    if (this.#socket.destroyed) throw new TransferError('the server ended in the middle of it');
    this.#requestId += 1;
    const answer = new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#socket.write(frameOf(this.#requestId, { ...command, $db: 'admin' }));
    return batchOf((await answer).subarray(HEADER_BYTES + 5));
  }
}

function addressOf(uri: string): { path: string } | { host: string; port: number } {
  const host = /^mongodb:\/\/([^/]+)\//.exec(uri)?.[1] ?? '';
  const tcp = /^(.+):(\d+)$/.exec(host);
  return tcp === null ? { path: decodeURIComponent(host) } : { host: tcp[1]!, port: Number(tcp[2]) };
}

function frameOf(requestId: number, command: Doc): Buffer {
  const body = encode(command);
  const head = Buffer.alloc(HEADER_BYTES + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(requestId, 4);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}

function batchOf(body: Uint8Array): Batch {
  // The library can leave the elements of an array as bytes; everything else of the reply is small.
  const reply = deserialize(body, { fieldsAsRaw: { firstBatch: true, nextBatch: true }, promoteValues: false });
  const { ok, errmsg, cursor } = reply as { ok: unknown; errmsg?: string; cursor?: RawCursor };
  if (Number(ok) !== 1 || cursor === undefined) throw new TransferError(`the server refused: ${errmsg ?? 'no reason'}`);
  return { id: BigInt(cursor.id.toString()), documents: cursor.firstBatch ?? cursor.nextBatch ?? [] };
}

interface RawCursor {
  readonly id: Long;
  readonly firstBatch?: readonly Uint8Array[];
  readonly nextBatch?: readonly Uint8Array[];
}

/** What the head of a snapshot says. */
export interface LiveHead {
  readonly takenAt: Date;
  readonly collections: readonly { readonly ns: string; readonly indexes: readonly Doc[]; readonly count: number }[];
}

export function readHead(bytes: Uint8Array | undefined): LiveHead {
  if (bytes === undefined) throw new TransferError('the server sent no head');
  return decode(bytes) as unknown as LiveHead;
}
