/** Backup, restore and export between folders, in this process: nothing may change on the way, and half of it is nothing. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize } from 'bson';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { mongo } from 'mongoose';
import { EmbeddedServer } from '../server.ts';
import { writeBackup } from '../transfer/backup-file.ts';
import { runTransfer, type TransferCommand } from '../transfer/cli.ts';
import { openFolder } from '../transfer/folder-source.ts';
import { restore } from '../transfer/restore.ts';
import { type Part, type Snapshot, TransferError } from '../transfer/snapshot.ts';
import { failure, run, stopAll, temporaryFolder } from './running.ts';
import { everyType, fillShop, type Picture, pictureOf } from './transfer-data.ts';

describe('moving data', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const at = (...names: string[]): string => join(folder.path, ...names);
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await stopAll();
    await folder.remove();
  });

  const command = async (name: TransferCommand, ...args: string[]): Promise<{ code: number; said: string }> => {
    const said: string[] = [];
    const code = await runTransfer(name, args, {}, (line) => said.push(line));
    return { code, said: said.join('\n') };
  };
  const succeed = async (name: TransferCommand, ...args: string[]): Promise<string> => {
    const { code, said } = await command(name, ...args);
    expect(said).to.match(/documents in \d+ collections/);
    expect(code).to.equal(0);
    return said;
  };
  const refused = async (name: TransferCommand, ...args: string[]): Promise<string> => {
    const { code, said } = await command(name, ...args);
    expect(code, said).to.equal(1);
    return said;
  };

  /** A folder with everything in it, and what it looks like. */
  async function aShop(name: string): Promise<Picture> {
    const { db, stop } = await run({ dataDir: at(name) });
    await fillShop(db);
    const picture = await pictureOf(db);
    await stop();
    return picture;
  }
  async function picture(name: string): Promise<Picture> {
    const { db, stop } = await run({ dataDir: at(name) });
    const seen = await pictureOf(db);
    await stop();
    return seen;
  }

  it('brings every type of BSON, every index and the order of documents into another folder and back, byte for byte', async () => {
    const before = await aShop('one');
    expect(await succeed('backup', at('there'), '--data', at('one'))).to.match(/as they were at 20/);
    await succeed('restore', at('there'), '--data', at('two'));
    expect(await picture('two')).to.deep.equal(before);
    await succeed('backup', at('back'), '--data', at('two'));
    await succeed('restore', at('back'), '--data', at('one'), '--force');
    expect(await picture('one')).to.deep.equal(before);
    expect((await stat(at('there'))).mode & 0o777).to.equal(0o600);
  });

  it('keeps indexes at work: unique ones refuse, TTL ones remove, new documents go last', async () => {
    await aShop('one');
    await succeed('backup', at('file'), '--data', at('one'));
    await succeed('restore', at('file'), '--data', at('two'));
    const { db, server } = await run({ dataDir: at('two') });
    expect(await failure(db.collection('orders').insertOne({ no: 7, shop: 'a' }))).to.include({ code: 11000 });
    expect(await failure(db.collection('tags').insertOne({ tags: ['new', 't3'] }))).to.include({ code: 11000 });
    expect(await server.sweepExpired()).to.equal(1);
    await db.collection('orders').insertOne({ no: 5000, shop: 'z' });
    expect((await db.collection('orders').find().toArray()).at(-1)).to.include({ no: 5000 });
  });

  it('takes the data from the running server, over its socket or its port', async () => {
    for (const [name, options] of Object.entries({ socket: {}, port: { port: 0 } })) {
      const { db, stop } = await run({ dataDir: at(name), ...options });
      await fillShop(db);
      const before = await pictureOf(db);
      await succeed('backup', at(`${name}.file`), '--data', at(name));
      await stop();
      await succeed('restore', at(`${name}.file`), '--data', at(`${name}.copy`));
      expect(await picture(`${name}.copy`)).to.deep.equal(before);
    }
  });

  it('holds the moment it was asked at, whatever is written while it is carried away', async () => {
    const { db } = await run({ dataDir: at('one') });
    await db.collection('n').insertMany(Array.from({ length: 3000 }, (_, n) => ({ n, state: 'before' })));
    await db.collection('other').insertOne({ a: 1 });
    const snapshot = await openFolder(at('one'));
    await db.collection('n').updateMany({}, { $set: { state: 'after' } });
    await db.collection('n').deleteMany({ n: { $lt: 1000 } });
    await db.collection('other').drop();
    await db.collection('late').insertOne({ a: 1 });
    expect(await writeBackup(snapshot, at('file'), () => undefined)).to.deep.equal({ collections: 2, documents: 3001 });
    await snapshot.close();
    await succeed('restore', at('file'), '--data', at('two'));
    const copy = await run({ dataDir: at('two') });
    expect(await copy.db.collection('n').countDocuments({ state: 'before' })).to.equal(3000);
    expect(await copy.db.collection('other').countDocuments()).to.equal(1);
  });

  describe('to MongoDB', () => {
    it('writes what mongodump writes: documents in a row, indexes and name as extended JSON', async () => {
      const before = await aShop('one');
      await succeed('export', at('dump'), '--data', at('one'));
      expect(await readdir(at('dump'))).to.deep.equal(['interlock']);
      const files = await readdir(at('dump', 'interlock'));
      expect(files).to.include.members(['orders.bson', 'orders.metadata.json', 'odd%2Fname%20%C3%BC.bson']);
      const metadata = JSON.parse(await readFile(at('dump', 'interlock', 'orders.metadata.json'), 'utf8'));
      expect(metadata).to.include({ collectionName: 'orders', type: 'collection' });
      expect(metadata.indexes).to.deep.include({
        v: { $numberInt: '2' },
        key: { shop: { $numberInt: '1' }, no: { $numberInt: '-1' } },
        name: 'shop_1_no_-1',
        unique: true,
      });
      const orders = await readFile(at('dump', 'interlock', 'orders.bson'));
      expect(cut(orders).map((bytes) => bytes.toString('hex'))).to.deep.equal(
        before.orders?.documents.map((bytes) => bytes),
      );
      expect(cut(orders).map((bytes) => deserialize(bytes).no)).to.include(7);
    });

    it('comes back from such a folder, the whole of it or the one of the database', async () => {
      const before = await aShop('one');
      await succeed('export', at('dump'), '--data', at('one'));
      await succeed('restore', at('dump'), '--data', at('two'));
      // Collections come in the order of their names; their documents in the order they had.
      expect(await picture('two')).to.deep.equal(before);
      await succeed('restore', at('dump', 'interlock'), '--data', at('three'));
      expect(await picture('three')).to.deep.equal(before);
    });

    it('takes a dump of MongoDB itself, without the databases of its own', async () => {
      const admin = at('dump', 'admin');
      await mkdir(admin, { recursive: true });
      await writeFile(join(admin, 'system.version.bson'), '');
      await aDump(at('dump', 'shop'), 'things', {
        indexes: [
          { v: { $numberInt: '2' }, key: { _id: { $numberInt: '1' } }, name: '_id_' },
          {
            v: { $numberInt: '2' },
            key: { a: { $numberDouble: '1.0' } },
            name: 'a_1',
            ns: 'shop.things',
            unique: true,
          },
        ],
        uuid: '0123456789abcdef0123456789abcdef',
        collectionName: 'things',
      });
      await succeed('restore', at('dump'), '--data', at('one'));
      const { client } = await run({ dataDir: at('one') });
      const things = client.db('shop').collection('things');
      expect(await things.countDocuments()).to.equal(3);
      expect(await failure(things.insertOne({ a: 1 }))).to.include({ code: 11000 });
    });

    it('refuses by name what the embedded database does not have, and changes nothing', async () => {
      const index = { v: 2, key: { a: 1 }, name: 'a_1', partialFilterExpression: { a: 1 } };
      await aDump(at('partial', 'shop'), 'things', { indexes: [index] });
      expect(await refused('restore', at('partial'), '--data', at('one'))).to.match(
        /index a_1 of shop\.things: index option partialFilterExpression is not supported/,
      );
      await aDump(at('capped', 'shop'), 'things', { indexes: [], options: { capped: true, size: 10 } });
      expect(await refused('restore', at('capped'), '--data', at('one'))).to.match(/asks for the option capped/);
      await aDump(at('view', 'shop'), 'things', { indexes: [], type: 'view' });
      expect(await refused('restore', at('view'), '--data', at('one'))).to.match(/asks for a view/);
      await aDump(at('unique', 'shop'), 'things', { indexes: [{ key: { b: 1 }, name: 'b_1', unique: true }] });
      expect(await refused('restore', at('unique'), '--data', at('one'))).to.match(/cannot be restored: E11000.*b_1/);
      expect(existsSync(at('one', 'db'))).to.equal(false);
      expect(existsSync(at('one', 'db.restoring'))).to.equal(false);
    });

    it('explains dumps that are packed, cut short, damaged or without their metadata', async () => {
      const bson = at('dump', 'shop', 'things.bson');
      await aDump(at('dump', 'shop'), 'things', { indexes: [] });
      const good = await readFile(bson);
      await truncate(bson, good.length - 3);
      expect(await refused('restore', at('dump'), '--data', at('one'))).to.match(/cut short in the document at byte/);
      await writeFile(bson, Buffer.concat([good, Buffer.from([1, 0, 0, 0, 0])]));
      expect(await refused('restore', at('dump'), '--data', at('one'))).to.match(/claims 1 bytes/);
      await unlink(at('dump', 'shop', 'things.metadata.json'));
      expect(await refused('restore', at('dump'), '--data', at('one'))).to.match(
        /without it the indexes are not known/,
      );
      await rename(bson, `${bson}.gz`);
      expect(await refused('restore', at('dump'), '--data', at('one'))).to.match(/is packed: gunzip/);
      await unlink(`${bson}.gz`);
      expect(await refused('restore', at('dump'), '--data', at('one'))).to.match(/is not a dump/);
    });

    it('writes only into a folder of its own', async () => {
      await aShop('one');
      await mkdir(at('mine'));
      await writeFile(at('mine', 'diary'), 'x');
      expect(await refused('export', at('mine'), '--data', at('one'))).to.match(/is not empty/);
      expect(await readdir(at('mine'))).to.deep.equal(['diary']);
      await mkdir(at('empty'));
      await succeed('export', at('empty'), '--data', at('one'));
    });
  });

  describe('refuses', () => {
    it('backups that are missing, foreign, of another format, cut short or changed at any byte', async () => {
      const { db, stop } = await run({ dataDir: at('one') });
      await db.collection('a').insertMany([everyType(), { n: 1 }, { n: 2 }]);
      await stop();
      await succeed('backup', at('good'), '--data', at('one'));
      const good = await readFile(at('good'));
      expect(await refused('restore', at('none'), '--data', at('two'))).to.match(/there is no file .*none/);
      await writeFile(at('bad'), 'PK\u0003\u0004 something else');
      expect(await refused('restore', at('bad'), '--data', at('two'))).to.match(/is not a backup of the embedded/);
      await writeFile(at('bad'), Buffer.concat([Buffer.from('interlock-embedded-backup 2\n'), good.subarray(28)]));
      expect(await refused('restore', at('bad'), '--data', at('two'))).to.match(
        /newer format 2; this version reads format 1/,
      );
      for (let length = 28; length < good.length; length += 61) {
        await writeFile(at('bad'), good.subarray(0, length));
        expect(await refused('restore', at('bad'), '--data', at('two'))).to.match(/cut short/);
      }
      for (let byte = 28; byte < good.length; byte += 43) {
        const bad = Buffer.from(good);
        bad[byte]! ^= 0x40;
        await writeFile(at('bad'), bad);
        expect(await refused('restore', at('bad'), '--data', at('two'))).to.match(/damaged|cut short/);
      }
      expect(await readdir(at('two'))).to.deep.equal([]);
    });

    it('a backup whose parts were taken out or changed places', async () => {
      const part = (n: number): Part => ({ kind: 'documents', documents: [documentOf(n)] });
      const head: Part = { kind: 'collection', namespace: 'interlock.a', indexes: [] };
      await writeBackup(snapshotOf([head, part(1), part(2)]), at('good'), () => undefined);
      const good = await readFile(at('good'));
      const frames = framesOf(good);
      const without = Buffer.concat([good.subarray(0, 28), ...frames.filter((_, i) => i !== 2)]);
      const swapped = Buffer.concat([good.subarray(0, 28), ...[0, 1, 3, 2, 4].map((i) => frames[i]!)]);
      for (const bad of [without, swapped]) {
        await writeFile(at('bad'), bad);
        expect(await refused('restore', at('bad'), '--data', at('two'))).to.match(/the checksum at byte \d+ is wrong/);
      }
    });

    it('to overwrite a backup or data, unless forced; and then keeps the data beside', async () => {
      const before = await aShop('one');
      await succeed('backup', at('file'), '--data', at('one'));
      expect(await refused('backup', at('file'), '--data', at('one'))).to.match(/there already; --force/);
      await succeed('backup', at('file'), '--data', at('one'), '--force');
      const { db, stop } = await run({ dataDir: at('two') });
      await db.collection('mine').insertOne({ a: 1 });
      await stop();
      expect(await refused('restore', at('file'), '--data', at('two'))).to.match(/has data in it.*--force/);
      const said = await succeed('restore', at('file'), '--data', at('two'), '--force');
      expect(await picture('two')).to.deep.equal(before);
      const kept = /is in (\S+before-restore-\S+);/.exec(said)?.[1] ?? '';
      await mkdir(at('three'));
      await rename(kept, at('three', 'db'));
      expect(Object.keys(await picture('three'))).to.deep.equal(['mine']);
    });

    it('to restore into a running server, and to read a folder without a database', async () => {
      await aShop('one');
      await succeed('backup', at('file'), '--data', at('one'));
      const { db } = await run({ dataDir: at('two') });
      expect(await refused('restore', at('file'), '--data', at('two'), '--force')).to.match(/a server is running on/);
      await db.collection('a').insertOne({ a: 1 });
      expect(await refused('backup', at('other'), '--data', at('nowhere'))).to.match(
        /no embedded database in .*nowhere/,
      );
      expect(existsSync(at('nowhere'))).to.equal(false);
      expect(existsSync(at('other'))).to.equal(false);
    });

    it('data of another format, but replaces it when forced', async () => {
      const before = await aShop('one');
      await succeed('backup', at('file'), '--data', at('one'));
      await aShop('two');
      const level = new ClassicLevel(at('two', 'db'));
      await level.put('meta', JSON.stringify({ format: 99 }));
      await level.close();
      expect(await refused('backup', at('other'), '--data', at('two'))).to.match(/newer format 99/);
      expect(await refused('restore', at('file'), '--data', at('two'))).to.match(/newer format 99.*--force/);
      await succeed('restore', at('file'), '--data', at('two'), '--force');
      expect(await picture('two')).to.deep.equal(before);
    });

    it('a backup that does not get to its end, and leaves no file behind', async () => {
      const broken = snapshotOf([{ kind: 'collection', namespace: 'interlock.a', indexes: [] }], 'the server ended');
      expect((await failure(writeBackup(broken, at('file'), () => undefined))).message).to.equal('the server ended');
      expect(await readdir(folder.path)).to.deep.equal([]);
      expect((await failure(writeBackup(snapshotOf([]), at('no', 'file'), () => undefined))).message).to.match(
        /cannot write/,
      );
    });
  });

  it('carries bytes that no driver would write: undefined, and a name that occurs twice', async () => {
    const odd = Buffer.from(
      '1f000000 10 5f696400 01000000 06 7500 10 6100 01000000 10 6100 02000000 00'.replaceAll(' ', ''),
      'hex',
    );
    expect(odd.readInt32LE(0)).to.equal(odd.length);
    const parts: Part[] = [
      { kind: 'collection', namespace: 'interlock.a', indexes: [] },
      { kind: 'documents', documents: [odd] },
    ];
    await restore(snapshotOf(parts), { dataDir: at('one'), force: false, onProgress: () => undefined });
    await succeed('backup', at('file'), '--data', at('one'));
    await succeed('restore', at('file'), '--data', at('two'));
    expect((await picture('two')).a?.documents).to.deep.equal([odd.toString('hex')]);
  });

  it('recognises a restore that was cut off at any step, and finishes when it is run again', async () => {
    const before = await aShop('one');
    await succeed('backup', at('file'), '--data', at('one'));
    const start = (): Promise<{ uri: string }> =>
      new EmbeddedServer({ dataDir: at('two'), warn: () => undefined }).start();
    // Cut off while it was filling an empty folder.
    await mkdir(at('two', 'db.restoring'), { recursive: true });
    await writeFile(at('two', 'db.restoring', 'rest'), 'x');
    expect((await failure(start())).message).to.match(/restore into .* is under way or was cut off: run it again/);
    await succeed('restore', at('file'), '--data', at('two'));
    expect(await picture('two')).to.deep.equal(before);
    // Cut off before the old folder was moved, then after it was.
    await mkdir(at('two', 'db.restored'));
    expect((await failure(start())).message).to.match(/is not finished: run it again, or remove .*db\.restored/);
    expect(await refused('backup', at('other'), '--data', at('two'))).to.match(/is not finished/);
    await rename(at('two', 'db'), at('two', 'db.before-restore-1'));
    expect((await failure(start())).message).to.match(/is not finished/);
    await writeFile(at('bad'), 'nothing');
    await refused('restore', at('bad'), '--data', at('two'), '--force');
    expect((await failure(start())).message, 'a failed attempt does not make it start empty').to.match(
      /is not finished/,
    );
    await succeed('restore', at('file'), '--data', at('two'), '--force');
    expect(await picture('two')).to.deep.equal(before);
    expect((await readdir(at('two'))).filter((name) => /restor(ing|ed)/.test(name))).to.deep.equal([]);
  });

  it('refuses more documents than the server would take', async () => {
    const documents = Array.from({ length: 500_001 }, () => documentOf(1));
    const snapshot = snapshotOf([
      { kind: 'collection', namespace: 'interlock.a', indexes: [] },
      { kind: 'documents', documents },
    ]);
    const error = await failure(restore(snapshot, { dataDir: at('two'), force: false, onProgress: () => undefined }));
    expect(error.message).to.match(/holds at most 500000 documents/);
    expect(error).to.be.instanceOf(TransferError);
  });
});

