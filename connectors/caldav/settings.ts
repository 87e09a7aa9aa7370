/** Reads what comes from outside or from the database: the body of a new connection, its stored settings and secret. */
import type { Secret } from './client.ts';
import type { Place } from './discovery.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{username, password}` or `{token}`; null for anything else. A colon in a user name cannot be sent (RFC 7617). */
export function parseSecret(value: unknown): Secret | null {
  if (!isRecord(value)) return null;
  const { username, password, token } = value;
  if (isUsable(token) && username === undefined && password === undefined && /^[\x21-\x7e]+$/.test(token))
    return { token };
  if (token !== undefined || !isUsable(username) || !isUsable(password) || username.includes(':')) return null;
  return { username, password };
}

const isUsable = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 4096 && !/\p{Cc}/u.test(value);

export interface ConnectInput {
  readonly serverUrl: string;
  readonly secret: Secret;
}

/** The body of `POST /v1/connections` for this provider, or the sentence that says what is wrong with it. */
export function parseConnectInput(input: unknown): ConnectInput | string {
  if (!isRecord(input)) return 'Give serverUrl, username and password.';
  const { serverUrl } = input;
  if (typeof serverUrl !== 'string' || serverUrl.trim() === '' || serverUrl.length > 2048) {
    return 'serverUrl must be the address of the CalDAV server or an e-mail address.';
  }
  const { username, password, token } = input;
  const given = token === undefined ? { username, password } : { username, password, token };
  const secret = parseSecret(given);
  if (secret === null) return 'Give either username and password, or token; a user name has no colon.';
  return { serverUrl, secret };
}

/** Several values in one setting; URLs and addresses hold no spaces. */
const separator = ' ';
const split = (text: string | undefined): string[] => (text ?? '').split(separator).filter((part) => part !== '');

export function toSettings(place: Place): Readonly<Record<string, string>> {
  return {
    server: place.server,
    homes: place.homes.join(separator),
    calendar: place.calendar ?? '',
    principal: place.principal ?? '',
    addresses: place.addresses.join(separator),
  };
}

export function parseSettings(settings: Readonly<Record<string, string>>): Place {
  const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);
  return {
    server: settings.server ?? '',
    homes: split(settings.homes).filter((home) => URL.canParse(home)),
    calendar: orNull(settings.calendar),
    principal: orNull(settings.principal),
    addresses: split(settings.addresses),
  };
}
