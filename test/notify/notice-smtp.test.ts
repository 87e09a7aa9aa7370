/** Notices by SMTP, against a real server of that protocol. */
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { SMTPServer } from 'smtp-server';
import { smtpTransport } from '../../src/notify/notice-smtp.ts';

const message = { subject: 'Bestätigt: Boiler', text: 'Ihr Termin ist bestätigt.\n.\nEnde\n', language: 'de' };

describe('the mail transport', () => {
  let server: SMTPServer;
  let answer: Error | null;
  const mails: { to: string[]; raw: string }[] = [];
  const refusal = (code: number) => Object.assign(new Error('kim@example.com is not liked'), { responseCode: code });
  const transport = () => {
    const { port } = server.server.address() as AddressInfo;
    return smtpTransport({ url: `smtp://127.0.0.1:${port}`, from: 'Example Plumbing <office@example.com>' });
  };
  beforeEach(async () => {
    answer = null;
    mails.length = 0;
    server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: (_address, _session, callback) => callback(answer),
      onData(stream, session, callback) {
        let raw = '';
        stream.on('data', (chunk: Buffer) => {
          raw += chunk.toString();
        });
        stream.on('end', () => {
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw });
          callback();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it('delivers to one address, with the same Message-ID however often it is tried', async () => {
    const mail = transport();
    for (let i = 0; i < 2; i += 1) {
      expect(await mail.send('ntc_1', 'kim@example.com', message)).to.deep.equal({ kind: 'sent' });
    }
    mail.close();
    expect(mails.map(({ to }) => to)).to.deep.equal([['kim@example.com'], ['kim@example.com']]);
    for (const { raw } of mails) {
      expect(raw).to.include('Message-ID: <ntc_1@example.com>').and.include('Auto-Submitted: auto-generated');
      expect(raw)
        .to.match(/^From: Example Plumbing <office@example\.com>/m)
        .and.to.include('Content-Language: de');
    }
  });

  it('tells a refusal for ever from one for now, without the server’s words', async () => {
    const mail = transport();
    answer = refusal(550);
    const refused = await mail.send('ntc_1', 'kim@example.com', message);
    expect(refused).to.deep.equal({ kind: 'refused', why: 'the mail server refused it (550)' });
    answer = refusal(451);
    const failed = await mail.send('ntc_1', 'kim@example.com', message);
    expect(failed).to.deep.equal({ kind: 'failed', why: 'the mail server said 451' });
    mail.close();
  });

  it('tells that nobody answers', async () => {
    const mail = smtpTransport({ url: 'smtp://127.0.0.1:1', from: 'office@example.com' });
    const failed = await mail.send('ntc_1', 'kim@example.com', message);
    expect(failed).to.deep.equal({ kind: 'failed', why: 'the mail server could not be reached' });
    mail.close();
  });
});