const documentOf = (n: number): Uint8Array => mongo.BSON.serialize({ _id: n });

function snapshotOf(parts: readonly Part[], failsWith?: string): Snapshot {
  async function* walk(): AsyncGenerator<Part> {
    yield* parts;
    if (failsWith !== undefined) throw new TransferError(failsWith);
  }
  return { takenAt: null, total: null, parts: walk(), close: async () => undefined };
}

/** The frames behind the title line, as the file's own description says. */
function framesOf(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 28; at < file.length; at += frames.at(-1)!.length) {
    frames.push(file.subarray(at, at + 9 + file.readUInt32BE(at + 1)));
  }
  return frames;
}

function cut(bytes: Buffer): Buffer[] {
  const documents: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += documents.at(-1)!.length) {
    documents.push(bytes.subarray(at, at + bytes.readInt32LE(at)));
  }
  return documents;
}

async function aDump(folder: string, name: string, metadata: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  const documents = [{ a: 1, b: 1 }, { a: 2, b: 1 }, { a: 3 }].map((doc, _id) => mongo.BSON.serialize({ _id, ...doc }));
  await writeFile(join(folder, `${name}.bson`), Buffer.concat(documents));
  await writeFile(join(folder, `${name}.metadata.json`), JSON.stringify(metadata));
}
