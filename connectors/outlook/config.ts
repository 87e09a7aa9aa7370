/** What this connector has to be told from outside: the gateway's app registration, and where Microsoft is. */

/** Addresses without a slash at the end; a simulator can stand in for each. */
export interface OutlookConfig {
  /** Null: nobody can consent in a browser, and accounts that did cannot be renewed. */
  readonly client: { readonly id: string; readonly secret: string } | null;
  /** Who may consent: a directory id, a domain, `organizations`, `consumers` or `common` (everybody). */
  readonly tenant: string;
  readonly loginUrl: string;
  /** With the version, such as `https://graph.microsoft.com/v1.0`. */
  readonly graphUrl: string;
}

/** The least that does the work: reading, writing and watching events, and the zone of the mailbox. */
export const neededScopes: readonly string[] = ['Calendars.ReadWrite', 'MailboxSettings.Read'];
/** What is asked for in the browser: without `offline_access` the access ends after an hour. */
export const askedScopes: readonly string[] = ['offline_access', ...neededScopes];
/** Application permissions are given by an administrator and named by one word. */
export const appScope = 'https://graph.microsoft.com/.default';

/** Scopes that hold another one. */
const wider: Readonly<Record<string, readonly string[]>> = {
  'calendars.readwrite': ['calendars.readwrite.shared'],
  'mailboxsettings.read': ['mailboxsettings.readwrite'],
};

/** What of the needed scopes is missing in a granted list; Microsoft spells them with or without the resource's address. */
export function missingScopes(granted: string): readonly string[] {
  const names = new Set(granted.split(/\s+/).map((scope) => scope.slice(scope.lastIndexOf('/') + 1).toLowerCase()));
  return neededScopes.filter((scope) => {
    const name = scope.toLowerCase();
    return ![name, ...(wider[name] ?? [])].some((known) => names.has(known));
  });
}
