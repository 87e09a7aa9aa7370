/** Writes the OpenAPI document as one static page: no script, no foreign file. */
import type { oas31 } from 'zod-openapi';
import { codeShown, type ProblemCode, problemCodes, problemTable } from './problems.ts';

type Schema = oas31.SchemaObject | oas31.ReferenceObject;
const methods = ['get', 'post', 'patch', 'delete'] as const;

export function docsPage(document: oas31.OpenAPIObject): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
  const tags = (document.tags ?? []).map((tag) => tag.name);
  const sections = tags.map((tag) => {
    const mine = operations.filter((o) => o.operation.tags?.includes(tag));
    return `<section id="${slug(tag)}"><h2>${html(tag)}</h2>${mine.map(operationHtml).join('')}</section>`;
  });
  const schemas = Object.entries(document.components?.schemas ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(document.info.title)} API</title>
<link rel="stylesheet" href="docs.css">
</head>
<body>
<header>
<h1>${html(document.info.title)} API <small>${html(document.info.version)}</small></h1>
<p>${html(document.info.description ?? '')}</p>
<p>Every request carries <code>Authorization: Bearer &lt;key&gt;</code>. The same contract for machines: <a href="openapi.json">openapi.json</a>.</p>
<nav aria-label="Contents"><ul>${[...tags, 'Problems', 'Shapes'].map((t) => `<li><a href="#${slug(t)}">${html(t)}</a></li>`).join('')}</ul></nav>
</header>
<main>
${sections.join('\n')}
<section id="problems"><h2>Problems</h2>${problemsHtml(document)}</section>
<section id="shapes"><h2>Shapes</h2>${schemas.map(([name, schema]) => shapeHtml(name, schema)).join('')}</section>
</main>
</body>
</html>
`;
}

function operationHtml(o: { method: string; path: string; operation: oas31.OperationObject }): string {
  const { operation } = o;
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, answer]) =>
      `<tr><th scope="row">${html(status)}</th><td>${answerWords(answer, Number(status))}</td><td>${answerShape(answer)}</td></tr>`,
  );
  const parameters = (operation.parameters ?? []).flatMap((p) => ('name' in p ? [parameterHtml(p)] : []));
  const body = operation.requestBody !== undefined && 'content' in operation.requestBody ? operation.requestBody : null;
  const media = body?.content['application/json'];
  return `<article id="${slug(operation.operationId ?? o.path)}">
