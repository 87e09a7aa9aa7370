/** The browser flow: where the user consents, and what the code that comes back is worth. */
import type { ConsentDesk, NewConnection } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { findAccount } from './calendars.ts';
import type { GoogleClient } from './client.ts';
import { type GoogleConfig, neededScopes } from './config.ts';
import type { Secret } from './secret.ts';
import { askForToken, clientForm, revokeToken } from './token-endpoint.ts';
import { enriched } from './tokens.ts';

/** A client that uses this token and no other. */
export type ClientFor = (token: string, clock: Clock) => GoogleClient;

/** Null without a client id. */
export function consentDesk(config: GoogleConfig, clientFor: ClientFor): ConsentDesk | null {
  const { client } = config;
  if (client === null) return null;
  return {
    address({ redirectUri, state, challenge }) {
      const url = new URL(`${config.authUrl}/o/oauth2/v2/auth`);
      url.search = new URLSearchParams({
        client_id: client.id,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: neededScopes.join(' '),
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        access_type: 'offline',
        // Who consented before gets a refresh token only from a consent page that is shown again.
        prompt: 'consent',
        include_granted_scopes: 'true',
      }).toString();
      return url.href;
    },
    async exchange({ redirectUri, code, verifier }, { clock }) {
      const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
      const granted = await codeWords(askForToken(config, { ...form, ...clientForm(config) }, clock));
      const { refreshToken } = granted;
      if (refreshToken === null) {
        const hint = 'remove this app at https://myaccount.google.com/permissions and connect again';
        throw new Fault('consent', `Google gave no lasting access: ${hint}.`);
      }
      try {
        const secret = enriched({ kind: 'consent', refreshToken, access: null }, granted);
        return await newConnection(secret, clientFor, clock);
      } catch (error) {
        // What is not kept is given back, or it would count against the tokens that an account may have.
        if (error instanceof Fault && error.kind === 'consent') await revokeToken(config, refreshToken).catch(() => {});
        throw error;
      }
    },
  };
}

/** A code that was used, or is too old, is no lost authorisation: the flow is begun anew. */
async function codeWords<T>(exchange: Promise<T>): Promise<T> {
  try {
    return await exchange;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'consent') throw error;
    throw new Fault(
      'consent',
      'Google does not take this consent any more: it was used before or is too old. Start again.',
      {
        cause: error,
      },
    );
  }
}

/** The account of a secret that holds a good access token. */
export async function newConnection(secret: Secret, clientFor: ClientFor, clock: Clock): Promise<NewConnection> {
  const client = clientFor(secret.access?.value ?? '', clock);
  try {
    const account = await findAccount(client);
    return { account, settings: { kind: secret.kind }, secret };
  } finally {
    client.close();
  }
}
