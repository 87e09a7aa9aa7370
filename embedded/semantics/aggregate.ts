// Aggregation over documents in memory, for exactly the stages we name here.
import { Int32 } from 'bson';
import { compileAddFields } from './add-fields.ts';
import { CommandError, unsupported } from './errors.ts';
import type { Environment } from './expression.ts';
import { fieldNames } from './fields.ts';
import { compileFilter } from './filter.ts';
import { compileGroup, type Stage } from './group.ts';
import { integerOf, isNumber } from './numbers.ts';
import { compileProjectStage } from './project.ts';
import { compileSort } from './sort.ts';
import { KNOWN_STAGES } from './stage-names.ts';
import { isDoc } from './types.ts';
import { compileUnset } from './unset.ts';
import { compileUnwind } from './unwind.ts';
import type { Doc } from './values.ts';

export function aggregate(docs: Iterable<Doc>, pipeline: readonly Doc[], o: { now: Date }): Doc[] {
  // The whole pipeline is checked before the first document is read.
  const stages = pipeline.map((stage) => compileStage(stage, o.now));
  let stream = docs;
  for (const stage of stages) stream = stage(stream);
  return [...stream];
}

/** Splits off the leading $match stages, which a store may answer with an index. */
export function leadingMatch(pipeline: readonly Doc[]): { filter: Doc; rest: readonly Doc[] } {
  const filters: Doc[] = [];
  for (const stage of pipeline) {
    const filter = stage.$match;
    if (fieldNames(stage).length !== 1 || !isDoc(filter)) break;
    filters.push(filter);
  }
  const filter = filters.length > 1 ? { $and: filters } : (filters[0] ?? {});
  return { filter, rest: pipeline.slice(filters.length) };
}

function compileStage(stage: unknown, now: Date): Stage {
  if (!isDoc(stage)) throw new CommandError(14, "Each element of the 'pipeline' array must be an object");
  const [name, other] = fieldNames(stage);
  if (name === undefined || other !== undefined) {
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  return compileNamed(name, stage[name], now);
}

function compileNamed(name: string, spec: unknown, now: Date): Stage {
  switch (name) {
    case '$match':
      return match(spec);
    case '$sort':
      return sort(spec);
    case '$limit':
      return limit(spec);
    case '$skip':
      return skip(spec);
    case '$project':
      return each(compileProjectStage(spec), now);
    case '$addFields':
    case '$set':
      return each(compileAddFields(spec, name), now);
    case '$unset':
      return each(compileUnset(spec), now);
    case '$group':
      return compileGroup(spec, now);
    case '$unwind':
      return compileUnwind(spec);
    case '$count':
      return count(spec);
    default:
      if (KNOWN_STAGES.has(name)) throw unsupported(name, 40324);
      throw new CommandError(40324, `Unrecognized pipeline stage name: '${name}'`);
  }
}

function each(transform: (environment: Environment) => Doc, now: Date): Stage {
  return function* transformed(docs) {
    for (const root of docs) yield transform({ root, now });
  };
}

function match(spec: unknown): Stage {
  if (!isDoc(spec)) throw new CommandError(15959, 'the match filter must be an expression in an object');
  const matcher = compileFilter(spec);
  return function* matched(docs) {
    for (const doc of docs) if (matcher.matches(doc)) yield doc;
  };
}

function sort(spec: unknown): Stage {
  if (!isDoc(spec)) throw new CommandError(15973, 'the $sort key specification must be an object');
  if (fieldNames(spec).length === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const compare = compileSort(spec);
  return (docs) => [...docs].sort(compare);
}

function limit(spec: unknown): Stage {
  const most = wholeNumber(spec, 'limit', 5107201);
  if (most === 0) throw new CommandError(15958, 'the limit must be positive');
  return function* limited(docs) {
    let left = most;
    for (const doc of docs) {
      yield doc;
      left -= 1;
      if (left === 0) return;
    }
  };
}

function skip(spec: unknown): Stage {
  const count = wholeNumber(spec, 'skip', 5107200);
  return function* skipped(docs) {
    let left = count;
    for (const doc of docs) {
      if (left > 0) left -= 1;
      else yield doc;
    }
  };
}

function wholeNumber(spec: unknown, what: string, code: number): number {
  const value = isNumber(spec) ? integerOf(spec) : null;
  if (value === null || value < 0) {
    throw new CommandError(code, `invalid argument to $${what} stage: Expected a non-negative number in: $${what}`);
  }
  return value;
}

function count(spec: unknown): Stage {
  if (typeof spec !== 'string' || spec === '')
    throw new CommandError(40157, 'the count field must be a non-empty string');
  if (spec.startsWith('$')) throw new CommandError(40158, 'the count field cannot be a $-prefixed path');
  if (spec.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'");
  return function* counted(docs) {
    let total = 0;
    for (const _ of docs) total += 1;
    if (total > 0) yield { [spec]: new Int32(total) };
  };
}