<h3><span class="method ${o.method}">${o.method.toUpperCase()}</span> <code>${html(o.path)}</code></h3>
<p><strong>${html(operation.summary ?? '')}</strong></p>
${paragraphs(operation.description ?? '')}
${parameters.length === 0 ? '' : `<table><caption>Parameters</caption><tbody>${parameters.join('')}</tbody></table>`}
${media?.schema === undefined ? '' : `<p>Body: ${typeHtml(media.schema)}</p>${examplesHtml(media)}`}
<table><caption>Answers</caption><tbody>${answers.join('')}</tbody></table>
</article>`;
}

function parameterHtml(p: oas31.ParameterObject): string {
  const words =
    p.description ?? (p.schema !== undefined && 'description' in p.schema ? p.schema.description : '') ?? '';
  return `<tr><th scope="row"><code>${html(p.name)}</code>${p.required ? ' <em>required</em>' : ''}</th><td>${html(p.in)}</td><td>${code(words)}</td></tr>`;
}

function answerShape(answer: oas31.ResponseObject | oas31.ReferenceObject): string {
  if (!('content' in answer) || answer.content === undefined) return '';
  return Object.values(answer.content)
    .map((media) => (media.schema === undefined ? '' : typeHtml(media.schema)) + examplesHtml(media))
    .join(', ');
}

/** What an answer is; codes of problems lead to where they are told and shown. */
function answerWords(answer: oas31.ResponseObject | oas31.ReferenceObject, status: number): string {
  const words = code('description' in answer ? (answer.description ?? '') : '');
  if (status < 400) return words;
  return words.replace(/<code>(\w+)<\/code>/g, (shown, name) =>
    publicCodes.has(name) ? `<a href="#${name}">${shown}</a>` : shown,
  );
}

/** Examples that stand here, folded up; those of problems are shown once, with the problem. */
function examplesHtml(media: oas31.MediaTypeObject): string {
  if (media.example !== undefined) return exampleHtml('Example', media.example);
  const named = Object.values(media.examples ?? {}).flatMap((e) => ('value' in e ? [e] : []));
  return named.map((e) => exampleHtml(named.length === 1 ? 'Example' : `Example: ${e.summary}`, e.value)).join('');
}
function exampleHtml(title: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return `<details><summary>${html(title)}</summary><pre>${html(text)}</pre></details>`;
}

const publicCodes: ReadonlySet<string> = new Set(problemCodes.map(codeShown));

/** One row for each code that is shown; one of them stands for two statuses. */
function problemsHtml(document: oas31.OpenAPIObject): string {
  const rows = [...publicCodes].map((name) => {
    const mine = problemCodes.filter((c) => codeShown(c) === name);
    const words = mine.map((c) => `<p>${html(problemTable[c].title)}</p>${problemExampleHtml(document, c)}`);
    const statuses = mine.map((c) => problemTable[c].status).join(', ');
    return `<tr id="${name}"><th scope="row"><code>${name}</code></th><td>${statuses}</td><td>${words.join('')}</td></tr>`;
  });
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}

function problemExampleHtml(document: oas31.OpenAPIObject, code: ProblemCode): string {
  const example = document.components?.examples?.[code];
  return example !== undefined && 'value' in example ? exampleHtml('Example', example.value) : '';
}

function shapeHtml(name: string, schema: Schema): string {
  return `<article id="shape-${slug(name)}"><h3>${html(name)}</h3>${'description' in schema && schema.description ? `<p>${code(schema.description)}</p>` : ''}${fieldsHtml(schema)}</article>`;
}

function fieldsHtml(schema: Schema): string {
  if (!('properties' in schema) || schema.properties === undefined) return `<p>${typeHtml(schema)}</p>`;
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties).map(([name, field]) => {
    const words = 'description' in field ? (field.description ?? '') : '';
    return `<tr><th scope="row"><code>${html(name)}</code>${required.has(name) ? '' : ' <em>optional</em>'}</th><td>${typeHtml(field)}</td><td>${code(words)}</td></tr>`;
  });
  return `<table><tbody>${rows.join('')}</tbody></table>`;
}

/** A type in a few words: a link to a shape, the allowed words, or the plain type with its form. */
function typeHtml(schema: Schema): string {
  if (isReference(schema)) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#shape-${slug(name)}">${html(name)}</a>`;
  }
  if (schema.enum !== undefined) return schema.enum.map((v) => `<code>${html(JSON.stringify(v))}</code>`).join(' | ');
  if ('const' in schema) return `<code>${html(JSON.stringify(schema.const))}</code>`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeHtml).join(' | ');
  if (schema.type === 'array') return `list of ${schema.items === undefined ? 'anything' : typeHtml(schema.items)}`;
  if (schema.type === 'object' && schema.properties !== undefined) {
    return `{ ${Object.keys(schema.properties).map(html).join(', ')} }`;
  }
  const type = Array.isArray(schema.type) ? schema.type.join(' | ') : (schema.type ?? 'anything');
  return html(schema.format === undefined ? type : `${type} (${schema.format})`);
}

const isReference = (schema: Schema): schema is oas31.ReferenceObject => '$ref' in schema;
const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const html = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
/** Text in which `backticks` mark code. */
const code = (text: string): string => html(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const paragraphs = (text: string): string =>
  text
    .split('\n\n')
    .map((p) => `<p>${code(p)}</p>`)
    .join('');

export const docsStyle = `:root { color-scheme: light dark; --line: #8886; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
code { font: 0.9em ui-monospace, monospace; background: var(--soft); padding: 0.1em 0.3em; border-radius: 0.2em; }
article { border-top: 1px solid var(--line); padding: 0.5rem 0; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0; }
caption { text-align: left; font-weight: 600; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: 0.25rem 0.5rem 0.25rem 0; font-weight: 400; }
em { font-size: 0.85em; opacity: 0.75; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; list-style: none; padding: 0; }
details { font-size: 0.9em; }
summary { cursor: pointer; }
pre { background: var(--soft); margin: 0.25rem 0; overflow-wrap: anywhere; padding: 0.5rem; white-space: pre-wrap; }
.method { font: 700 0.8em ui-monospace, monospace; border: 1px solid currentcolor; border-radius: 0.3em; padding: 0.1em 0.4em; }
@media (max-width: 40rem) { td, th { display: block; border: 0; } tr { display: block; border-bottom: 1px solid var(--line); } }
`;
