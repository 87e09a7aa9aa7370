/** Serves the OpenAPI document, and a page of our own that people can read. */
import type { Express } from 'express';
import { docsPage, docsStyle } from './docs-page.ts';
import { openApiDocument } from './openapi.ts';
import type { AppConfig } from './parts.ts';
import type { Route } from './route.ts';

export function serveDocs(app: Express, config: AppConfig, routes: readonly Route[]): void {
  const document = openApiDocument(config, routes);
  const json = JSON.stringify(document);
  const page = docsPage(document);
  const files: readonly (readonly [path: string, type: string, text: string])[] = [
    ['/openapi.json', 'application/json; charset=utf-8', json],
    ['/docs', 'text/html; charset=utf-8', page],
    ['/docs.css', 'text/css; charset=utf-8', docsStyle],
  ];
  for (const [path, type, text] of files) {
    app.get(path, (_request, response) => {
      response.setHeader('Content-Type', type);
      response.setHeader('Cache-Control', 'no-cache');
      response.end(text);
    });
  }
}
