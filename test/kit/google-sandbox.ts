/** The Google simulator with one account, and the official client on it. */
import { OAuth2Client } from 'google-auth-library';
import { calendar_v3 } from 'googleapis/build/src/apis/calendar/v3.js';
import type { GoogleSimulator, GoogleSimulatorOptions } from '../../sandbox/google/server.ts';
import { startGoogleSimulator } from '../../sandbox/google/server.ts';

export const ana = 'ana@example.com';

export interface GoogleScene extends GoogleSimulator {
  readonly api: calendar_v3.Calendar;
  /** A client for other accounts or scopes. */
  as(account: string, scopes?: readonly string[]): calendar_v3.Calendar;
}

export async function aGoogleScene(options: GoogleSimulatorOptions = {}): Promise<GoogleScene> {
  const google = await startGoogleSimulator(options);
  google.control.account({ email: ana, name: 'Ana', timeZone: 'Europe/Berlin' });
  const as = (account: string, scopes: readonly string[] = ['calendar']): calendar_v3.Calendar => {
    const { accessToken } = google.control.tokens({ account, scopes: [...scopes] });
    const auth = new OAuth2Client();
    auth.setCredentials({ access_token: accessToken, expiry_date: Date.now() + 3_000_000 });
    return new calendar_v3.Calendar({ auth, rootUrl: `${google.url}/`, retry: false });
  };
  return { ...google, api: as(ana), as };
}

export interface GoogleRefusal {
  readonly status: number;
  readonly reason: string | undefined;
  readonly message: string;
}

/** How a call was refused. @throws when it was not */
export async function refusalOf(call: Promise<unknown>): Promise<GoogleRefusal> {
  try {
    await call;
  } catch (fault) {
    const { response } = fault as { response?: { status: number; data?: { error?: GoogleError } } };
    if (response === undefined) throw fault;
    const { error } = response.data ?? {};
    return { status: response.status, reason: error?.errors?.[0]?.reason, message: error?.message ?? '' };
  }
  throw new Error('the call was not refused');
}
interface GoogleError {
  readonly message?: string;
  readonly errors?: readonly { readonly reason?: string }[];
}
