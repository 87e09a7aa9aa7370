/** `/{tenant}/oauth2/v2.0/authorize`: the page where a person chooses an account, or a rule that says it at once. */
import { randomBytes } from 'node:crypto';
import type { Answer, Ask } from '../kit/http.ts';
import { asPage, goTo } from '../kit/http.ts';
import { escapeHtml, page } from '../kit/page.ts';
import { shortScope } from './grants.ts';
import type { LoginDesk } from './token-endpoint.ts';

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
  readonly loginHint: string | null;
  readonly challenge: string | null;
  readonly method: string | null;
}

export interface ConsentDesk {
  rule: ConsentRule;
  begin(ask: Ask): Answer;
  finish(ask: Ask): Answer;
}

export function consentDesk(desk: LoginDesk): ConsentDesk {
  const pending = new Map<string, Request>();

  function decide(request: Request, account: string | null, scopes: readonly string[]): Answer {
    const email = account === null ? null : (desk.world.mailboxes.get(account.toLowerCase())?.email ?? null);
    if (email === null) {
      return back(request, { error: 'access_denied', error_description: 'The user has denied access.' });
    }
    const { clientId, redirectUri, challenge, method } = request;
    // A new consent meets whatever was demanded.
    desk.grants.demands.delete(email);
    const code = desk.grants.newCode({
      ...{ clientId, redirectUri, challenge, method, email, scopes },
      tenantId: null,
    });
    return back(request, { code, session_state: randomBytes(16).toString('hex') });
  }

  const consent: ConsentDesk = {
    rule: askAlways,
    begin(ask) {
      const request = requestOf(desk, ask.url.searchParams);
      if ('wrong' in request) {
        desk.violated(request.wrong);
        return asPage(
          400,
          page(
            'Sign in',
            `<h1>Sorry, but we’re having trouble signing you in.</h1><p>${escapeHtml(request.wrong)}</p>`,
          ),
        );
      }
      const { mode, account, scopes } = consent.rule;
      if (mode === 'refuse') return decide(request, null, []);
      if (mode === 'grant') {
        const first = [...desk.world.mailboxes.keys()][0] ?? null;
        const granted = scopes === null ? request.scopes : request.scopes.filter((scope) => scopes.includes(scope));
        return decide(request, account ?? request.loginHint ?? first, granted);
      }
      const id = randomBytes(16).toString('hex');
      pending.set(id, request);
      return asPage(200, consentPage(id, request, desk));
    },
    finish(ask) {
      const form = new URLSearchParams(ask.body);
      const request = pending.get(form.get('request') ?? '');
      pending.delete(form.get('request') ?? '');
      if (request === undefined) {
        return asPage(400, page('Too late', '<h1>This page was used already</h1><p>Start the connection again.</p>'));
      }
      const granted = request.scopes.filter((scope) => form.getAll('scope').includes(scope));
      return decide(request, form.get('decision') === 'allow' ? form.get('account') : null, granted);
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

function requestOf(desk: LoginDesk, query: URLSearchParams): Request | { readonly wrong: string } {
  const client = desk.grants.clients.get(query.get('client_id') ?? '');
  if (client === undefined) return { wrong: 'AADSTS700016: The application was not found in the directory.' };
  const redirectUri = query.get('redirect_uri') ?? '';
  const isKnown = client.redirectUris === null ? URL.canParse(redirectUri) : client.redirectUris.includes(redirectUri);
  if (!isKnown) return { wrong: 'AADSTS50011: The redirect URI does not match those of the application.' };
  if (query.get('response_type') !== 'code') return { wrong: 'AADSTS70005: response_type must be code.' };
  const scopes = (query.get('scope') ?? '')
    .split(' ')
    .filter((scope) => scope !== '')
    .map(shortScope);
  if (scopes.length === 0) return { wrong: "AADSTS900144: The request must contain the parameter 'scope'." };
  const challenge = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? (challenge === null ? null : 'plain');
  if (method !== null && method !== 'S256' && method !== 'plain') {
    return { wrong: 'AADSTS501481: code_challenge_method must be S256 or plain.' };
  }
  return {
    ...{ clientId: client.id, redirectUri, scopes, challenge, method },
    ...{ state: query.get('state'), loginHint: query.get('login_hint') },
  };
}

function consentPage(id: string, request: Request, desk: LoginDesk): string {
  const accounts = [...desk.world.mailboxes.values()].map(({ email, name }, at) => {
    const isChosen = request.loginHint === null ? at === 0 : email === request.loginHint;
    const box = `<input type="radio" name="account" value="${escapeHtml(email)}"${isChosen ? ' checked' : ''} required>`;
    return `<label>${box} ${escapeHtml(name)} <small>${escapeHtml(email)}</small></label>`;
  });
  const scopes = request.scopes.map((scope) => {
    const name = escapeHtml(scope);
    return `<label><input type="checkbox" name="scope" value="${name}" checked> ${name}</label>`;
  });
  const form = `<form method="post" action="/_login/decision">
<input type="hidden" name="request" value="${id}">
<fieldset><legend>Account</legend>${accounts.join('')}</fieldset>
<fieldset><legend>What it may do</legend>${scopes.join('')}</fieldset>
<p><button name="decision" value="allow">Accept</button> <button name="decision" value="refuse" formnovalidate>Cancel</button></p>
</form>`;
  const client = escapeHtml(request.clientId);
  return page(
    'Sign in',
    `<h1>Sign in to the sandbox</h1><p><strong>${client}</strong> wants access to a mailbox.</p>${form}`,
  );
}
