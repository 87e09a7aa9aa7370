import { expect } from 'chai';
import { ConfigError, loadConfig } from '../../config/index.ts';

const key = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('config', () => {
  it('gives the documented defaults for an empty environment', () => {
    const config = loadConfig({});
    expect(config).to.include({ host: '127.0.0.1', port: 8080, publicUrl: 'http://localhost:8080', mongodbUri: null });
    expect(config).to.include({ pollSeconds: 60, windowPastDays: 30, windowAheadDays: 400, logLevel: 'info' });
    expect(config.dataDir).to.match(/\/data$/);
  });

  it('takes OAuth clients and the origins of simulators', () => {
    const config = loadConfig({
      GOOGLE_CLIENT_ID: 'g',
      GOOGLE_CLIENT_SECRET: 's',
      GOOGLE_API_URL: 'http://127.0.0.1:8090/',
      RETURN_TO_ORIGINS: 'https://office.example.com, http://localhost:3000',
    });
    expect(config.google).to.deep.include({ client: { id: 'g', secret: 's' }, apiUrl: 'http://127.0.0.1:8090' });
    expect(config.returnToOrigins).to.deep.equal(['https://office.example.com', 'http://localhost:3000']);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(loadConfig({}))).to.equal(true);
  });

  it('reports all wrong settings at once, each by its name', () => {
    const problems = problemsOf({
      PORT: '99999',
      PUBLIC_URL: 'not an address',
      ALLOW_PRIVATE_HOSTS: 'perhaps',
      POLL_SECONDS: '1.5',
      LOG_LEVEL: 'loud',
      ENCRYPTION_KEY: 'short',
      BOOTSTRAP_API_KEY: 'short',
      RETURN_TO_ORIGINS: 'https://office.example.com/path',
      GOOGLE_CLIENT_ID: 'id without a secret',
    });
    for (const name of [
      'PORT',
      'PUBLIC_URL',
      'ALLOW_PRIVATE_HOSTS',
      'POLL_SECONDS',
      'LOG_LEVEL',
      'ENCRYPTION_KEY',
      'BOOTSTRAP_API_KEY',
      'RETURN_TO_ORIGINS',
      'GOOGLE_CLIENT_ID',
    ]) {
      expect(problems.filter((p) => p.startsWith(name))).to.have.length(1);
    }
  });

  it('never repeats a database address or a key in its message', () => {
    const text = problemsOf({ MONGODB_URI: 'http://user:hunter2@db', ENCRYPTION_KEY: 'hunter2' }).join('\n');
    expect(text).to.contain('MONGODB_URI').and.not.contain('hunter2');
  });

  it('demands a database and a key in production', () => {
    expect(problemsOf({ NODE_ENV: 'production' })[0]).to.match(/^MONGODB_URI is required/);
    expect(problemsOf({ MONGODB_URI: 'mongodb://db/interlock' })[0]).to.match(/^ENCRYPTION_KEY is required/);
    expect(problemsOf({ NODE_ENV: 'production', ALLOW_EMBEDDED_IN_PRODUCTION: 'true' })).to.deep.equal([]);
    expect(
      problemsOf({ NODE_ENV: 'production', MONGODB_URI: 'mongodb://db/interlock', ENCRYPTION_KEY: key }),
    ).to.deep.equal([]);
  });

  it('takes old keys after the new one, and refuses them alone', () => {
    const other = Buffer.alloc(32, 8).toString('base64');
    expect(loadConfig({ ENCRYPTION_KEY: key, ENCRYPTION_KEYS_OLD: other }).encryptionKeys).to.have.length(2);
    expect(problemsOf({ ENCRYPTION_KEYS_OLD: other })[0]).to.match(/^ENCRYPTION_KEYS_OLD/);
  });

  it('takes a mail server and a sender together, and repeats no password', () => {
    const from = 'Example Plumbing <office@example.com>';
    const url = 'smtps://user:secret@mail.example.com';
    expect(loadConfig({}).smtp).to.equal(null);
    expect(loadConfig({ SMTP_URL: url, NOTICE_FROM: from }).smtp).to.deep.equal({ url, from });
    const cases = [
      { SMTP_URL: url },
      { NOTICE_FROM: from },
      { SMTP_URL: 'ftp://secret', NOTICE_FROM: from },
      { SMTP_URL: url, NOTICE_FROM: 'office' },
      { SMTP_URL: url, NOTICE_FROM: 'a@example.com\nBcc: b@example.com' },
    ];
    for (const env of cases)
      expect(() => loadConfig(env))
        .to.throw(/SMTP_URL|NOTICE_FROM/)
        .and.not.match(/secret/);
  });

  it('reads where messages for people go instead, and takes one way only', () => {
    const both = { NOTICE_WEBHOOK_URL: 'https://sms.example.com/in', NOTICE_WEBHOOK_SECRET: `whsec_${'A'.repeat(32)}` };
    expect(loadConfig({}).noticeWebhook).to.equal(null);
    expect(loadConfig(both).noticeWebhook).to.deep.equal({
      ...{ url: both.NOTICE_WEBHOOK_URL, secret: both.NOTICE_WEBHOOK_SECRET },
    });
    for (const env of [
      { NOTICE_WEBHOOK_URL: both.NOTICE_WEBHOOK_URL },
      { ...both, NOTICE_WEBHOOK_URL: 'ftp://sms.example.com' },
      { ...both, NOTICE_WEBHOOK_SECRET: 'secret' },
      { ...both, SMTP_URL: 'smtps://mail.example.com', NOTICE_FROM: 'office@example.com' },
    ]) {
      expect(() => loadConfig(env)).to.throw(/NOTICE_WEBHOOK/);
    }
  });
});
