/** Notices by a program of the business, which verifies what it gets as any receiver of Standard Webhooks does. */
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { networkGuard } from '../../src/net/guard.ts';
import { makePoster, type Poster } from '../../src/net/post.ts';
import { noticeTransport } from '../../src/notify/notice-transport.ts';
import type { Transport } from '../../src/notify/notices.ts';
import { runningClock } from '../kit/api.ts';
import { aReceiver, type Receiver, withStatus } from '../kit/receiver.ts';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const message = { subject: 'Bestätigt: Boiler', text: 'Ihr Termin ist bestätigt.', language: 'de' };

describe('the transport of notices to a program', () => {
  let receiver: Receiver;
  let poster: Poster;
  const clock = { ...runningClock(), now: () => Date.now() as ReturnType<ReturnType<typeof runningClock>['now']> };
  const transport = (allowPrivateHosts = true): Transport => {
    poster = makePoster({ guard: networkGuard({ allowPrivateHosts }), clock, timeoutMs: 5_000 });
    return noticeTransport({ smtp: null, noticeWebhook: { url: receiver.url, secret } }, { poster, clock })!;
  };
  beforeEach(async () => {
    receiver = await aReceiver();
  });
  afterEach(async () => {
    await poster.close();
    await receiver.close();
  });

  it('signs each message, under the same id however often it is tried', async () => {
    const out = transport();
    for (let i = 0; i < 2; i += 1) {
      expect(await out.send('ntc_1', 'kim@example.com', message)).to.deep.equal({ kind: 'sent' });
    }
    expect(receiver.got.map(({ id }) => id)).to.deep.equal(['ntc_1', 'ntc_1']);
    const { headers, body } = receiver.got[0]!;
    expect(new Webhook(secret).verify(body, headers)).to.deep.include({
      ...{ type: 'notice', data: { id: 'ntc_1', address: 'kim@example.com', ...message } },
    });
  });

  it('tells a refusal for ever from one for now', async () => {
    const out = transport();
    for (const [status, kind] of [
      [422, 'refused'],
      [410, 'refused'],
      [429, 'failed'],
      [503, 'failed'],
      [302, 'failed'],
    ] as const) {
      receiver.answer(withStatus(status));
      expect((await out.send('ntc_1', 'kim@example.com', message)).kind).to.equal(kind);
    }
  });

  it('tries again later where nobody answers, and leads into no private network', async () => {
    const guarded = await transport(false).send('ntc_1', 'kim@example.com', message);
    expect(guarded.kind).to.equal('failed');
    expect(receiver.got).to.have.length(0);
    await receiver.close();
    const out = transport();
    expect(await out.send('ntc_1', 'kim@example.com', message)).to.deep.equal({
      ...{ kind: 'failed', why: 'the receiver of notices: the connection was refused' },
    });
    receiver = await aReceiver();
  });

  it('is none where nothing is configured', async () => {
    transport();
    expect(noticeTransport({ smtp: null, noticeWebhook: null }, { poster, clock })).to.equal(null);
  });
});
