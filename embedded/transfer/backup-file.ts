/**
 * The backup file: a line that says what it is, then frames, each with a checksum over itself and all before it.
 *
 * Frame: kind (1 byte), length (4), checksum (4, CRC-32), content; numbers big-endian. Kinds: `h` head, `c` a collection,
 * `d` documents of that collection, deflated, `e` the end with totals. Without its end a file is not a backup.
 */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Doc, decode, encode } from '../semantics/values.ts';
import { ByteReader, FileDraft } from './files.ts';
import { messageOf, type Part, type Progress, type Snapshot, type Totals, TransferError } from './snapshot.ts';

export const BACKUP_FORMAT = 1;

const TITLE = 'interlock-embedded-backup';
const FRAME_HEAD_BYTES = 9;
/** One document of 16 MB, and a part that was nearly full before it. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const PORTION_BYTES = 1024 * 1024;

type Kind = 'h' | 'c' | 'd' | 'e';

/** Writes beside the file and renames at the end: there is a whole backup at `path` or none. @throws TransferError */
export async function writeBackup(snapshot: Snapshot, path: string, onProgress: Progress): Promise<Totals> {
  const draft = await FileDraft.open(path);
  try {
    const totals = await writeFrames(snapshot, draft, onProgress);
    await draft.finish();
    return totals;
  } catch (error) {
    await draft.discard();
    if (error instanceof TransferError) throw error;
    throw new TransferError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function writeFrames(snapshot: Snapshot, draft: FileDraft, onProgress: Progress): Promise<Totals> {
  let checksum = 0;
  const write = async (kind: Kind, content: Uint8Array): Promise<void> => {
    const head = frameHead(kind, content.length);
    checksum = crc32(content, crc32(head.subarray(0, 5), checksum));
    head.writeUInt32BE(checksum, 5);
    await draft.write(head);
    await draft.write(content);
  };
  const totals = { collections: 0, documents: 0 };
  await draft.write(Buffer.from(`${TITLE} ${BACKUP_FORMAT}\n`));
  await write('h', encode({ takenAt: snapshot.takenAt, total: snapshot.total }));
  for await (const part of snapshot.parts) {
    if (part.kind === 'collection') {
      totals.collections += 1;
      await write('c', encode({ ns: part.namespace, indexes: part.indexes }));
      continue;
    }
    for (const portion of portions(part.documents)) await write('d', deflateRawSync(portion));
    totals.documents += part.documents.length;
    onProgress(totals.documents);
  }
  await write('e', encode(totals));
  return totals;
}

function frameHead(kind: Kind, length: number): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.write(kind, 'latin1');
  head.writeUInt32BE(length, 1);
  return head;
}

function* portions(documents: readonly Uint8Array[]): Generator<Buffer> {
  let portion: Uint8Array[] = [];
  let size = 0;
  for (const document of documents) {
    portion.push(document);
    size += document.length;
    if (size < PORTION_BYTES) continue;
    yield Buffer.concat(portion);
    portion = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(portion);
}

/** The content of a backup file. Only when `parts` has come to its end is it known to be whole. @throws TransferError */
export async function readBackup(path: string): Promise<Snapshot> {
  const reader = await ByteReader.open(path);
  try {
    await checkTitle(reader, path);
    const frames = framesOf(reader, path);
    const head = await frames.next();
    if (head.done === true || head.value.kind !== 'h') throw damaged(path, 'it has no head');
    const { takenAt, total } = decode(head.value.content);
    return {
      takenAt: takenAt instanceof Date ? takenAt : null,
      total: total === null ? null : Number(total),
      parts: partsOf(frames, path),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function checkTitle(reader: ByteReader, path: string): Promise<void> {
  const line = (await reader.line(100)) ?? '';
  const format = line.startsWith(`${TITLE} `) ? Number(line.slice(TITLE.length + 1)) : Number.NaN;
  if (!Number.isInteger(format)) throw new TransferError(`${path} is not a backup of the embedded database`);
  if (format === BACKUP_FORMAT) return;
  const age = format > BACKUP_FORMAT ? 'newer' : 'older';
  throw new TransferError(
    `${path} is a backup in the ${age} format ${format}; this version reads format ${BACKUP_FORMAT}: ` +
      'restore it with the version that wrote it',
  );
}

interface Frame {
  readonly kind: string;
  readonly content: Buffer;
}

async function* framesOf(reader: ByteReader, path: string): AsyncGenerator<Frame> {
  let checksum = 0;
  for (;;) {
    const at = reader.position;
    const head = await reader.take(FRAME_HEAD_BYTES);
    if (head === null) throw cutShort(path);
    const length = head.readUInt32BE(1);
    if (length > MAX_FRAME_BYTES) throw damaged(path, `byte ${at} claims ${length} bytes`);
    const content = await reader.take(length);
    if (content === null) throw cutShort(path);
    checksum = crc32(content, crc32(head.subarray(0, 5), checksum));
    if (checksum !== head.readUInt32BE(5)) throw damaged(path, `the checksum at byte ${at} is wrong`);
    yield { kind: head.toString('latin1', 0, 1), content };
  }
}

async function* partsOf(frames: AsyncGenerator<Frame>, path: string): AsyncGenerator<Part> {
  const found = { collections: 0, documents: 0 };
  for await (const { kind, content } of frames) {
    if (kind === 'c') {
      found.collections += 1;
      const { ns, indexes } = decode(content) as { ns: string; indexes: Doc[] };
      yield { kind: 'collection', namespace: ns, indexes };
    } else if (kind === 'd') {
      const documents = [...split(inflateRawSync(content))];
      found.documents += documents.length;
      yield { kind: 'documents', documents };
    } else if (kind === 'e') {
      const told = decode(content);
      if (Number(told.documents) === found.documents && Number(told.collections) === found.collections) return;
      throw damaged(path, 'the totals at its end are not those of its content');
    } else throw damaged(path, `it has a part of the unknown kind ${JSON.stringify(kind)}`);
  }
}

/** Cuts concatenated documents apart. */
function* split(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32LE(at);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const cutShort = (path: string): TransferError =>
  new TransferError(`${path} is cut short: its end is missing, so it was not written or not copied to its end`);

const damaged = (path: string, how: string): TransferError => new TransferError(`${path} is damaged: ${how}`);
