import { expect } from 'chai';
import mongoose, { type Connection, Schema } from 'mongoose';
import { EmbeddedServer } from '../server.ts';
import { failure } from './running.ts';

const personSchema = new Schema(
  {
    email: { type: String, required: true, unique: true },
    name: String,
    visits: { type: Number, default: 0 },
    tags: [String],
    address: { city: String, zip: String },
    seenAt: Date,
    secret: Buffer,
  },
  { timestamps: true, optimisticConcurrency: true },
);
personSchema.index({ name: 1, visits: -1 });
personSchema.index({ seenAt: 1 }, { expireAfterSeconds: 3600 });

const personModel = (connection: Connection) => connection.model('Person', personSchema);

describe('mongoose on the embedded database', () => {
  const server = new EmbeddedServer();
  let connection: Connection;
  let Person: ReturnType<typeof personModel>;

  before(async () => {
    const { uri } = await server.start();
    connection = await mongoose.createConnection(uri).asPromise();
    Person = personModel(connection);
  });
  after(async () => {
    await connection.close();
    await server.stop();
  });

  it('builds the indexes of a schema, and finds nothing to change the second time', async () => {
    await Person.init();
    const indexes = await Person.listIndexes();
    expect(indexes.map((index) => index.name)).to.have.members(['_id_', 'email_1', 'name_1_visits_-1', 'seenAt_1']);
    expect(indexes.find((index) => index.name === 'seenAt_1')).to.include({ expireAfterSeconds: 3600 });
    expect(await Person.syncIndexes()).to.deep.equal([]);
    expect(await Person.diffIndexes()).to.deep.equal({ toDrop: [], toCreate: [] });
  });

  it('gives back a created document with all its types', async () => {
    const secret = Buffer.from([0, 1, 255]);
    const made = await Person.create({
      email: 'a@example.com',
      name: 'Ann',
      tags: ['x', 'y'],
      address: { city: 'Ulm' },
      secret,
    });
    const read = await Person.findById(made._id).orFail();
    expect(read.toObject()).to.deep.include({
      email: 'a@example.com',
      visits: 0,
      tags: ['x', 'y'],
      address: { city: 'Ulm' },
    });
    expect(Buffer.from(read.secret as Buffer)).to.deep.equal(secret);
    expect(read.get('createdAt')).to.be.instanceOf(Date);
    const lean = await Person.findOne({ 'address.city': 'Ulm' }).select('email -_id').lean();
    expect(lean).to.deep.equal({ email: 'a@example.com' });
  });

  it('upserts with findOneAndUpdate once and updates after that', async () => {
    const upsert = () =>
      Person.findOneAndUpdate(
        { email: 'b@example.com' },
        { $inc: { visits: 1 } },
        { upsert: true, returnDocument: 'after', setDefaultsOnInsert: true },
      );
    expect((await upsert())?.visits).to.equal(1);
    expect((await upsert())?.visits).to.equal(2);
    expect(await Person.countDocuments({ email: 'b@example.com' })).to.equal(1);
  });

  it('reports a broken unique index as the driver does', async () => {
    const error = await failure(Person.create({ email: 'a@example.com' }));
    expect(error).to.deep.include({ code: 11000, keyPattern: { email: 1 }, keyValue: { email: 'a@example.com' } });
    const upsert = Person.findOneAndUpdate(
      { email: 'c@example.com' },
      { $set: { email: 'a@example.com' } },
      { upsert: true },
    );
    expect(await failure(upsert)).to.include({ code: 11000 });
  });

  it('refuses to save a document that somebody else has saved since', async () => {
    await Person.create({ email: 'd@example.com' });
    const [one, two] = [
      await Person.findOne({ email: 'd@example.com' }).orFail(),
      await Person.findOne({ email: 'd@example.com' }).orFail(),
    ];
    one.name = 'One';
    two.name = 'Two';
    await one.save();
    expect(await failure(two.save())).to.include({ name: 'VersionError' });
  });

  it('runs bulk writes, cursors, distinct and aggregation', async () => {
    await Person.insertMany(
      Array.from({ length: 250 }, (_, i) => ({ email: `m${i}@example.com`, name: `n${i % 5}`, visits: i })),
    );
    const result = await Person.bulkWrite([
      { updateMany: { filter: { name: 'n1' }, update: { $push: { tags: 'bulk' } } } },
      { deleteOne: { filter: { email: 'm0@example.com' } } },
      { insertOne: { document: { email: 'bulk@example.com' } } },
    ]);
    expect(result).to.include({ modifiedCount: 50, deletedCount: 1, insertedCount: 1 });
    let seen = 0;
    for await (const _ of Person.find({ name: /^n/ }).sort({ visits: -1 }).batchSize(20).cursor()) seen += 1;
    expect(seen).to.equal(249);
    expect((await Person.distinct('name', { name: /^n/ })).sort()).to.deep.equal(['n0', 'n1', 'n2', 'n3', 'n4']);
    const groups = await Person.aggregate([
      { $match: { name: /^n/ } },
      { $group: { _id: '$name', n: { $sum: 1 } } },
      { $sort: { _id: 1 } },
    ]);
    expect(groups.map((group) => group.n)).to.deep.equal([49, 50, 50, 50, 50]);
  });

  it('refuses a transaction by name', async () => {
    const session = await connection.startSession();
    const error = await failure(
      session.withTransaction(() => Person.create([{ email: 't@example.com' }], { session })),
    );
    expect(error.message).to.match(/transaction is not supported by the embedded database; set MONGODB_URI/);
    await session.endSession();
  });
});
