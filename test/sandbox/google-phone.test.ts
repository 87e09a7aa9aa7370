import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { startBrowser, watch } from '../kit/browser.ts';
import { aGoogleScene, ana, type GoogleScene } from '../kit/google-sandbox.ts';

const day = '2027-06-01';
/** Where pictures of the page go, for looking at them. */
const pictures = process.env.PHONE_PICTURES ?? null;

describe('the phone page in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let google: GoogleScene;
  let page: Page;
  let complaints: string[];

  before(async () => {
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    google = await aGoogleScene();
  });
  afterEach(async () => {
    await page?.context().close();
    await google.close();
  });

  async function open(options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({
      // Far from the calendar's zone: the phone shows the calendar's day all the same.
      ...{ timezoneId: 'America/New_York', viewport: { width: 420, height: 900 }, ...options },
    });
    page = await context.newPage();
    complaints = watch(page, google.url);
    await page.goto(`${google.url}/phone?day=${day}`);
    await page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .waitFor();
  }
  const type = (title: string, from = '09:00', to = '10:00', over: Record<string, unknown> = {}) =>
    google.control.phoneCreate({
      ...{ calendarId: ana, title, start: `${day}T${from}:00`, end: `${day}T${to}:00`, ...over },
    });
  const event = (name: RegExp): Locator => page.getByRole('list', { name: 'Events' }).getByRole('button', { name });
  const started = async (eventId: string) =>
    (await google.api.events.get({ calendarId: ana, eventId })).data.start?.dateTime;
  const picture = async (name: string): Promise<void> => {
    if (pictures !== null) await page.screenshot({ path: `${pictures}/${name}.png` });
  };

  it("shows the day in the calendar's zone and follows changes without a reload", async () => {
    const job = type('Boiler service');
    google.control.phoneCreate({ calendarId: ana, title: 'Holiday', start: day, end: '2027-06-02' });
    await open();
    await event(/09:00–10:00 Boiler service/).waitFor();
    await page.getByRole('list', { name: 'Whole days' }).getByRole('button', { name: 'Holiday' }).waitFor();
    const requestBody = { summary: 'Boiler service, 2nd floor' };
    await google.api.events.patch({ calendarId: ana, eventId: job.id, requestBody });
    await event(/2nd floor/).waitFor();
    await google.api.events.delete({ calendarId: ana, eventId: job.id });
    await event(/2nd floor/).waitFor({ state: 'detached' });
    expect(complaints).to.deep.equal([]);
  });

  it('adds what is typed, with its times, and a whole day where none are given', async () => {
    await open();
    const line = page.getByRole('textbox', { name: /^New event/ });
    await line.fill('Dentist 14:00-15:30');
    await line.press('Enter');
    await event(/14:00–15:30 Dentist/).waitFor();
    await line.fill('Training');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('list', { name: 'Whole days' }).getByRole('button', { name: 'Training' }).waitFor();
    const { data } = await google.api.events.list({ calendarId: ana });
    expect(data.items?.map((e) => e.start?.dateTime ?? e.start?.date)).to.deep.equal([`${day}T14:00:00+02:00`, day]);
  });

  it('moves an event by dragging it', async () => {
    const job = type('Boiler service');
    await open();
    const bar = event(/Boiler service/);
    await bar.scrollIntoViewIfNeeded();
    const box = (await bar.boundingBox())!;
    const hour = (await page.locator('#hours li').first().boundingBox())!.height;
    await page.mouse.move(box.x + 20, box.y + 5);
    await page.mouse.down();
    await page.mouse.move(box.x + 20, box.y + 5 + hour * 2, { steps: 5 });
    await picture('dragging');
    await page.mouse.up();
    await event(/11:00–12:00 Boiler service/).waitFor();
    expect(await started(job.id)).to.equal(`${day}T11:00:00+02:00`);
    expect(await page.getByRole('dialog').count()).to.equal(0);
  });

  it('moves and deletes by keyboard, and keeps the place', async () => {
    const job = type('Boiler service');
    await open();
    await event(/Boiler service/).focus();
    await page.keyboard.press('ArrowDown');
    await event(/09:15–10:15/).waitFor();
    await page.keyboard.press('ArrowUp');
    await event(/09:00–10:00/).waitFor();
    await page.keyboard.press('Delete');
    await event(/Boiler service/).waitFor({ state: 'detached' });
    const { data } = await google.api.events.get({ calendarId: ana, eventId: job.id });
    expect(data.status).to.equal('cancelled');
  });

  it('renames and retimes in the dialog, saved by Enter', async () => {
    const job = type('Boiler service');
    await open();
    await event(/Boiler service/).press('Enter');
    await page.getByLabel('Title').fill('Pump');
    await page.getByLabel('To').fill('11:45');
    await page.getByLabel('Title').press('Enter');
    await event(/09:00–11:45 Pump/).waitFor();
    expect(await started(job.id)).to.equal(`${day}T09:00:00+02:00`);
  });

  it('changes one occurrence, this and following, or the whole series', async () => {
    type('Round', '09:00', '10:00', { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] });
    await open();
    const edit = async (scope: string, from: string, to: string): Promise<void> => {
      await event(/Round/).click();
      await page.getByLabel(scope).check();
      await page.getByLabel('From').fill(from);
      await page.getByLabel('To', { exact: true }).fill(to);
      await page.getByRole('button', { name: 'Save' }).click();
      await event(new RegExp(`${from}–${to} Round`)).waitFor();
    };
    const starts = async () => {
      const { data } = await google.api.events.list({ calendarId: ana, singleEvents: true, orderBy: 'startTime' });
      return data.items?.map((e) => e.start?.dateTime?.slice(5, 16));
    };
    await edit('The whole series', '08:00', '09:00');
    expect(await starts()).to.deep.equal(['06-01T08:00', '06-02T08:00', '06-03T08:00', '06-04T08:00']);
    await edit('Only this one', '07:00', '08:00');
    await page.getByRole('button', { name: 'Day after' }).click();
    await page.getByRole('button', { name: 'Day after' }).click();
    await event(/08:00–09:00 Round/).waitFor();
    await edit('This and following', '12:00', '13:00');
    expect(await starts()).to.deep.equal(['06-01T07:00', '06-02T08:00', '06-03T12:00', '06-04T12:00']);
  });

  it('ends a series from an occurrence on', async () => {
    type('Round', '09:00', '10:00', { recurrence: ['RRULE:FREQ=DAILY;COUNT=4'] });
    await open();
    await page.getByRole('button', { name: 'Day after' }).click();
    await page.getByLabel('Day shown').waitFor();
    await event(/Round/).click();
    await page.getByLabel('This and following').check();
    await page.getByRole('button', { name: 'Delete' }).click();
    await event(/Round/).waitFor({ state: 'detached' });
    const { data } = await google.api.events.list({ calendarId: ana, singleEvents: true });
    expect(data.items).to.have.length(1);
  });

  it('answers an invitation', async () => {
    const asked = type('Fair', '16:00', '17:00', { organizer: 'boss@example.com' });
    await open();
    await event(/Fair \(invited\)/).click();
    await page.getByRole('button', { name: 'Decline' }).click();
    await event(/^16:00–17:00 Fair$/).waitFor();
    const { data } = await google.api.events.get({ calendarId: ana, eventId: asked.id });
    expect(data.attendees?.find((row) => row.self)?.responseStatus).to.equal('declined');
  });

  it('goes to another calendar of another person', async () => {
    google.control.account({ email: 'ben@example.com', name: 'Ben', timeZone: 'Europe/London' });
    google.control.phoneCreate({
      calendarId: 'ben@example.com',
      title: 'Van',
      start: `${day}T07:00:00`,
      end: `${day}T08:00:00`,
    });
    await open();
    await page.getByLabel('Calendar').selectOption({ label: 'Ben' });
    await event(/07:00–08:00 Van/).waitFor();
  });

  it('says what cannot be done', async () => {
    type('Boiler service');
    await open();
    await event(/Boiler service/).press('Enter');
    await page.getByLabel('From').fill('10:00');
    await page.getByLabel('To', { exact: true }).fill('10:00');
    const id = google.control.events({ calendarId: ana }).events[0]!.id;
    google.control.phoneDelete({ calendarId: ana, eventId: String(id) });
    google.control.forgetDeleted({ calendarId: ana });
    await page.getByRole('button', { name: 'Save' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /there is no event/ })
      .waitFor();
  });

  it('reads well in the dark and on a small phone', async () => {
    type('Boiler service');
    type('Overlapping visit with a long title that has no room', '09:30', '11:00');
    await open({ colorScheme: 'dark', viewport: { width: 340, height: 700 } });
    await event(/Overlapping/).waitFor();
    await picture('dark');
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(340);
    expect(complaints).to.deep.equal([]);
  });

  it('asks for consent on a page that a person can read', async () => {
    google.control.account({ email: 'ben@example.com', name: 'Ben' });
    const query = new URLSearchParams({
      ...{ client_id: 'sandbox-client', redirect_uri: `${google.url}/phone`, response_type: 'code', state: 'st' },
      ...{ scope: 'https://www.googleapis.com/auth/calendar.events openid', access_type: 'offline' },
    });
    await open();
    await page.goto(`${google.url}/o/oauth2/v2/auth?${query}`);
    await picture('consent');
    await page.getByRole('radio', { name: /^Ben/ }).check();
    await page.getByLabel('openid').uncheck();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(/\/phone\?/);
    const back = new URL(page.url()).searchParams;
    expect(back.get('state')).to.equal('st');
    expect(back.get('scope')).to.equal('calendar.events');
    const form = new URLSearchParams({
      ...{ grant_type: 'authorization_code', code: back.get('code')!, redirect_uri: `${google.url}/phone` },
      ...{ client_id: 'sandbox-client', client_secret: 'sandbox-secret' },
    });
    const answer = JSON.parse(await (await fetch(`${google.url}/token`, { method: 'POST', body: form })).text());
    const headers = { authorization: `Bearer ${answer.access_token}` };
    const list = await fetch(`${google.url}/calendar/v3/calendars/primary/events`, { headers });
    expect(JSON.parse(await list.text()).summary).to.equal('ben@example.com');
  });
});
