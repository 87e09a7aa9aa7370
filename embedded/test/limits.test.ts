/** Every limit of the README, just below and just above. Those of documents and indexes stand with their commands. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { mongo } from 'mongoose';
import { startEmbedded } from '../child.ts';
import {
  CURSOR_IDLE_MS,
  MAX_DOCUMENT_BYTES,
  MAX_INDEXES_PER_COLLECTION,
  MAX_MESSAGE_BYTES,
  MAX_NESTING,
  MAX_OPEN_CURSORS,
  MAX_WRITE_BATCH,
  REFUSE_DOCUMENTS,
  TTL_INTERVAL_MS,
  WARN_DOCUMENTS,
} from '../limits.ts';
import { CLI, failure, fresh, run, stopAll, temporaryFolder, until } from './running.ts';

const TCP_WARNING =
  'the embedded database has no passwords: with --port every user of this machine can read and change it';

describe('limits', function () {
  this.timeout(60_000);
  afterEach(stopAll);

  it('are the ones that the README names', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const table = readme.slice(readme.indexOf('## Limits'), readme.indexOf('## Backup'));
    for (const words of [
      `| Document | ${MAX_DOCUMENT_BYTES / 1024 / 1024} MB, ${MAX_NESTING} levels |`,
      `| Message | ${MAX_MESSAGE_BYTES / 1e6} MB`,
      `| Statements of a batch | ${MAX_WRITE_BATCH.toLocaleString('en')} |`,
      `warning at ${WARN_DOCUMENTS.toLocaleString('en')}, inserts refused above ${REFUSE_DOCUMENTS.toLocaleString('en')}`,
      `| Indexes of a collection | ${MAX_INDEXES_PER_COLLECTION} |`,
      `| Idle cursor | ${CURSOR_IDLE_MS / 60_000} minutes; ${MAX_OPEN_CURSORS.toLocaleString('en')} open at a time |`,
      `every ${TTL_INTERVAL_MS / 1000} s`,
    ]) {
      expect(table).to.include(words);
    }
  });

  it('take a batch of 100,000 statements, and refuse one more and none with the code of MongoDB', async () => {
    const { db } = await run();
    const documents = Array.from({ length: MAX_WRITE_BATCH + 1 }, () => ({ a: 1 }));
    const refused = { code: 16, codeName: 'InvalidLength' };
    const over = await failure(db.command({ insert: 'many', documents }));
    expect(over).to.include(refused);
    expect(over.message).to.equal('Write batch sizes must be between 1 and 100000. Got 100001 operations.');
    expect(await failure(db.command({ insert: 'many', documents: [] }))).to.include(refused);
    const deletes = Array.from({ length: MAX_WRITE_BATCH + 1 }, () => ({ q: {}, limit: 1 }));
    expect(await failure(db.command({ delete: 'many', deletes }))).to.include(refused);
    expect(await db.collection('many').countDocuments()).to.equal(0);
    expect(await db.command({ insert: 'many', documents: documents.slice(1) })).to.include({ n: MAX_WRITE_BATCH });
  });

  it('warn once of many documents', async () => {
    const { db, warnings } = await run({ warnDocuments: 3 });
    await db.collection('a').insertMany([{}, {}]);
    expect(warnings).to.deep.equal([]);
    await db.collection('b').insertMany([{}, {}, {}]);
    expect(warnings).to.deep.equal([
      'the embedded database holds 3 documents and refuses more than 500000; move to MongoDB with MONGODB_URI',
    ]);
  });

  it('refuse one open cursor too many, and take it again when one was closed', async () => {
    const { db } = await run();
    await db.collection('a').insertMany([{}, {}, {}]);
    const open = () => db.command({ find: 'a', batchSize: 1 });
    const cursors = [];
    for (let i = 0; i < MAX_OPEN_CURSORS; i++) cursors.push((await open()).cursor.id);
    const error = await failure(open());
    expect(error.message).to.equal('more than 1000 cursors are open; close cursors that are not read to their end');
    await db.command({ killCursors: 'a', cursors: [cursors[0]] });
    expect((await open()).ok).to.equal(1);
  });

  it('refuse levels beyond 100, in inserts, in updates and in replacements', async () => {
    const { db } = await run();
    const collection = fresh(db);
    const nested = (levels: number): mongo.Document => (levels === 1 ? {} : { a: nested(levels - 1) });
    await collection.insertOne({ ...nested(MAX_NESTING), _id: 1 as never });
    const refused = { code: 15 };
    expect(await failure(collection.insertOne(nested(MAX_NESTING + 1)))).to.include(refused);
    expect(await failure(collection.updateOne({}, { $set: { b: nested(MAX_NESTING) } }))).to.include(refused);
    expect(await failure(collection.replaceOne({}, nested(MAX_NESTING + 1)))).to.include(refused);
  });

  it('end the connection that announces a message over 48 MB, and wait for one of 48 MB', async () => {
    const { uri, db } = await run();
    const path = decodeURIComponent(uri.slice('mongodb://'.length, uri.lastIndexOf('/')));
    const announce = (length: number): { isClosed(): boolean; end(): void } => {
      const head = Buffer.alloc(16);
      head.writeInt32LE(length);
      head.writeInt32LE(2013, 12);
      const socket = connect({ path }, () => socket.write(head));
      socket.on('error', () => undefined);
      return { isClosed: () => socket.destroyed, end: () => socket.destroy() };
    };
    const [below, above] = [announce(MAX_MESSAGE_BYTES), announce(MAX_MESSAGE_BYTES + 1)];
    await until(() => above.isClosed(), 'the one above is thrown out');
    expect(below.isClosed()).to.equal(false);
    below.end();
    expect((await db.command({ ping: 1 })).ok).to.equal(1);
  });

  it('keep the server from production and from silence on TCP, said by the program itself', async () => {
    const folder = await temporaryFolder();
    const messages: string[] = [];
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      const refusal = await failure(startEmbedded({ dataDir: folder.path, entry: CLI }));
      expect(refusal.message).to.match(/exit code 1\): the embedded database is for trying out.*set MONGODB_URI/);
      process.env.ALLOW_EMBEDDED_IN_PRODUCTION = 'true';
      const child = await startEmbedded({
        dataDir: folder.path,
        entry: CLI,
        port: 0,
        onMessage: (m) => messages.push(m),
      });
      await until(() => messages.join('').includes(TCP_WARNING), 'the warning is heard');
      await child.stop();
    } finally {
      if (before === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = before;
      delete process.env.ALLOW_EMBEDDED_IN_PRODUCTION;
      await folder.remove();
    }
    const { uri, warnings } = await run({ port: 0 });
    expect(uri).to.match(/^mongodb:\/\/127\.0\.0\.1:/);
    expect(warnings).to.deep.equal([TCP_WARNING]);
  });
});
