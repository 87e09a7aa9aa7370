/** Collections, databases and indexes: making, dropping and listing them. */
import { Long } from 'bson';
import type { Collection } from '../engine/collection.ts';
import { describeIndex, existsAlready, matchesKeyPattern, parseIndexSpec } from '../engine/index-spec.ts';
import type { IndexTree } from '../engine/index-tree.ts';
import { MAX_INDEXES_PER_COLLECTION } from '../limits.ts';
import { CommandError } from '../semantics/errors.ts';
import { compileFilter } from '../semantics/filter.ts';
import { isDoc } from '../semantics/types.ts';
import { type Doc, encode } from '../semantics/values.ts';
import { docList, flag, optionalDoc, optionalNumber } from './arguments.ts';
import { type Command, type CommandContext, collectionFor, demandCollection, namespaceOf } from './context.ts';

function create(context: CommandContext): Doc {
  const namespace = namespaceOf(context, 'create');
  if (context.engine.collection(namespace) !== null) {
    throw new CommandError(48, `Collection ${namespace} already exists.`);
  }
  demandCollection(context, 'create');
  return { ok: 1 };
}

/** Dropping what is not there succeeds, as it does since MongoDB 7.0. */
function drop(context: CommandContext): Doc {
  const collection = collectionFor(context, 'drop');
  if (collection === null) return { ok: 1 };
  context.engine.drop(context.log, collection);
  return { nIndexesWas: collection.indexes.length, ns: collection.namespace, ok: 1 };
}

function collectionsOf(context: CommandContext): Collection[] {
  const prefix = `${context.db}.`;
  return [...context.engine.collections()].filter((collection) => collection.namespace.startsWith(prefix));
}

function dropDatabase(context: CommandContext): Doc {
  const collections = collectionsOf(context);
  for (const collection of collections) context.engine.drop(context.log, collection);
  return collections.length === 0 ? { ok: 1 } : { dropped: context.db, ok: 1 };
}

function listCollections(context: CommandContext): Doc {
  const { matches } = compileFilter(optionalDoc(context.body, 'filter'));
  const nameOnly = flag(context.body, 'nameOnly');
  const described = collectionsOf(context).map(({ namespace }) => ({
    name: namespace.slice(context.db.length + 1),
    type: 'collection',
    options: {},
    info: { readOnly: false },
    idIndex: { v: 2, key: { _id: 1 }, name: '_id_' },
  }));
  const found = described.filter(matches).map((doc) => (nameOnly ? { name: doc.name, type: doc.type } : doc));
  return listing(context, `${context.db}.$cmd.listCollections`, found);
}

function listDatabases(context: CommandContext): Doc {
  const sizes = new Map<string, number>();
  for (const { namespace, size } of context.engine.collections()) {
    const db = namespace.slice(0, namespace.indexOf('.'));
    sizes.set(db, (sizes.get(db) ?? 0) + size);
  }
  const { matches } = compileFilter(optionalDoc(context.body, 'filter'));
  const nameOnly = flag(context.body, 'nameOnly');
  const databases = [...sizes]
    .map(([name, size]) => (nameOnly ? { name } : { name, sizeOnDisk: Long.fromNumber(0), empty: size === 0 }))
    .filter(matches);
  return nameOnly
    ? { databases, ok: 1 }
    : { databases, totalSize: Long.fromNumber(0), totalSizeMb: Long.fromNumber(0), ok: 1 };
}

function listing(context: CommandContext, namespace: string, docs: readonly Doc[]): Doc {
  const batchSize = optionalNumber(optionalDoc(context.body, 'cursor'), 'batchSize');
  const results = { length: docs.length, bytesAt: (position: number) => encode(docs[position]!) };
  return context.cursors.first(namespace, results, { batchSize, singleBatch: false });
}

function createIndexes(context: CommandContext): Doc {
  const wanted = docList(context.body, 'indexes').map(parseIndexSpec);
  const isNew = context.engine.collection(namespaceOf(context, 'createIndexes')) === null;
  const collection = demandCollection(context, 'createIndexes');
  const numIndexesBefore = collection.indexes.length;
  for (const spec of wanted) {
    const existing = collection.indexes.map((tree) => tree.spec);
    if (existsAlready(spec, existing)) continue;
    if (existing.length >= MAX_INDEXES_PER_COLLECTION) {
      throw new CommandError(
        67,
        `add index fails, too many indexes for ${collection.namespace} (${MAX_INDEXES_PER_COLLECTION})`,
      );
    }
    collection.addIndex(context.log, spec);
  }
  const numIndexesAfter = collection.indexes.length;
  if (numIndexesAfter !== numIndexesBefore) context.engine.saveCatalog(context.log, collection);
  const note = numIndexesAfter === numIndexesBefore ? { note: 'all indexes already exist' } : {};
  return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically: isNew, ...note, ok: 1 };
}

function dropIndexes(context: CommandContext): Doc {
  const collection = existing(context, 'dropIndexes');
  const nIndexesWas = collection.indexes.length;
  for (const tree of indexesNamed(collection, context.body.index)) collection.dropIndex(context.log, tree);
  context.engine.saveCatalog(context.log, collection);
  return { nIndexesWas, ok: 1 };
}

function indexesNamed(collection: Collection, wanted: unknown): IndexTree[] {
  if (wanted === '*') return collection.indexes.slice(1);
  if (Array.isArray(wanted)) return wanted.flatMap((name) => indexesNamed(collection, name));
  const tree = collection.indexes.find(({ spec }) =>
    isDoc(wanted) ? matchesKeyPattern(spec, wanted) : spec.name === wanted,
  );
  if (tree === undefined) throw new CommandError(27, `index not found with name [${String(wanted)}]`);
  if (tree === collection.idIndex) throw new CommandError(72, 'cannot drop _id index');
  return [tree];
}

function listIndexes(context: CommandContext): Doc {
  const collection = existing(context, 'listIndexes');
  return listing(
    context,
    collection.namespace,
    collection.indexes.map((tree) => describeIndex(tree.spec)),
  );
}

function existing(context: CommandContext, command: string): Collection {
  const collection = collectionFor(context, command);
  if (collection === null) throw new CommandError(26, `ns does not exist: ${namespaceOf(context, command)}`);
  return collection;
}

export const catalogCommands: readonly Command[] = [
  {
    name: 'create',
    fields: [],
    refused: [
      'capped',
      'size',
      'max',
      'timeseries',
      'viewOn',
      'pipeline',
      'validator',
      'validationLevel',
      'collation',
      'clusteredIndex',
      'expireAfterSeconds',
      'changeStreamPreAndPostImages',
      'encryptedFields',
      'storageEngine',
    ],
    run: create,
  },
  { name: 'drop', fields: [], run: drop },
  { name: 'dropDatabase', fields: [], run: dropDatabase },
  { name: 'listCollections', fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'], run: listCollections },
  { name: 'listDatabases', fields: ['filter', 'nameOnly', 'authorizedDatabases'], run: listDatabases },
  { name: 'createIndexes', fields: ['indexes', 'commitQuorum'], run: createIndexes },
  { name: 'dropIndexes', fields: ['index'], run: dropIndexes },
  { name: 'listIndexes', fields: ['cursor'], run: listIndexes },
];
