import { expect } from 'chai';
import { eventually } from '../kit/eventually.ts';
import { anOutlookHook, type OutlookHook } from '../kit/outlook-hook.ts';
import { ana, anEvent, anOutlookScene, idWish, type OutlookScene, refusalOf } from '../kit/outlook-sandbox.ts';

const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();

describe('notifications of the Outlook simulator', () => {
  let outlook: OutlookScene;
  let hook: OutlookHook;
  beforeEach(async () => {
    outlook = await anOutlookScene();
    hook = await anOutlookHook();
  });
  afterEach(async () => {
    await outlook.close();
    await hook.close();
  });
  const wish = (over: object = {}) => ({
    ...{ changeType: 'created,updated,deleted', notificationUrl: hook.url, lifecycleNotificationUrl: hook.url },
    ...{ resource: `/me/calendars/${outlook.calendarId}/events`, expirationDateTime: minutes(600), clientState: 'c 1' },
    ...over,
  });
  const subscribe = (over: object = {}) => outlook.graph.post('/subscriptions', wish(over), { prefer: idWish });
  const type = (title: string) =>
    outlook.control.phoneCreate({
      calendarId: outlook.calendarId,
      title,
      start: '2027-06-01T10:00:00',
      end: '2027-06-01T11:00:00',
    });
  const notes = () => hook.got.flatMap(({ value }) => value);

  it('proves both addresses while the subscription is made, and keeps their query', async () => {
    const made = await subscribe();
    expect(made.id).to.be.a('string');
    expect(hook.handshakes).to.have.length(2);
    expect(outlook.control.subscriptions().subscriptions).to.have.length(1);
  });

  it('makes none when the echo is not to the letter, no plain text, or no 200', async () => {
    for (const echo of [
      (text: string) => ({ status: 200, type: 'text/plain', text: JSON.stringify(text) }),
      (text: string) => ({ status: 200, type: 'text/plain', text: encodeURIComponent(text) }),
      (text: string) => ({ status: 200, type: 'application/json', text }),
      (text: string) => ({ status: 202, type: 'text/plain', text }),
    ]) {
      hook.echo = echo;
      expect(await refusalOf(subscribe())).to.include({ status: 400, code: 'ValidationError' });
    }
    expect(outlook.control.subscriptions().subscriptions).to.deep.equal([]);
  });

  it('tells a new event twice, an edit and a deletion once, with the state and the immutable id', async () => {
    const made = await subscribe();
    const { id } = type('Dentist');
    outlook.control.phoneDelete({ calendarId: outlook.calendarId, eventId: id });
    await outlook.pushesSettled();
    expect(notes().map(({ changeType }) => changeType)).to.have.members(['created', 'updated', 'deleted']);
    expect(notes()[0]).to.deep.include({ subscriptionId: made.id, clientState: 'c 1' });
    expect(notes()[0].resourceData.id).to.equal(id);
  });

  it('caps the life, raises it to 45 minutes, and refuses a past end', async () => {
    expect(await refusalOf(subscribe({ expirationDateTime: minutes(10_100) }))).to.include({ status: 400 });
    expect(await refusalOf(subscribe({ expirationDateTime: minutes(-1) }))).to.include({ status: 400 });
    const short = await subscribe({ expirationDateTime: minutes(5) });
    expect(Date.parse(short.expirationDateTime) - Date.now()).to.be.greaterThan(44 * 60_000);
  });

  it('refuses a second one to the same, and lists, renews and ends the first', async () => {
    const made = await subscribe();
    const twin = await refusalOf(subscribe());
    expect(twin.status).to.equal(409);
    expect(twin.message).to.contain(made.id);
    const { value } = await outlook.graph.get('/subscriptions');
    expect(value.map(({ id }: { id: string }) => id)).to.deep.equal([made.id]);
    const longer = await outlook.graph.patch(`/subscriptions/${made.id}`, { expirationDateTime: minutes(9000) });
    expect(Date.parse(longer.expirationDateTime)).to.be.greaterThan(Date.parse(made.expirationDateTime));
    await outlook.graph.delete(`/subscriptions/${made.id}`);
    expect((await refusalOf(outlook.graph.delete(`/subscriptions/${made.id}`))).status).to.equal(404);
  });

  it('ends in silence when its time is over', async () => {
    const made = await subscribe({ expirationDateTime: minutes(60) });
    outlook.control.clock({ advanceSeconds: 3700 });
    outlook.control.accessLife({ seconds: 3599 });
    const later = outlook.as(ana);
    expect((await refusalOf(later.get(`/subscriptions/${made.id}`))).status).to.equal(404);
    type('Unheard');
    await outlook.pushesSettled();
    expect(notes()).to.deep.equal([]);
  });

  it('sends lifecycle notifications, pauses until it is reauthorised, and then tells what it owes', async () => {
    const made = await subscribe();
    outlook.control.pushes({ fanOut: false });
    outlook.control.lifecycle({ event: 'reauthorizationRequired' });
    type('Meanwhile');
    await outlook.pushesSettled();
    expect(notes().map(({ lifecycleEvent }) => lifecycleEvent)).to.deep.equal(['reauthorizationRequired']);
    await outlook.graph.post(`/subscriptions/${made.id}/reauthorize`, {});
    await outlook.pushesSettled();
    expect(notes().at(-1).changeType).to.equal('created');
    outlook.control.lifecycle({ event: 'missed' });
    outlook.control.lifecycle({ event: 'subscriptionRemoved' });
    await outlook.pushesSettled();
    expect(
      notes()
        .slice(-2)
        .map(({ lifecycleEvent }) => lifecycleEvent),
    ).to.have.members(['missed', 'subscriptionRemoved']);
    expect(outlook.control.subscriptions().subscriptions).to.deep.equal([]);
  });

  it('gathers notifications of several subscriptions into one request', async () => {
    await subscribe();
    await subscribe({ changeType: 'created', clientState: 'c 2' });
    outlook.control.pushes({ batchMs: 20, fanOut: false });
    type('One');
    await eventually(async () => hook.got.length > 0, 5_000, 5);
    expect(hook.got[0].value.map(({ clientState }: { clientState: string }) => clientState)).to.deep.equal([
      'c 1',
      'c 2',
    ]);
  });

  it('hears of the default calendar alone under the name of the mailbox', async () => {
    await subscribe({ resource: '/me/events' });
    const { calendarId } = outlook.control.calendar({ owner: ana, name: 'Van' });
    outlook.control.phoneCreate({
      calendarId,
      title: 'Unheard',
      start: '2027-06-01T10:00:00',
      end: '2027-06-01T11:00:00',
    });
    await outlook.pushesSettled();
    expect(notes()).to.deep.equal([]);
    await outlook.graph.post('/me/events', anEvent('Heard', '12:00', '13:00'));
    await outlook.pushesSettled();
    expect(notes()).to.have.length(2);
  });

  it('refuses calendars that others shared, single events, and mailboxes that can have none', async () => {
    outlook.control.account({ email: 'ben@example.com' });
    outlook.control.share({ calendarId: outlook.calendarId, account: 'ben@example.com', role: 'writer' });
    expect((await refusalOf(outlook.as('ben@example.com').post('/subscriptions', wish()))).status).to.equal(403);
    expect((await refusalOf(subscribe({ resource: '/me/events/AAMk=' }))).status).to.equal(400);
    outlook.control.pushes({ refuse: true });
    expect(await refusalOf(subscribe())).to.include({ status: 503, code: 'ExtensionError' });
  });

  it('tries again after every answer but success', async () => {
    await subscribe();
    outlook.control.pushes({ fanOut: false, retryMs: 5 });
    hook.status = 400;
    type('Stubborn');
    await eventually(async () => hook.got.length >= 2, 5_000, 5);
    hook.status = 202;
    await outlook.pushesSettled();
    expect(outlook.control.deliveries().deliveries.at(-1)).to.include({ outcome: 'delivered', status: 202 });
  });
});
