// Parses a whole query document: fields, $and, $or, $nor.
import { boundsOf } from './elem-match.ts';
import { CommandError, unsupported } from './errors.ts';
import { fieldNames } from './fields.ts';
import { anyElement, type Path, parsePath, type Trace } from './path.ts';
import { type PathBounds, type Predicate, parseCondition } from './predicates.ts';
import { isDoc } from './types.ts';
import type { Doc } from './values.ts';

/** `root` is a document, or an array that $elemMatch treats as one. */
type RootTest = (root: unknown, trace: Trace | null) => boolean;

export interface QueryTest {
  readonly test: RootTest;
  /** Conditions which all matching documents meet, with their full path in `below`. */
  readonly bounds: readonly PathBounds[];
  /** First names of all paths that are read. */
  readonly fields: readonly string[];
}

const REFUSED: ReadonlySet<string> = new Set([
  '$expr',
  '$where',
  '$text',
  '$jsonSchema',
  '$sampleRate',
  '$alwaysTrue',
  '$alwaysFalse',
]);

export function parseQuery(query: Doc): QueryTest {
  const parts: QueryTest[] = [];
  for (const name of fieldNames(query)) {
    if (name === '$comment') continue;
    parts.push(name.startsWith('$') ? parseLogical(name, query[name]) : parseField(name, query[name]));
  }
  return parts.length === 1 ? parts[0]! : conjunction(parts);
}

function parseLogical(name: string, argument: unknown): QueryTest {
  if (REFUSED.has(name)) throw unsupported(name, 2);
  if (name !== '$and' && name !== '$or' && name !== '$nor') {
    throw new CommandError(2, `unknown top level operator: ${name}`);
  }
  if (!Array.isArray(argument)) throw new CommandError(2, `${name} must be an array`);
  if (argument.length === 0) throw new CommandError(2, '$and/$or/$nor must be a nonempty array');
  const parts = argument.map((entry: unknown) => {
    if (!isDoc(entry)) throw new CommandError(2, '$or/$and/$nor entries need to be full objects');
    return parseQuery(entry);
  });
  if (name === '$and') return conjunction(parts);
  if (name === '$or') return parts.length === 1 ? parts[0]! : disjunction(parts);
  const any = disjunction(parts);
  return { ...any, test: (root) => !any.test(root, null) };
}

function conjunction(parts: readonly QueryTest[]): QueryTest {
  return {
    test: every(parts.map((part) => part.test)),
    bounds: parts.flatMap((part) => part.bounds),
    fields: parts.flatMap((part) => part.fields),
  };
}

/** A test that fails in the end takes back the position which an earlier part of it has found. */
function every(tests: readonly RootTest[]): RootTest {
  return (root, trace) => {
    for (const test of tests) {
      if (test(root, trace)) continue;
      if (trace !== null) trace.position = null;
      return false;
    }
    return true;
  };
}

function disjunction(parts: readonly QueryTest[]): QueryTest {
  return {
    test: (root, trace) => parts.some((part) => part.test(root, trace)),
    bounds: [],
    fields: parts.flatMap((part) => part.fields),
  };
}

function parseField(dotted: string, condition: unknown): QueryTest {
  const path = parsePath(dotted);
  const predicate = parseCondition(condition);
  return {
    test: pathTest(path, predicate),
    bounds: boundsOf(predicate)
      .map(({ below, bounds }) => ({ below: below === '' ? dotted : `${dotted}.${below}`, bounds }))
      .filter(({ below }) => !hasPosition(below)),
    fields: [path.names[0]!],
  };
}

/** A number in a path is an array position or a name; what an index holds there need not be what the query means. */
function hasPosition(dotted: string): boolean {
  return /(^|\.)\d+(\.|$)/.test(dotted);
}

/** Each test searches the path anew, so {$gt: 5, $lt: 10} may be met by two different elements. */
function pathTest(path: Path, predicate: Predicate): RootTest {
  switch (predicate.kind) {
    case 'test': {
      const search = { path, end: predicate.end, test: predicate.test };
      return (root, trace) => anyElement(search, root, trace);
    }
    case 'not': {
      const inner = pathTest(path, predicate.predicate);
      return (root) => !inner(root, null);
    }
    case 'all': {
      return every(predicate.predicates.map((part) => pathTest(path, part)));
    }
  }
}
