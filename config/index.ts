/** Turns the environment into one frozen, checked object; the only reader of process.env. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  /** Null: the embedded database. */
  readonly mongodbUri: string | null;
  readonly dataDir: string;
  /** Newest first; null: generated into the data folder. */
  readonly encryptionKeys: readonly EncryptionKey[] | null;
  readonly bootstrapApiKey: string | null;
  readonly production: boolean;
  readonly allowEmbeddedInProduction: boolean;
  readonly allowPrivateHosts: boolean;
  readonly pollSeconds: number;
  /** Backstop poll of a calendar whose webhooks were seen to arrive. */
  readonly pollSecondsWithPush: number;
  /** Lets providers push to a plain http address (tests, simulators). */
  readonly pushOverHttp: boolean;
  /** Origins besides PUBLIC_URL's own to which a browser may be sent back after consent. */
  readonly returnToOrigins: readonly string[];
  readonly google: GoogleConfig;
  readonly microsoft: MicrosoftConfig;
  /** Where messages to people go out; null: nobody is sent any. */
  readonly smtp: SmtpConfig | null;
  /** Takes messages for people instead of a mail server. */
  readonly noticeWebhook: NoticeWebhookConfig | null;
  readonly windowPastDays: number;
  readonly windowAheadDays: number;
  readonly rateLimitPerMinute: number;
  readonly logLevel: LogLevel;
}
/** The OAuth client; both or none. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
}
/** Origins without a slash at the end, so that a simulator can stand in. */
export interface GoogleConfig {
  readonly client: OAuthClient | null;
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly tokenUrl: string;
}
export interface MicrosoftConfig {
  readonly client: OAuthClient | null;
  /** Directory that may sign in: an id, a domain, or common, organizations, consumers. */
  readonly tenant: string;
  /** Origin without a slash at the end, so that a simulator can stand in. */
  readonly loginUrl: string;
  /** Includes the API's version. */
  readonly graphUrl: string;
}
export interface NoticeWebhookConfig {
  readonly url: string;
  readonly secret: string;
}
export interface SmtpConfig {
  readonly url: string;
  /** The sender: an address, possibly with a name before it. */
  readonly from: string;
}
export type LogLevel = 'error' | 'info' | 'debug';
export interface EncryptionKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Every setting that is wrong, each with its name; thrown before anything starts. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`These settings cannot be used:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigError naming all wrong settings at once */
export function loadConfig(env: Environment = process.env): Config {
  const read = reader(env);
  const port = read.integer('PORT', 8080, 0, 65_535);
  const production = read.text('NODE_ENV', '') === 'production';
  const mongodbUri = read.matching(
    'MONGODB_URI',
    /^mongodb(\+srv)?:\/\/\S+$/,
    'a mongodb:// or mongodb+srv:// address',
  );
  const allowEmbeddedInProduction = read.flag('ALLOW_EMBEDDED_IN_PRODUCTION', false);
  if (production && mongodbUri === null && !allowEmbeddedInProduction) {
    read.problem(
      'MONGODB_URI is required with NODE_ENV=production (the embedded database is for one machine and small installs; ALLOW_EMBEDDED_IN_PRODUCTION=true uses it all the same)',
    );
  }
  const encryptionKeys = read.keys();
  if (mongodbUri !== null && encryptionKeys === null) {
    read.problem('ENCRYPTION_KEY is required with MONGODB_URI: 32 random bytes in base64 (openssl rand -base64 32)');
  }
  const config: Config = {
    host: read.text('HOST', '127.0.0.1'),
    port,
    publicUrl: read.url('PUBLIC_URL', `http://localhost:${port}`),
    mongodbUri,
    dataDir: resolve(read.text('DATA_DIR', './data')),
    encryptionKeys,
    bootstrapApiKey: read.matching(
      'BOOTSTRAP_API_KEY',
      /^[\x21-\x7e]{16,200}$/,
      '16 to 200 printable characters without spaces',
    ),
    production,
    allowEmbeddedInProduction,
    allowPrivateHosts: read.flag('ALLOW_PRIVATE_HOSTS', false),
    pollSeconds: read.integer('POLL_SECONDS', 60, 5, 86_400),
    pollSecondsWithPush: read.integer('POLL_SECONDS_WITH_PUSH', 900, 5, 86_400),
    pushOverHttp: read.flag('PUSH_OVER_HTTP', false),
    returnToOrigins: read.origins('RETURN_TO_ORIGINS'),
    google: {
      client: read.client('GOOGLE'),
      apiUrl: read.url('GOOGLE_API_URL', 'https://www.googleapis.com'),
      authUrl: read.url('GOOGLE_AUTH_URL', 'https://accounts.google.com'),
      tokenUrl: read.url('GOOGLE_TOKEN_URL', 'https://oauth2.googleapis.com'),
    },
    microsoft: {
      client: read.client('MICROSOFT'),
      tenant:
        read.matching('MICROSOFT_TENANT', /^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/, 'a directory id, a domain or common') ??
        'common',
      loginUrl: read.url('MICROSOFT_LOGIN_URL', 'https://login.microsoftonline.com'),
      graphUrl: read.url('GRAPH_API_URL', 'https://graph.microsoft.com/v1.0'),
    },
    smtp: read.smtp(),
    noticeWebhook: read.noticeWebhook(),
    windowPastDays: read.integer('WINDOW_PAST_DAYS', 30, 1, 3_650),
    windowAheadDays: read.integer('WINDOW_AHEAD_DAYS', 400, 7, 3_650),
    rateLimitPerMinute: read.integer('RATE_LIMIT_PER_MINUTE', 1_200, 1, 1_000_000),
    logLevel: read.oneOf('LOG_LEVEL', ['error', 'info', 'debug'] as const, 'info'),
  };
  read.finish();
  return Object.freeze(config);
}

