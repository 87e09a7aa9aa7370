/** A database with something of everything in it, and a picture of it that two folders can be compared by. */
import { mongo, Types } from 'mongoose';

const {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} = mongo.BSON;

export function everyType(): mongo.Document {
  return {
    _id: new ObjectId('65f0c0ffee0123456789abcd'),
    double: new Double(1),
    nan: Number.NaN,
    negativeZero: new Double(-0),
    infinite: Number.NEGATIVE_INFINITY,
    int: new Int32(1),
    long: Long.fromString('9007199254740993'),
    decimal: Decimal128.fromString('1.10E+3'),
    text: 'ü€🙂\u0000 after null',
    nothing: null,
    yes: true,
    at: new Date(-1),
    id: new Types.ObjectId('000000000000000000000001'),
    bytes: new Binary(Buffer.from([0, 255, 1])),
    old: new Binary(Buffer.from([1, 2, 3]), 2),
    own: new Binary(Buffer.from([9]), 128),
    uuid: new UUID('123e4567-e89b-42d3-a456-426614174000'),
    regex: new BSONRegExp('^a.*', 'im'),
    symbol: new BSONSymbol('symbol'),
    code: new Code('return 1'),
    scoped: new Code('return x', { x: 1 }),
    timestamp: new Timestamp({ t: 7, i: 9 }),
    least: new MinKey(),
    most: new MaxKey(),
    nested: { '10': 'b', '2': 'a', list: [[], {}, [1, [null]]], $ref: 'no reference' },
    '': 'field without a name',
  };
}

export async function fillShop(db: mongo.Db): Promise<void> {
  await db.collection('types').insertMany([everyType(), { big: Buffer.alloc(1_200_000, 7) }, {}]);
  const orders = db.collection<mongo.Document>('orders');
  await orders.createIndex({ shop: 1, no: -1 }, { unique: true });
  await orders.createIndex({ 'customer.name': 1 }, { sparse: true, name: 'by customer' });
  await orders.insertMany(
    Array.from({ length: 1200 }, (_, n) => ({
      no: (n * 7) % 1201,
      shop: n % 2 === 0 ? 'a' : 'b',
      customer: { name: n },
    })),
  );
  await orders.deleteMany({ no: { $gte: 100, $lt: 110 } });
  await orders.updateMany({ shop: 'a' }, { $set: { grown: 'x'.repeat(30) } });
  await orders.updateOne({ no: 7 }, { $set: { shop: 'a' } });
  const tags = db.collection('tags');
  await tags.createIndex({ tags: 1 }, { unique: true, sparse: true });
  await tags.insertMany([{ tags: ['t1', 't2'] }, { tags: ['t3'] }, {}]);
  const holds = db.collection('holds');
  await holds.createIndex({ until: 1 }, { expireAfterSeconds: 3600 });
  await holds.insertMany([{ until: new Date(0) }, { until: new Date('2200-01-01') }, { until: null }]);
  await db.collection('odd/name ü').insertOne({ a: 1 });
  await db.createCollection('empty');
  await db.collection('empty').createIndex({ a: 1, 'b.c': -1 });
}

export type Picture = Readonly<
  Record<string, { readonly indexes: readonly unknown[]; readonly documents: readonly string[] }>
>;

/** Every collection with its indexes and its documents as hexadecimal bytes, in the order they come. */
export async function pictureOf(db: mongo.Db): Promise<Picture> {
  const names = (await db.listCollections().toArray()).map(({ name }) => name).sort();
  const picture: Record<string, { indexes: unknown[]; documents: string[] }> = {};
  for (const name of names) {
    const raw = await db.collection(name).find({}, { raw: true }).toArray();
    picture[name] = {
      indexes: await db.collection(name).indexes(),
      documents: raw.map((bytes) => Buffer.from(bytes as unknown as Uint8Array).toString('hex')),
    };
  }
  return picture;
}
