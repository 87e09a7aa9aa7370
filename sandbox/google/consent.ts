/** `/o/oauth2/v2/auth`: the page where a person chooses an account and says yes or no, or a rule that says it at once. */
import { randomBytes } from 'node:crypto';
import type { Answer, Ask } from '../kit/http.ts';
import { asPage, goTo } from '../kit/http.ts';
import { escapeHtml, page } from '../kit/page.ts';
import type { TokenDesk } from './token-endpoint.ts';
import { shortScope } from './token-endpoint.ts';

export interface ConsentRule {
  /** `ask` shows the page; the others answer at once. */
  readonly mode: 'ask' | 'grant' | 'refuse';
  /** Who is signed in when nobody is asked; null: the one of `login_hint`, else the first. */
  readonly account: string | null;
  /** What is granted when nobody is asked; null: all that was asked for. */
  readonly scopes: readonly string[] | null;
}
export const askAlways: ConsentRule = { mode: 'ask', account: null, scopes: null };

interface Request {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string | null;
  readonly offline: boolean;
  readonly forced: boolean;
  readonly loginHint: string | null;
  readonly challenge: string | null;
  readonly method: string | null;
}

export interface ConsentDesk {
  rule: ConsentRule;
  /** Null: no address of the consent. */
  answer(ask: Ask): Answer | null;
}

export function consentDesk(desk: TokenDesk): ConsentDesk {
  const pending = new Map<string, Request>();

  function decide(request: Request, account: string | null, scopes: readonly string[]): Answer {
    if (account === null) return back(request, { error: 'access_denied' });
    const pair = `${request.clientId} ${account}`;
    const isFirst = !desk.grants.consented.has(pair);
    desk.grants.consented.add(pair);
    // Who consented before gets no refresh token unless the client insists on the page.
    const offline = request.offline && (isFirst || request.forced);
    const { clientId, redirectUri, challenge, method } = request;
    const code = desk.grants.newCode({ clientId, redirectUri, challenge, method, account, scopes, offline });
    return back(request, { code, scope: scopes.join(' ') });
  }

  function begin(ask: Ask): Answer {
    const request = requestOf(desk, ask.url.searchParams);
    if ('wrong' in request) {
      desk.violated(request.wrong);
      return asPage(400, page('Error 400', `<h1>Error 400</h1><p>${escapeHtml(request.wrong)}</p>`));
    }
    const { mode, account, scopes } = consent.rule;
    if (mode === 'refuse') return decide(request, null, []);
    if (mode === 'grant') {
      const first = [...desk.world.accounts.keys()][0] ?? null;
      const hinted =
        request.loginHint !== null && desk.world.accounts.has(request.loginHint) ? request.loginHint : null;
      const granted = scopes === null ? request.scopes : request.scopes.filter((scope) => scopes.includes(scope));
      return decide(request, account ?? hinted ?? first, granted);
    }
    const id = randomBytes(16).toString('hex');
    pending.set(id, request);
    return asPage(200, consentPage(id, request, desk));
  }

  function finish(ask: Ask): Answer {
    const form = new URLSearchParams(ask.body);
    const request = pending.get(form.get('request') ?? '');
    pending.delete(form.get('request') ?? '');
    if (request === undefined) {
      return asPage(400, page('Too late', '<h1>This page was used already</h1><p>Start the connection again.</p>'));
    }
    const account = form.get('account');
    const isKnown = account !== null && desk.world.accounts.has(account);
    const granted = request.scopes.filter((scope) => form.getAll('scope').includes(scope));
    return decide(request, form.get('decision') === 'allow' && isKnown ? account : null, granted);
  }

  const consent: ConsentDesk = {
    rule: askAlways,
    answer(ask) {
      if (ask.path === '/o/oauth2/v2/auth' && ask.method === 'GET') return begin(ask);
      if (ask.path === '/o/oauth2/v2/auth/decision' && ask.method === 'POST') return finish(ask);
      return null;
    },
  };
  return consent;
}

function back(request: Request, result: Readonly<Record<string, string>>): Answer {
  const address = new URL(request.redirectUri);
  for (const [name, value] of Object.entries(result)) address.searchParams.set(name, value);
  if (request.state !== null) address.searchParams.set('state', request.state);
  return goTo(address.href);
}

function requestOf(desk: TokenDesk, query: URLSearchParams): Request | { readonly wrong: string } {
  const client = desk.grants.clients.get(query.get('client_id') ?? '');
  if (client === undefined) return { wrong: 'invalid_client: the OAuth client was not found.' };
  const redirectUri = query.get('redirect_uri') ?? '';
  const isKnown = client.redirectUris === null ? URL.canParse(redirectUri) : client.redirectUris.includes(redirectUri);
  if (!isKnown) return { wrong: 'redirect_uri_mismatch: the redirect address is not registered for this client.' };
  if (query.get('response_type') !== 'code') return { wrong: 'invalid_request: response_type must be code.' };
  const scopes = (query.get('scope') ?? '')
    .split(' ')
    .filter((scope) => scope !== '')
    .map(shortScope);
  if (scopes.length === 0) return { wrong: 'invalid_request: Missing required parameter: scope' };
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? (challenge === null ? null : 'plain');
  if (method !== null && method !== 'S256' && method !== 'plain') {
    return { wrong: 'invalid_request: code_challenge_method must be S256 or plain.' };
  }
  return {
    ...{ clientId: client.id, redirectUri, scopes, challenge, method },
    state: query.get('state'),
    offline: query.get('access_type') === 'offline',
    forced: (query.get('prompt') ?? '').split(' ').includes('consent'),
    loginHint: query.get('login_hint'),
  };
}

function consentPage(id: string, request: Request, desk: TokenDesk): string {
  const accounts = [...desk.world.accounts.values()].map(({ email, name }, at) => {
    const isChosen = request.loginHint === null ? at === 0 : email === request.loginHint;
    const box = `<input type="radio" name="account" value="${escapeHtml(email)}"${isChosen ? ' checked' : ''} required>`;
    return `<label>${box} ${escapeHtml(name)} <small>${escapeHtml(email)}</small></label>`;
  });
  const scopes = request.scopes.map((scope) => {
    const name = escapeHtml(scope);
    return `<label><input type="checkbox" name="scope" value="${name}" checked> ${name}</label>`;
  });
  const form = `<form method="post" action="/o/oauth2/v2/auth/decision">
<input type="hidden" name="request" value="${id}">
<fieldset><legend>Account</legend>${accounts.join('')}</fieldset>
<fieldset><legend>What it may do</legend>${scopes.join('')}</fieldset>
<p><button name="decision" value="allow">Allow</button> <button name="decision" value="refuse" formnovalidate>Cancel</button></p>
</form>`;
  const client = escapeHtml(request.clientId);
  return page(
    'Sign in',
    `<h1>Sign in to the sandbox</h1><p><strong>${client}</strong> wants access to a calendar account.</p>${form}`,
  );
}
