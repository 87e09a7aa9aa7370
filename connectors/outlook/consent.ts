/** The browser flow: where the user consents, and what the code that comes back is worth. */
import type { ConsentDesk, NewConnection } from '../../src/domain/connector.ts';
import { Fault } from '../../src/domain/fault.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { findAccount } from './calendars.ts';
import type { GraphClient } from './client.ts';
import { askedScopes, type OutlookConfig } from './config.ts';
import type { Secret } from './secret.ts';
import { askForToken, clientForm } from './token-endpoint.ts';
import { enriched } from './tokens.ts';

/** A client that uses this secret's access token and no other. */
export type ClientFor = (secret: Secret, clock: Clock) => GraphClient;

/** Null without a client id. */
export function consentDesk(config: OutlookConfig, clientFor: ClientFor): ConsentDesk | null {
  const { client } = config;
  if (client === null) return null;
  return {
    address({ redirectUri, state, challenge }) {
      const url = new URL(`${config.loginUrl}/${config.tenant}/oauth2/v2.0/authorize`);
      url.search = new URLSearchParams({
        client_id: client.id,
        redirect_uri: redirectUri,
        response_type: 'code',
        response_mode: 'query',
        scope: askedScopes.join(' '),
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        // Whoever is signed in is not silently taken: a technician's browser may hold several accounts.
        prompt: 'select_account',
      }).toString();
      return url.href;
    },
    async exchange({ redirectUri, code, verifier }, { clock }) {
      const form = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri };
      const whole = { ...form, scope: askedScopes.join(' '), ...clientForm(config) };
      const granted = await codeWords(askForToken(config, config.tenant, whole, clock));
      const { refreshToken } = granted;
      if (refreshToken === null) {
        throw new Fault('consent', 'Microsoft gave no lasting access: offline_access was not granted.');
      }
      const secret = enriched({ kind: 'consent', refreshToken, access: null }, granted);
      return newConnection(secret, clientFor, clock);
    },
  };
}

/** A code that was used, or is too old, is no lost authorisation: the flow is begun anew. */
async function codeWords<T>(exchange: Promise<T>): Promise<T> {
  try {
    return await exchange;
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== 'consent') throw error;
    const sentence = `Microsoft does not take this consent: ${error.message} Start again.`;
    throw new Fault('consent', sentence, { cause: error });
  }
}

/** The account of a secret that holds a good access token. */
export async function newConnection(secret: Secret, clientFor: ClientFor, clock: Clock): Promise<NewConnection> {
  const client = clientFor(secret, clock);
  try {
    const found = await findAccount(client);
    // An application's mailbox keeps the name by which it was asked for.
    const account = secret.kind === 'app' ? secret.mailbox : found;
    return { account, settings: { kind: secret.kind }, secret };
  } finally {
    client.close();
  }
}
