/** Makes the HTTP face from its parts, without a port. */
import express, { type Express } from 'express';
import helmet from 'helmet';
import { makeAuthenticator } from './auth.ts';
import { serveConsentPages } from './consent-pages.ts';
import { serveDocs } from './docs.ts';
import { serveFeeds } from './feeds.ts';
import { serveHooks } from './hooks.ts';
import { serveOperation } from './operation.ts';
import type { AppParts } from './parts.ts';
import { allRoutes } from './routes.ts';
import { observe, problemHandler, serveRoutes, unknownAddress } from './serve.ts';

export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(observe(parts));
  app.use(securityHeaders(parts.config.publicUrl));
  const auth = makeAuthenticator(parts.store, parts.clock);
  const routes = allRoutes(parts, auth);
  serveOperation(app, parts);
  serveHooks(app, parts);
  serveConsentPages(app, parts);
  serveFeeds(app, parts);
  serveDocs(app, parts.config, routes);
  serveRoutes(app, parts, auth, routes);
  if (parts.pageDir !== null) {
    app.use(
      express.static(parts.pageDir, { index: 'index.html', redirect: false, dotfiles: 'ignore', cacheControl: false }),
    );
  }
  app.use(unknownAddress);
  app.use(problemHandler(parts));
  return app;
}

/** The pages use their own files only. Plain http on one machine must work: no upgrade and no HSTS without https. */
function securityHeaders(publicUrl: string) {
  const own = ["'self'"];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: own,
        styleSrc: own,
        imgSrc: own,
        fontSrc: own,
        connectSrc: own,
        manifestSrc: own,
        baseUri: ["'none'"],
        formAction: own,
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:'),
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}
