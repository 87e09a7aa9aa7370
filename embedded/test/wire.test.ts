import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { setField } from '../semantics/fields.ts';
import { type Doc, decode, encode } from '../semantics/values.ts';
import { FrameReader } from '../wire/frame-reader.ts';
import { OP_MSG, OP_QUERY } from '../wire/protocol.ts';
import { type Running, run, seeded, until } from './running.ts';

function int32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) buffer.writeInt32LE(value, i * 4);
  return buffer;
}

function frame(opCode: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([int32(16 + body.length, 42, 0, opCode), body]);
}

const kind0 = (doc: Doc): Buffer => Buffer.concat([Buffer.from([0]), encode(doc)]);

function kind1(name: string, docs: readonly Doc[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...docs.map(encode)]);
  return Buffer.concat([Buffer.from([1]), int32(4 + content.length), content]);
}

const PING = frame(OP_MSG, int32(0), kind0({ ping: 1, $db: 'admin' }));

/** A client that sees bytes, not commands. */
class RawClient {
  readonly socket: Socket;
  readonly replies: Doc[] = [];
  isClosed = false;
  readonly #reader = new FrameReader();

  constructor(uri: string) {
    this.socket = connect({ path: decodeURIComponent(uri.slice('mongodb://'.length, uri.lastIndexOf('/'))) });
    this.socket.on('data', (chunk: Buffer) => {
      for (const reply of this.#reader.push(chunk)) {
        const isQuery = reply.readInt32LE(12) === 1;
        this.replies.push(decode(reply.subarray(isQuery ? 36 : 21)));
      }
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  async ask(bytes: Uint8Array): Promise<Doc> {
    const count = this.replies.length;
    this.socket.write(bytes);
    await until(() => this.replies.length > count || this.isClosed, 'the server answers');
    expect(this.isClosed).to.equal(false);
    return this.replies[count]!;
  }
}

describe('the wire protocol', () => {
  let running: Running;
  const clients: RawClient[] = [];
  const open = (): RawClient => {
    const client = new RawClient(running.uri);
    clients.push(client);
    return client;
  };

  before(async () => {
    running = await run();
  });
  after(async () => {
    for (const { socket } of clients) socket.destroy();
    await running.stop();
  });

  it('answers the OP_QUERY handshake as a standalone without streaming', async () => {
    const query = frame(
      OP_QUERY,
      int32(0),
      Buffer.from('admin.$cmd\0'),
      int32(0, -1),
      encode({ ismaster: 1, helloOk: true }),
    );
    const hello = await open().ask(query);
    expect(hello).to.include({ ismaster: true, helloOk: true });
    expect(hello).to.not.have.any.keys('setName', 'topologyVersion', 'msg', 'hosts');
    expect(Number(hello.maxWireVersion)).to.be.at.least(9);
  });

  it('puts messages together from single bytes and takes them apart from one chunk', async () => {
    const client = open();
    for (const byte of PING) {
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => client.replies.length === 1, 'the ping is answered');
    client.socket.write(Buffer.concat(Array.from({ length: 100 }, () => PING)));
    await until(() => client.replies.length === 101, 'all pings are answered');
    expect(client.replies.every((reply) => Number(reply.ok) === 1)).to.equal(true);
  });

  it('reads document sequences before and after the body and cuts a checksum off', async () => {
    const documents = kind1('documents', [{ _id: 1 }, { _id: 2 }]);
    const body = kind0({ insert: 'seq', $db: 'raw' });
    expect(Number((await open().ask(frame(OP_MSG, int32(0), documents, body))).n)).to.equal(2);
    const checked = frame(OP_MSG, int32(1), kind0({ count: 'seq', $db: 'raw' }), int32(0x1234));
    expect(Number((await open().ask(checked)).n)).to.equal(2);
  });

  it('writes what comes with moreToCome and does not answer it', async () => {
    const client = open();
    client.socket.write(
      frame(OP_MSG, int32(2), kind0({ insert: 'quiet', $db: 'raw' }), kind1('documents', [{ _id: 1 }])),
    );
    const count = await client.ask(frame(OP_MSG, int32(0), kind0({ count: 'quiet', $db: 'raw' })));
    expect(Number(count.n)).to.equal(1);
    expect(client.replies).to.have.length(1);
  });

  it('stores documents byte for byte as they came', async () => {
    // Names like these would come first if the document went through a JavaScript object on its way.
    const ordered: Doc = {};
    for (const name of ['_id', 'z', '10', '2']) setField(ordered, name, name);
    const doc = encode(ordered);
    const insert = Buffer.concat([Buffer.from([1]), int32(4 + 10 + doc.length), Buffer.from('documents\0'), doc]);
    const client = open();
    await client.ask(frame(OP_MSG, int32(0), kind0({ insert: 'bytes', $db: 'raw' }), insert));
    const reply = await client.ask(frame(OP_MSG, int32(0), kind0({ find: 'bytes', $db: 'raw' })));
    const [found] = (reply.cursor as { firstBatch: Doc[] }).firstBatch;
    expect(Buffer.compare(encode(found!), doc)).to.equal(0);
  });

  const hostile: readonly (readonly [string, Buffer])[] = [
    ['a length of 2 GB', int32(2 ** 31 - 1, 1, 0, OP_MSG)],
    ['a negative length', int32(-5, 1, 0, OP_MSG)],
    ['a length shorter than a header', int32(3, 1, 0, OP_MSG)],
    ['text', Buffer.from('GET / HTTP/1.1\r\nHost: example.com\r\n\r\n')],
    ['an unknown operation', frame(2012, int32(0, 0, 0))],
    ['no flags', frame(OP_MSG)],
    ['unknown required flags', frame(OP_MSG, int32(4), kind0({ ping: 1 }))],
    ['no body', frame(OP_MSG, int32(0))],
    ['two bodies', frame(OP_MSG, int32(0), kind0({ ping: 1 }), kind0({ ping: 1 }))],
    ['a section of an unknown kind', frame(OP_MSG, int32(0), Buffer.from([9]), encode({ ping: 1 }))],
    ['a body that claims too much', frame(OP_MSG, int32(0), Buffer.from([0]), int32(1000, 0))],
    ['a body that claims too little', frame(OP_MSG, int32(0), Buffer.from([0]), int32(1, 0))],
    ['a sequence without a name', frame(OP_MSG, int32(0), Buffer.from([1]), int32(8), Buffer.from('abcd'))],
    [
      'a body that is not BSON',
      frame(OP_MSG, int32(0), Buffer.from([0]), int32(12), Buffer.from([0xee, 1, 2, 3, 4, 5, 6, 0])),
    ],
    ['an OP_QUERY on data', frame(OP_QUERY, int32(0), Buffer.from('db.users\0'), int32(0, -1), encode({ a: 1 }))],
    ['an OP_QUERY without an end', frame(OP_QUERY, int32(0), Buffer.from('admin'))],
  ];
  for (const [what, bytes] of hostile) {
    it(`closes the connection that sends ${what}, and no other`, async () => {
      const bystander = open();
      await bystander.ask(PING);
      const attacker = open();
      attacker.socket.write(bytes);
      await until(() => attacker.isClosed, 'the attacker is thrown out');
      expect(attacker.replies).to.have.length(0);
      expect(Number((await bystander.ask(PING)).ok)).to.equal(1);
    });
  }

  it('survives random damage to good messages', async () => {
    const random = seeded(20240601);
    const good = frame(
      OP_MSG,
      int32(0),
      kind0({ insert: 'fuzz', $db: 'raw', ordered: false }),
      kind1('documents', [{ a: [1, { b: 'x' }] }]),
    );
    for (let i = 0; i < 300; i++) {
      const bad = Buffer.from(good);
      for (let n = 1 + random.below(4); n > 0; n--) bad[random.below(bad.length)] = random.below(256);
      const client = open();
      client.socket.end(random.below(4) === 0 ? bad.subarray(0, random.below(bad.length)) : bad);
      await until(() => client.isClosed, `attempt ${i} is over`);
    }
    expect(Number((await open().ask(PING)).ok)).to.equal(1);
  });

  it('refuses a document nested too deeply, and stays up', async () => {
    let deep: Doc = {};
    for (let i = 0; i < 150; i++) deep = { a: deep };
    const reply = await open().ask(
      frame(OP_MSG, int32(0), kind0({ insert: 'deep', $db: 'raw' }), kind1('documents', [deep])),
    );
    expect((reply.writeErrors as Doc[])[0])
      .to.have.property('errmsg')
      .that.matches(/nest/);
  });
});
