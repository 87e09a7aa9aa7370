/** The OpenAPI document, its readable page, and the dashboard's files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Api, anApi } from '../kit/api.ts';

describe('the OpenAPI document', () => {
  let api: Api;
  // biome-ignore lint/suspicious/noExplicitAny: a foreign document is walked through
  let document: any;
  before(async () => {
    api = await anApi();
    document = (await api.ask('GET', '/openapi.json', undefined, { key: null })).body;
  });
  after(() => api.close());

  it('names version 3.1, the address and the key', () => {
    expect(document.openapi).to.equal('3.1.0');
    expect(document.servers).to.deep.equal([{ url: 'http://gateway.example.com' }]);
    expect(document.security).to.deep.equal([{ key: [] }]);
    expect(document.components.securitySchemes.key).to.include({ type: 'http', scheme: 'bearer' });
  });

  it('describes every route that is served, and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).to.deep.equal(api.routes.map((r) => `${r.method} ${r.path}`).toSorted());
    const names = api.routes.map((r) => r.name);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('lets every POST that changes something be repeated by a key', () => {
    const questions = ['findAvailability', 'previewCalendar', 'previewCopy', 'previewNotice', 'proveLedger'];
    // A test message is sent each time it is asked for, and nothing is kept of it.
    const unkept = [...questions, 'testWebhook'];
    const plain = api.routes.filter((r) => r.method === 'post' && r.idempotent !== true).map((r) => r.name);
    expect(plain.toSorted()).to.deep.equal(unkept.toSorted());
  });

  it('says for each operation what may come back, with a body shape and the common refusals', () => {
    for (const [path, item] of Object.entries<Record<string, { responses: object; parameters?: unknown[] }>>(
      document.paths,
    )) {
      for (const operation of Object.values(item)) {
        expect(Object.keys(operation.responses), path).to.include.members(['401', '403', '429', '500', '503']);
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
        const declared = (operation.parameters ?? []).filter((p) => (p as { in: string }).in === 'path');
        expect(
          declared.map((p) => (p as { name: string }).name),
          path,
        ).to.deep.equal(inPath);
      }
    }
    const book = document.paths['/v1/bookings'].post;
    expect(book.requestBody.required).to.equal(true);
    expect(book.requestBody.content['application/json'].schema.$ref).to.equal('#/components/schemas/NewBooking');
    expect(book.responses['201'].content['application/json'].schema.$ref).to.equal('#/components/schemas/Booking');
    expect(document.components.schemas.NewBooking.additionalProperties).to.equal(false);
    expect(document.components.schemas.NewBooking.required).to.include.members(['start', 'end', 'title']);
    expect(document.components.schemas.NewBooking.properties.start).to.include({ type: 'string', format: 'date-time' });
  });

  it('points only at shapes that it has', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((m) => m[1]);
    expect(refs.length).to.be.greaterThan(20);
    for (const name of refs) expect(document.components.schemas).to.have.property(name!);
  });

  it('uses only words of JSON Schema 2020-12 and OpenAPI 3.1 in its shapes', () => {
    const words = new Set(
      [
        'type properties required additionalProperties items enum const anyOf oneOf allOf $ref format description examples',
        'minLength maxLength pattern minimum maximum minItems maxItems default propertyNames writeOnly title not',
        'exclusiveMinimum exclusiveMaximum',
      ]
        .join(' ')
        .split(' '),
    );
    const look = (schema: Record<string, unknown>, where: string): void => {
      for (const key of Object.keys(schema)) expect(words.has(key), `${key} in ${where}`).to.equal(true);
      const inner = ['items', 'additionalProperties', 'propertyNames'].map((k) => schema[k]);
      const lists = ['anyOf', 'oneOf', 'allOf'].flatMap((k) => (schema[k] as unknown[] | undefined) ?? []);
      const properties = Object.values((schema.properties as object | undefined) ?? {});
      for (const next of [...inner, ...lists, ...properties]) {
        if (typeof next === 'object' && next !== null) look(next as Record<string, unknown>, where);
      }
    };
    for (const [name, schema] of Object.entries(document.components.schemas))
      look(schema as Record<string, unknown>, name);
  });

  it('has a page for people that needs nothing from elsewhere', async () => {
    const page = await api.ask('GET', '/docs', undefined, { key: null });
    expect(page.headers.get('content-type')).to.match(/^text\/html/);
    for (const route of api.routes) expect(page.text).to.include(route.path);
    expect(page.text).to.include('id="slot_taken"');
    const outsideExamples = page.text.replace(/<pre>.*?<\/pre>/gs, '');
    expect(outsideExamples).to.not.match(/<script|src=|style=|https?:\/\/(?!gateway)/);
    const links = [...page.text.matchAll(/href="#([^"]+)"/g)].map((m) => m[1]!);
    for (const target of links) expect(page.text, target).to.include(`id="${target}"`);
    expect((await api.ask('GET', '/docs.css', undefined, { key: null })).headers.get('content-type')).to.match(
      /^text\/css/,
    );
  });

  it('is what problem types point at', async () => {
    const { body } = await api.ask('GET', '/v1/nothing');
    expect(body.type).to.equal('http://gateway.example.com/docs#not_found');
  });
});

describe('the dashboard', () => {
  it('is served from its folder, and nothing outside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'board-'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Board</title>');
    writeFileSync(join(folder, 'app.js'), 'export {};');
    writeFileSync(join(folder, '.secret'), 'no');
    const api = await anApi({ pageDir: folder });
    try {
      const page = await api.ask('GET', '/', undefined, { key: null });
      expect([page.status, page.text.includes('Board')]).to.deep.equal([200, true]);
      const script = await api.ask('GET', '/app.js', undefined, { key: null });
      expect(script.headers.get('content-type')).to.match(/javascript/);
      for (const path of ['/.secret', '/..%2f..%2fetc%2fpasswd', '/missing.js']) {
        expect([path, (await api.ask('GET', path, undefined, { key: null })).status]).to.deep.equal([path, 404]);
      }
    } finally {
      await api.close();
      rmSync(folder, { recursive: true });
    }
  });
});
