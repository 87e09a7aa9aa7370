// Updates written as an aggregation pipeline.
import { compileAddFields } from './add-fields.ts';
import { CommandError, unsupported } from './errors.ts';
import { compileExpression, type Environment } from './expression.ts';
import { fieldNames } from './fields.ts';
import { compileProjectStage } from './project.ts';
import { isDoc } from './types.ts';
import { compileUnset } from './unset.ts';
import type { Doc } from './values.ts';

type Step = (environment: Environment) => Doc;

let last: { readonly pipeline: readonly Doc[]; readonly steps: readonly Step[] } | null = null;

/** Compiled once for an update of many documents. */
export function applyPipeline(doc: Doc, pipeline: readonly Doc[], now: Date): Doc {
  if (last?.pipeline !== pipeline) last = { pipeline, steps: pipeline.map(compileStep) };
  let current = doc;
  for (const step of last.steps) current = step({ root: current, now });
  return current;
}

function compileStep(stage: Doc): Step {
  const [name = '', other] = fieldNames(stage);
  if (other !== undefined) {
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  const spec = stage[name];
  switch (name) {
    case '$set':
    case '$addFields':
      return compileAddFields(spec, name);
    case '$unset':
      return compileUnset(spec);
    case '$project':
      return compileProjectStage(spec);
    case '$replaceWith':
      return compileReplace(spec);
    case '$replaceRoot':
      return compileReplace(isDoc(spec) ? spec.newRoot : undefined);
    default:
      throw unsupported(`${name === '' ? 'an empty stage' : name} in an update`, 72);
  }
}

function compileReplace(spec: unknown): Step {
  const expression = compileExpression(spec);
  return (environment) => {
    const value = expression(environment);
    if (!isDoc(value)) throw new CommandError(40228, "'newRoot' expression must evaluate to an object");
    return value;
  };
}
