import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Api } from '../kit/api.ts';
import { aBooking, anApi } from '../kit/api.ts';
import { startBrowser, watch } from '../kit/browser.ts';

const pageDir = fileURLToPath(new URL('../../src/dashboard', import.meta.url));
/** Where pictures of the page go, for looking at them: `BOARD_PICTURES=folder npm test -- test/browser/board.test.ts`. */
const pictures = process.env.BOARD_PICTURES ?? null;

describe('the board in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let api: Api;
  let page: Page;
  let complaints: string[];
  let ana: string;

  before(async () => {
    browser = await startBrowser();
  });
  after(async () => {
    await browser?.close();
  });
  beforeEach(async () => {
    api = await anApi({ pageDir });
    ana = await resource('Ana');
  });
  afterEach(async () => {
    await page?.context().close();
    await api.close();
  });

  async function resource(name: string): Promise<string> {
    const workingHours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '17:00' }];
    const made = await api.ask('POST', '/v1/resources', {
      kind: 'technician',
      name,
      timeZone: 'Europe/Berlin',
      workingHours,
    });
    expect(made.status).to.equal(201);
    return made.body.id;
  }

  /** The browser's own clock stands on the day of the tests' clock. */
  async function open(options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({
      timezoneId: 'Europe/Berlin',
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    page = await context.newPage();
    complaints = watch(page, api.url);
    await page.clock.setFixedTime(new Date('2027-06-01T08:00:00Z'));
    await page.goto(`${api.url}/`);
  }
  async function enter(key: string): Promise<void> {
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.keyboard.press('Enter');
  }
  async function picture(name: string): Promise<void> {
    if (pictures !== null) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }
  const book = async (over: Record<string, unknown> = {}) => {
    const made = await api.ask('POST', '/v1/bookings', aBooking(ana, over));
    expect(made.status, made.text).to.equal(201);
    return made.body;
  };
  const live = () =>
    page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .waitFor();

  it('asks for the key once, says so when it is wrong, and keeps it over a reload', async () => {
    await open();
    await page.getByRole('dialog', { name: 'API key' }).waitFor();
    await enter('not-a-known-key');
    await page.getByText('This key is not known here.').waitFor();
    await enter(api.key);
    await live();
    await page.getByRole('heading', { name: 'Ana' }).waitFor();
    await page.reload();
    await live();
    expect(await page.getByRole('dialog').count()).to.equal(0);
  });

  it('shows working time, bookings, busy spans and holds of the day, and tells a booking in full', async () => {
    await book({ title: 'Boiler service', start: '2027-06-01T08:00:00Z', end: '2027-06-01T09:30:00Z' });
    const hold = { resourceIds: [ana], start: '2027-06-01T12:00:00Z', end: '2027-06-01T13:00:00Z', expiresIn: 'PT5M' };
    expect((await api.ask('POST', '/v1/holds', hold)).status).to.equal(201);
    await resource('Ben');
    await open();
    await enter(api.key);
    await live();
    const row = page.getByRole('list', { name: 'Ana, 2027-06-01' });
    await row.getByRole('button', { name: /^Booking: 10:00.11:30 Boiler service/ }).waitFor();
    await row.getByRole('button', { name: /^Held: 14:00.15:00/ }).waitFor();
    expect(await row.getByText('working 08:00 to 17:00').count()).to.equal(1);
    await picture('day');
    await row.getByRole('button', { name: /Boiler service/ }).press('Enter');
    await page.getByRole('dialog', { name: 'Details' }).getByText('Boiler service').waitFor();
    await page.keyboard.press('Escape');
    expect(complaints).to.deep.equal([]);
  });

  it('moves a bar without a reload when a booking moves elsewhere, and removes it when it is cancelled', async () => {
    await open();
    await enter(api.key);
    await live();
    const made = await book({ title: 'Pipe repair', start: '2027-06-01T08:00:00Z', end: '2027-06-01T09:00:00Z' });
    const bar = page.getByRole('button', { name: /Pipe repair/ });
    await bar.filter({ hasText: /10:00.11:00/ }).waitFor();
    const change = { start: '2027-06-01T11:00:00Z', end: '2027-06-01T12:00:00Z' };
    expect((await api.ask('PATCH', `/v1/bookings/${made.id}`, change)).status).to.equal(200);
    await bar.filter({ hasText: /13:00.14:00/ }).waitFor();
    expect((await api.ask('POST', `/v1/bookings/${made.id}/cancel`)).status).to.equal(200);
    await bar.waitFor({ state: 'detached' });
  });

  it('goes to other days by keyboard and by date', async () => {
    await book({ title: 'Tomorrow', start: '2027-06-02T08:00:00Z', end: '2027-06-02T09:00:00Z' });
    await open();
    await enter(api.key);
    await live();
    await page.getByRole('button', { name: 'Day after' }).press('Enter');
    await page.getByRole('button', { name: /Tomorrow/ }).waitFor();
    await page.getByLabel('Day shown').fill('2027-06-01');
    await page.getByRole('button', { name: /Tomorrow/ }).waitFor({ state: 'detached' });
  });

  it('says that there is nothing yet instead of showing an empty page', async () => {
    const key = await api.keyWith();
    await open();
    await enter(key);
    await page.getByText('No resources yet.').waitFor();
    await page.getByText('No calendar is attached yet.').waitFor();
  });

  it('reads well in the dark and on a phone', async () => {
    await book({ title: 'Boiler service', start: '2027-06-01T08:00:00Z', end: '2027-06-01T09:30:00Z' });
    await open({ colorScheme: 'dark', viewport: { width: 390, height: 800 } });
    await enter(api.key);
    await live();
    const bar = page.getByRole('button', { name: /Boiler service/ });
    await bar.waitFor();
    await picture('phone-dark');
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).to.be.at.most(390);
    expect(complaints).to.deep.equal([]);
  });
});
