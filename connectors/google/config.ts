/** What this connector has to be told from outside: the gateway's OAuth client, and where Google is. */

/** Addresses without a slash at the end; a simulator can stand in for each. */
export interface GoogleConfig {
  /** Null: nobody can consent in a browser, and accounts that did cannot be renewed. */
  readonly client: { readonly id: string; readonly secret: string } | null;
  /** Only its origin counts: the client library drops a path. */
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
}

const prefix = 'https://www.googleapis.com/auth/';

/** The least that does the work: reading, writing and watching events, and naming the calendars of an account. */
export const neededScopes: readonly string[] = [`${prefix}calendar.events`, `${prefix}calendar.calendarlist.readonly`];
const everything = `${prefix}calendar`;

/** What of the needed scopes is missing in a granted list; users may tick only some of them. */
export function missingScopes(granted: string): readonly string[] {
  const scopes = granted.split(' ');
  return scopes.includes(everything) ? [] : neededScopes.filter((scope) => !scopes.includes(scope));
}
