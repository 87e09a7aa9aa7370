/** The examples of the OpenAPI document: there for every route, taken by the validators, fitting the published shapes. */
import { expect } from 'chai';
import { loadConfig } from '../../config/index.ts';
import { buildRegistry } from '../../connectors/registry.ts';
import { examplesOf } from '../../src/api/examples.ts';
import { problemCodesOf } from '../../src/api/openapi.ts';
import { codeShown, problemCodes, problemTable } from '../../src/api/problems.ts';
import type { Route } from '../../src/api/route.ts';
import { type Api, anApi } from '../kit/api.ts';
import { faultsOf, type Schema, type Shapes } from '../kit/json-schema.ts';
import { type Document, type Operation, operationsOf, rulesBroken } from '../kit/openapi-rules.ts';

describe('the examples of the OpenAPI document', () => {
  let api: Api;
  let document: Document;
  let shapes: Shapes;
  before(async () => {
    api = await anApi({ connectors: buildRegistry(loadConfig({})) });
    document = (await api.ask('GET', '/openapi.json', undefined, { key: null })).body;
    shapes = document.components.schemas;
  });
  after(() => api.close());

  const operationOf = (route: Route): Operation => document.paths[route.path]![route.method]!;
  const bodyOf = (route: Route) => operationOf(route).requestBody!.content['application/json']!;
  const mediaOf = (route: Route, status: string) =>
    Object.entries(operationOf(route).responses[status]!.content ?? {})[0]!;

  it('show at least one body for every operation with a body, each taken by the validator and by the shape', () => {
    for (const route of api.routes) {
      if (route.body === null) continue;
      const shown = Object.entries(bodyOf(route).examples ?? {});
      expect(shown, `a body of ${route.name} in src/api/examples-*.ts`).to.not.deep.equal([]);
      // A body that the validator refuses is not shown, so that a wrong one would vanish: all have to be there.
      expect(Object.keys(examplesOf(route.name).bodies ?? {}), route.name).to.deep.equal(shown.map(([name]) => name));
      for (const [name, { value }] of shown) {
        const where = `${route.name} ${name}`;
        const result = route.body.safeParse(value);
        expect(result.success, `${where}: ${result.error}`).to.equal(true);
        expect(faultsOf(value, bodyOf(route).schema!, shapes, where)).to.deep.equal([]);
      }
    }
  });

  it('show every good answer of every operation, fitting its validator and its shape, down to the ids', () => {
    for (const route of api.routes) {
      for (const [status, { schema }] of Object.entries(route.answers)) {
        if (schema === null || Number(status) >= 300) continue;
        const [, media] = mediaOf(route, status);
        const where = `${route.name} ${status}`;
        expect(media.example, `an answer of ${where} in src/api/examples-*.ts`).to.not.equal(undefined);
        const result = schema.safeParse(media.example);
        expect(result.success, `${where}: ${result.error}`).to.equal(true);
        expect(faultsOf(media.example, media.schema!, shapes, where)).to.deep.equal([]);
      }
    }
  });

  it('tell of no operation that there is not', () => {
    const statuses = (o: object | undefined) => Object.keys(o ?? {});
    for (const route of api.routes) {
      const { answers, bodies } = examplesOf(route.name);
      expect(statuses(route.answers), route.name).to.include.members(statuses(answers));
      if (route.body === null) expect(bodies, route.name).to.equal(undefined);
    }
  });

  it('show each problem that an operation may answer with, where it is answered', () => {
    for (const route of api.routes) {
      for (const code of problemCodesOf(route)) {
        const { status } = problemTable[code];
        const [type, media] = mediaOf(route, String(status));
        const where = `${route.name} ${code}`;
        expect(type, where).to.equal('application/problem+json');
        expect(media.examples?.[code], where).to.deep.equal({ $ref: `#/components/examples/${code}` });
        const { value } = document.components.examples[code]!;
        expect(faultsOf(value, media.schema!, shapes, where)).to.deep.equal([]);
        const own = route.answers[status]?.schema;
        if (own) expect(own.safeParse(value).success, where).to.equal(true);
      }
    }
  });

  it('leave out no problem that the words of an answer name', () => {
    for (const route of api.routes) {
      const codes = new Set(problemCodesOf(route).map(codeShown));
      for (const [status, { description }] of Object.entries(operationOf(route).responses)) {
        if (Number(status) < 400) continue;
        const named = [...description!.matchAll(/`(\w+)`/g)].map((m) => m[1]!);
        expect([...codes], `${route.name} ${status}`).to.include.members(named);
      }
    }
  });

  it('have one problem for each code, told as the gateway tells it', () => {
    expect(Object.keys(document.components.examples).toSorted()).to.deep.equal([...problemCodes].toSorted());
    for (const code of problemCodes) {
      expect(document.components.examples[code]!.value, code).to.deep.include({
        type: `http://gateway.example.com/docs#${codeShown(code)}`,
        ...{ title: problemTable[code].title, status: problemTable[code].status, code: codeShown(code) },
      });
    }
  });

  it('are shown on the page for people, and codes of problems lead to theirs', async () => {
    const { text } = await api.ask('GET', '/docs', undefined, { key: null });
    const inHtml = (value: unknown): string =>
      (typeof value === 'string' ? value : JSON.stringify(value, null, 2)).replace(
        /[&<>"']/g,
        (c) => `&#${c.charCodeAt(0)};`,
      );
    const articleOf = (name: string) =>
      text.split('<article id="').find((a) => a.startsWith(`${name.toLowerCase()}"`))!;
    for (const { operation } of operationsOf(document)) {
      const article = articleOf(operation.operationId);
      for (const media of [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
        Object.values(part?.content ?? {}),
      )) {
        const values = [media.example, ...Object.values(media.examples ?? {}).map((e) => e.value)];
        for (const value of values.filter((v) => v !== undefined)) {
          expect(article.includes(`<pre>${inHtml(value)}</pre>`), operation.operationId).to.equal(true);
        }
      }
      expect(article, operation.operationId).to.include('<a href="#unauthorized"><code>unauthorized</code></a>');
    }
    for (const { value } of Object.values(document.components.examples)) expect(text).to.include(inHtml(value));
  });

  it('stand in a document that keeps the rules of OpenAPI 3.1', () => {
    expect(rulesBroken(document)).to.deep.equal([]);
  });

  it('of single fields fit their fields', () => {
    const look = (schema: Schema, where: string): void => {
      for (const example of schema.examples ?? []) expect(faultsOf(example, schema, shapes, where)).to.deep.equal([]);
      for (const [key, next] of Object.entries(schema)) {
        if (key !== 'examples' && typeof next === 'object' && next !== null) look(next, `${where}.${key}`);
      }
    };
    for (const [name, schema] of Object.entries(shapes)) look(schema, name);
  });
});

describe('the judges of the document', () => {
  it('see a wrong type, a missing and an unknown field, a foreign id and a broken rule', () => {
    const id: Schema = { type: 'string', examples: ['res_7v3k0q1m2n4p5r6s8t9a'] };
    const thing: Schema = { type: 'object', properties: { id, n: { type: 'integer' } }, required: ['id'] };
    const shape: Schema = { ...thing, additionalProperties: false };
    const fault = (value: unknown) => faultsOf(value, { $ref: '#/components/schemas/Thing' }, { Thing: shape });
    expect(fault({ id: 'res_4c6e8g0i2k4m6o8q0s2u', n: 1 })).to.deep.equal([]);
    expect(fault({ id: 'bkg_4c6e8g0i2k4m6o8q0s2u' })).to.deep.equal(['it.id: bkg_4c6e8g0i2k4m6o8q0s2u is no res_']);
    expect(fault({ n: 1.5, m: 1 })).to.deep.equal([
      'it: id is missing',
      'it.n: is number, not integer',
      'it.m: is not known',
    ]);
    expect(faultsOf('x', { anyOf: [{ type: 'null' }, { enum: ['y'] }] }, {})).to.have.length(1);
    const operation = { operationId: 'a', tags: ['none'], responses: { 200: { description: '' } } };
    const broken = rulesBroken({
      ...{ openapi: '3.0.3', info: {}, servers: [], tags: [], security: [{ key: [] }] },
      paths: { '/a/{id}': { get: operation, post: operation } },
      components: { schemas: { 'a b': { $ref: '#/components/schemas/no' } }, examples: {}, securitySchemes: {} },
    });
    expect(broken).to.include.members([
      'it is not 3.1',
      'two operations are named a',
      'get /a/{id}: the path names other parameters',
      'get /a/{id}: 200 is not described',
      '#/components/schemas/no leads nowhere',
      '"a b" cannot name a component',
    ]);
  });
});
