/** What the person at the browser meets on the way to a consent page and back: redirects, and pages in plain words. */
import type { Express, Request, Response } from 'express';
import { Fault } from '../domain/fault.ts';
import type { PendingConsent } from '../store/store.ts';
import { callbackUri, consentAddress, consentDesk, consentMs, randomText, sha256 } from './consent.ts';
import { keepConnection } from './keep-connection.ts';
import type { AppParts } from './parts.ts';
import { Refusal } from './problems.ts';

const cookieName = 'interlock_consent';

/** `/connect/{ticket}` leads to the provider, `/oauth/{provider}/callback` is where it sends the browser back. */
export function serveConsentPages(app: Express, parts: AppParts): void {
  app.get('/connect/:ticket', (request, response) => inWords(parts, response, () => leave(parts, request, response)));
  app.get('/oauth/:provider/callback', (request, response) =>
    inWords(parts, response, () => comeBack(parts, request, response)),
  );
}

/** Ends in a page whose sentence the person can act on. */
class Halt extends Error {
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

async function leave(parts: AppParts, request: Request, response: Response): Promise<void> {
  const id = openedText(parts, String(request.params.ticket), 'open');
  const browser = randomText();
  const pending = id === null ? null : await parts.store.consents.open(id, sha256(browser));
  if (pending === null) throw new Halt(410, 'This link was used before or has expired. Ask for a new one.');
  const desk = consentDesk(parts, pending.provider);
  response.cookie(cookieName, browser, {
    httpOnly: true,
    sameSite: 'lax',
    secure: parts.config.publicUrl.startsWith('https:'),
    path: '/oauth',
    maxAge: consentMs,
  });
  response.redirect(302, consentAddress(parts, desk, pending));
}

async function comeBack(parts: AppParts, request: Request, response: Response): Promise<void> {
  const provider = String(request.params.provider);
  const id = openedText(parts, textOf(request.query.state), 'state');
  const pending = id === null ? null : await parts.store.consents.take(id);
  if (pending === null || pending.provider !== provider)
    throw new Halt(410, 'This answer was used before or came too late. Start again with a new link.');
  if (pending.browserHash !== null && sha256(cookieOf(request)) !== pending.browserHash)
    throw new Halt(400, 'This answer belongs to another browser. Open the link and give consent in one browser.');
  try {
    const { account, connectionId } = await connected(parts, pending, request);
    if (pending.returnTo !== null)
      return response.redirect(303, withQuery(pending.returnTo, 'connection', connectionId));
    page(response, 200, 'Connected', `The account ${account} is connected. You can close this page.`);
  } catch (error) {
    if (!(error instanceof Halt) || pending.returnTo === null) throw error;
    response.redirect(303, withQuery(pending.returnTo, 'error', error.message));
  }
}

async function connected(
  parts: AppParts,
  pending: PendingConsent,
  request: Request,
): Promise<{ readonly account: string; readonly connectionId: string }> {
  const { provider, tenantId } = pending;
  const refusal = textOf(request.query.error);
  if (refusal !== '') throw new Halt(400, `No access was given (${refusal.slice(0, 100)}). Nothing was connected.`);
  const code = textOf(request.query.code);
  if (code === '') throw new Halt(400, 'The provider sent no code. Start again with a new link.');
  const verifier = String(parts.secrets.open(pending.verifier));
  const redirectUri = callbackUri(parts, provider);
  const made = await consentDesk(parts, provider).exchange({ redirectUri, code, verifier }, parts);
  if (await parts.store.connections.elsewhere(provider, made.account, tenantId))
    throw new Halt(
      409,
      `The account ${made.account} is connected to another business already. Disconnect it there first.`,
    );
  const { connection } = await keepConnection(parts, tenantId, provider, made);
  return { account: connection.account, connectionId: connection.id };
}

async function inWords(parts: AppParts, response: Response, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Halt) return page(response, error.status, 'Not connected', error.message);
    if (error instanceof Refusal) return page(response, 422, 'Not connected', error.message);
    if (error instanceof Fault && (error.kind === 'consent' || error.kind === 'invalid'))
      return page(response, 422, 'Not connected', `The provider refused: ${error.message}`);
    if (error instanceof Fault && (error.kind === 'transient' || error.kind === 'throttled'))
      return page(response, 502, 'Not connected', 'The provider could not be reached. Start again with a new link.');
    throw error;
  } finally {
    parts.log.debug('a consent page was shown', { status: response.statusCode });
  }
}

/** A sealed text of ours that came over a browser; anything else is null. */
function openedText(parts: AppParts, sealed: string, field: 'open' | 'state'): string | null {
  if (sealed.length > 1_000) return null;
  try {
    const value = parts.secrets.open(sealed);
    const id = typeof value === 'object' && value !== null ? Reflect.get(value, field) : null;
    return typeof id === 'string' ? id : null;
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function cookieOf(request: Request): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([name]) => name === cookieName)?.[1] ?? '';
}

function withQuery(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}

const html = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function page(response: Response, status: number, title: string, sentence: string): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.status(status).end(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} - Interlock</title>
<link rel="stylesheet" href="/docs.css">
</head>
<body><main><h1>${html(title)}</h1><p role="status">${html(sentence)}</p></main></body>
</html>
`);
}
