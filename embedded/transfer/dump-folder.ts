/** The layout of mongodump: `DIR/database/collection.bson` with `collection.metadata.json`, which mongorestore reads. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EJSON } from 'bson';
import { isDoc } from '../semantics/types.ts';
import type { Doc } from '../semantics/values.ts';
import { ByteReader, FileDraft, syncFolder } from './files.ts';
import { codeOf, messageOf, type Part, type Progress, type Snapshot, type Totals, TransferError } from './snapshot.ts';

const PART_BYTES = 1024 * 1024;
const SMALLEST_DOCUMENT = 5;
/** 16 MB, and what MongoDB adds to documents of its own. */
const LARGEST_DOCUMENT = 16 * 1024 * 1024 + 16 * 1024;

/** Of MongoDB's own, never of an application. */
const SERVER_DATABASES = new Set(['admin', 'config', 'local']);

/** Writes beside the folder and renames at the end. @throws TransferError when the folder is there and not empty */
export async function writeDump(snapshot: Snapshot, path: string, onProgress: Progress): Promise<Totals> {
  const draft = `${path}.part`;
  await refuseFilled(path);
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    const totals = await writeCollections(snapshot, draft, onProgress);
    if (existsSync(path)) await rmdir(path);
    await rename(draft, path);
    await syncFolder(dirname(path));
    return totals;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (error instanceof TransferError) throw error;
    throw new TransferError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function refuseFilled(path: string): Promise<void> {
  try {
    if ((await readdir(path)).length > 0)
      throw new TransferError(`${path} is not empty: export into a folder of its own`);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error instanceof TransferError ? error : new TransferError(`cannot write ${path}: ${messageOf(error)}`);
  }
}

async function writeCollections(snapshot: Snapshot, folder: string, onProgress: Progress): Promise<Totals> {
  const totals = { collections: 0, documents: 0 };
  let file: FileDraft | null = null;
  try {
    for await (const part of snapshot.parts) {
      if (part.kind === 'collection') {
        await file?.finish();
        file = await beginCollection(folder, part.namespace, part.indexes);
        totals.collections += 1;
        continue;
      }
      for (const document of part.documents) await file?.write(document);
      totals.documents += part.documents.length;
      onProgress(totals.documents);
    }
    await file?.finish();
    return totals;
  } catch (error) {
    await file?.discard();
    throw error;
  }
}

async function beginCollection(folder: string, namespace: string, indexes: readonly Doc[]): Promise<FileDraft> {
  const dot = namespace.indexOf('.');
  const [database, name] = [namespace.slice(0, dot), namespace.slice(dot + 1)];
  if (/[/\\."$*<>:|?\s]/.test(database))
    throw new TransferError(`MongoDB does not take ${database} for a database's name`);
  await mkdir(join(folder, database), { recursive: true, mode: 0o700 });
  // mongorestore decodes percent signs in the names of files.
  const stem = join(folder, database, encodeURIComponent(name));
  const metadata = await FileDraft.open(`${stem}.metadata.json`);
  await metadata.write(Buffer.from(EJSON.stringify(metadataOf(name, indexes), { relaxed: false })));
  await metadata.finish();
  return FileDraft.open(`${stem}.bson`);
}

const metadataOf = (collectionName: string, indexes: readonly Doc[]): Doc => ({
  options: {},
  indexes,
  uuid: '',
  collectionName,
  type: 'collection',
});

/** The content of a folder that we or mongodump wrote. @throws TransferError */
export async function readDump(path: string): Promise<Snapshot> {
  const files = await dumpFiles(path);
  if (files.length === 0) throw new TransferError(`${path} is not a dump: it has no database/collection.bson`);
  return { takenAt: null, total: null, parts: readCollections(files), close: async () => undefined };
}

interface DumpFile {
  readonly database: string;
  /** Path without `.bson`. */
  readonly stem: string;
}

/** A folder of databases, or the folder of one. */
async function dumpFiles(path: string): Promise<readonly DumpFile[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !SERVER_DATABASES.has(entry.name));
  const files = await bsonFiles(path, basename(path));
  for (const { name } of folders) files.push(...(await bsonFiles(join(path, name), name)));
  return files;
}

async function bsonFiles(folder: string, database: string): Promise<DumpFile[]> {
  const names = (await readdir(folder)).sort();
  const packed = names.find((name) => name.endsWith('.bson.gz'));
  if (packed !== undefined)
    throw new TransferError(`${join(folder, packed)} is packed: gunzip the files of the dump first`);
  const bson = names.filter((name) => name.endsWith('.bson'));
  return bson.map((name) => ({ database, stem: join(folder, name.slice(0, -'.bson'.length)) }));
}

async function* readCollections(files: readonly DumpFile[]): AsyncGenerator<Part> {
  for (const { database, stem } of files) {
    const { name, indexes } = await readMetadata(stem);
    yield { kind: 'collection', namespace: `${database}.${name}`, indexes };
    yield* readDocuments(`${stem}.bson`);
  }
}

async function readMetadata(stem: string): Promise<{ name: string; indexes: readonly Doc[] }> {
  const path = `${stem}.metadata.json`;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new TransferError(`there is no file ${path}: without it the indexes are not known`);
  });
  const parsed = parseMetadata(text, path);
  const { options, type, collectionName, indexes } = parsed;
  const option = isDoc(options) ? Object.keys(options)[0] : undefined;
  if (option !== undefined) throw unsupported(path, `the option ${option}`);
  if (type !== undefined && type !== 'collection') throw unsupported(path, `a ${String(type)}`);
  if (!Array.isArray(indexes) || !indexes.every(isDoc)) throw new TransferError(`${path} lists no indexes`);
  return { name: typeof collectionName === 'string' ? collectionName : decodeURIComponent(basename(stem)), indexes };
}

function parseMetadata(text: string, path: string): Doc {
  try {
    const parsed: unknown = EJSON.parse(text, { relaxed: false });
    if (isDoc(parsed)) return parsed;
  } catch {
    // Told below, for JSON of another shape as well.
  }
  throw new TransferError(`${path} is not the metadata of a dump`);
}

const unsupported = (path: string, what: string): TransferError =>
  new TransferError(`${path} asks for ${what}, which the embedded database does not have`);

async function* readDocuments(path: string): AsyncGenerator<Part> {
  const reader = await ByteReader.open(path);
  try {
    let documents: Uint8Array[] = [];
    let size = 0;
    while (!(await reader.isAtEnd())) {
      const document = await readDocument(reader, path);
      documents.push(document);
      size += document.length;
      if (size < PART_BYTES) continue;
      yield { kind: 'documents', documents };
      documents = [];
      size = 0;
    }
    if (documents.length > 0) yield { kind: 'documents', documents };
  } finally {
    await reader.close();
  }
}

async function readDocument(reader: ByteReader, path: string): Promise<Uint8Array> {
  const at = reader.position;
  const length = await reader.peekInt32();
  if (length !== null && (length < SMALLEST_DOCUMENT || length > LARGEST_DOCUMENT)) {
    throw new TransferError(`${path} is damaged: the document at byte ${at} claims ${length} bytes`);
  }
  const document = length === null ? null : await reader.take(length);
  if (document === null) throw new TransferError(`${path} is cut short in the document at byte ${at}`);
  return document;
}