/** Names a key by its content, so that a sealed text tells which key opens it without telling the key. */
export function encryptionKey(bytes: Uint8Array): EncryptionKey {
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

function reader(env: Environment) {
  const problems: string[] = [];
  const raw = (name: string): string | null => {
    const value = env[name]?.trim();
    return value === undefined || value === '' ? null : value;
  };
  return {
    problem: (text: string): void => void problems.push(text),
    text: (name: string, fallback: string): string => raw(name) ?? fallback,
    integer(name: string, fallback: number, min: number, max: number): number {
      const value = raw(name);
      if (value === null) return fallback;
      const number = Number(value);
      if (/^\d{1,9}$/.test(value) && number >= min && number <= max) return number;
      problems.push(`${name} must be a whole number from ${min} to ${max}, not "${value}"`);
      return fallback;
    },
    flag(name: string, fallback: boolean): boolean {
      const value = raw(name)?.toLowerCase() ?? null;
      if (value === null) return fallback;
      if (value === 'true' || value === '1') return true;
      if (value === 'false' || value === '0') return false;
      problems.push(`${name} must be true or false, not "${value}"`);
      return fallback;
    },
    oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
      const value = raw(name);
      if (value === null) return fallback;
      const found = allowed.find((a) => a === value);
      if (found === undefined) problems.push(`${name} must be one of ${allowed.join(', ')}, not "${value}"`);
      return found ?? fallback;
    },
    /** The value is not repeated in the message: it may hold a password. */
    matching(name: string, pattern: RegExp, wanted: string): string | null {
      const value = raw(name);
      if (value !== null && !pattern.test(value)) problems.push(`${name} must be ${wanted}`);
      return value;
    },
    url(name: string, fallback: string): string {
      const value = raw(name) ?? fallback;
      const url = URL.canParse(value) ? new URL(value) : null;
      if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
        return value.replace(/\/+$/, '');
      problems.push(`${name} must be an http or https address without query, such as https://interlock.example.com`);
      return fallback;
    },
    origins(name: string): readonly string[] {
      const values =
        raw(name)
          ?.split(',')
          .map((v) => v.trim()) ?? [];
      for (const value of values) {
        if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol) || new URL(value).origin !== value)
          problems.push(`${name} must be origins such as https://office.example.com, separated by commas`);
      }
      return values;
    },
    client(prefix: string): OAuthClient | null {
      const [id, secret] = [raw(`${prefix}_CLIENT_ID`), raw(`${prefix}_CLIENT_SECRET`)];
      if (id !== null && secret !== null) return { id, secret };
      if (id !== null || secret !== null)
        problems.push(`${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET belong together: set both or none`);
      return null;
    },
    /** The address may hold a password, so it is not repeated. */
    smtp(): SmtpConfig | null {
      const [url, from] = [raw('SMTP_URL'), raw('NOTICE_FROM')];
      if (url === null && from === null) return null;
      if (url === null || from === null) {
        problems.push('SMTP_URL and NOTICE_FROM belong together: set both or none');
        return null;
      }
      if (!/^smtps?:\/\/\S+$/.test(url) || !URL.canParse(url))
        problems.push('SMTP_URL must be an smtp:// or smtps:// address');
      if (!/^(?:[^<>@\p{Cc}]* <)?[^\s@<>"(),;:\\]+@[^\s@<>"(),;:\\]+>?$/u.test(from))
        problems.push('NOTICE_FROM must be an e-mail address, such as Example Plumbing <office@example.com>');
      return { url, from };
    },
    noticeWebhook(): NoticeWebhookConfig | null {
      const [url, secret] = [raw('NOTICE_WEBHOOK_URL'), raw('NOTICE_WEBHOOK_SECRET')];
      if (url === null && secret === null) return null;
      if (url === null || secret === null) {
        problems.push('NOTICE_WEBHOOK_URL and NOTICE_WEBHOOK_SECRET belong together: set both or none');
        return null;
      }
      if (raw('SMTP_URL') !== null)
        problems.push('set either SMTP_URL or NOTICE_WEBHOOK_URL: each message goes one way');
      if (!/^https?:\/\/\S+$/.test(url) || !URL.canParse(url))
        problems.push('NOTICE_WEBHOOK_URL must be an https:// address (http:// with ALLOW_PRIVATE_HOSTS)');
      if (!/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(secret))
        problems.push('NOTICE_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64');
      return { url, secret };
    },
    keys(): readonly EncryptionKey[] | null {
      const newest = raw('ENCRYPTION_KEY');
      const old = raw('ENCRYPTION_KEYS_OLD')?.split(',') ?? [];
      if (newest === null && old.length > 0) problems.push('ENCRYPTION_KEYS_OLD needs an ENCRYPTION_KEY beside it');
      const named = [
        ...(newest === null ? [] : [['ENCRYPTION_KEY', newest]]),
        ...old.map((k) => ['ENCRYPTION_KEYS_OLD', k.trim()]),
      ];
      const keys: EncryptionKey[] = [];
      for (const [name, text] of named as [string, string][]) {
        const bytes = Buffer.from(text, 'base64');
        if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text) && bytes.length === 32) keys.push(encryptionKey(bytes));
        else problems.push(`${name} must be 32 bytes in base64 (openssl rand -base64 32)`);
      }
      return newest === null ? null : keys;
    },
    finish(): void {
      if (problems.length > 0) throw new ConfigError(problems);
    },
  };
}
