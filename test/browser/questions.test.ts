/** Deciding on the board: open conflicts and held mass changes, by mouse, by keyboard and for a screen reader. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Api } from '../kit/api.ts';
import { anApi } from '../kit/api.ts';
import { startBrowser, watch } from '../kit/browser.ts';
import { aFrontDesk, type DeskCalendar, dentist, type FrontDesk, hours, restHours } from '../kit/front-desk.ts';

const pageDir = fileURLToPath(new URL('../../src/dashboard', import.meta.url));
const pictures = process.env.BOARD_PICTURES ?? null;

describe('what waits for a person on the board', function () {
  this.timeout(60_000);
  let browser: Browser;
  let api: Api;
  let desk: FrontDesk;
  let page: Page;
  let work: DeskCalendar;
  let complaints: string[];
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    api = await anApi({ pageDir });
    desk = await aFrontDesk(api);
    work = await desk.attach('Work', { policy: { authority: { when: 'ask' } } });
  });
  afterEach(async () => {
    await page?.context().close();
    await api.close();
  });

  async function open(options: BrowserContextOptions = {}): Promise<void> {
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ timezoneId: 'Europe/Berlin', viewport, ...options });
    page = await context.newPage();
    complaints = watch(page, api.url);
    await page.clock.setFixedTime(new Date('2027-06-02T08:00:00Z'));
    await page.goto(`${api.url}/`);
    await page.getByLabel('Key', { exact: true }).fill(api.key);
    await page.keyboard.press('Enter');
    await page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .waitFor();
  }
  const picture = async (name: string) => {
    if (pictures !== null) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  };
  const booking = async (id: string) => (await api.ask('GET', `/v1/bookings/${id}`)).body;
  const aClash = async () => {
    const { id } = await desk.book();
    work.owner.edit(desk.copy(work).id, hours(14, 15));
    await api.ask('PATCH', `/v1/bookings/${id}`, restHours(12, 13));
    await desk.quiet();
    return id as string;
  };
  const conflicts = () => page.getByRole('region', { name: 'Open conflicts' });

  it('is told with both values and decided by keyboard; the question goes and the board follows', async () => {
    const id = await aClash();
    await open();
    const question = conflicts().getByRole('group', { name: /The time was changed here to .* 12:00 .* 14:00/ });
    await question.waitFor();
    await picture('conflict');
    const take = question.getByRole('button', { name: 'Take theirs' });
    await take.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Decided: Take theirs.' }).waitFor();
    await conflicts().waitFor({ state: 'hidden' });
    expect(await booking(id)).to.include(restHours(14, 15));
    await page.getByRole('button', { name: /Booking: 14:00.15:00/ }).waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('is asked twice before a booking is cancelled, and Escape leaves it', async () => {
    const { id } = await desk.book();
    work.owner.remove(desk.copy(work).id);
    await desk.quiet();
    await open();
    const cancel = conflicts().getByRole('button', { name: 'Cancel the booking' });
    await cancel.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Cancel the booking?' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect((await booking(id)).status).to.equal('confirmed');
    await cancel.click();
    await dialog.getByRole('button', { name: 'Cancel the booking' }).click();
    await conflicts().waitFor({ state: 'hidden' });
    expect((await booking(id)).status).to.equal('cancelled');
  });

  it('moves a booking that overlaps an appointment to a free time', async () => {
    const { id } = await desk.book();
    work.owner.create(dentist(10, 12));
    await desk.quiet();
    await open();
    await conflicts().getByRole('button', { name: 'Move the booking' }).click();
    const dialog = page.getByRole('dialog', { name: 'Move the booking' });
    const first = dialog.getByRole('radio').first();
    await first.waitFor();
    await picture('move');
    const start = await first.inputValue();
    await dialog.getByRole('button', { name: 'Move it there' }).click();
    await conflicts().waitFor({ state: 'hidden' });
    expect((await booking(id)).start).to.equal(start);
  });

  it('says so when the values changed under the eyes of the person, and decides nothing', async () => {
    const id = await aClash();
    await open();
    await conflicts().getByRole('button', { name: 'Take theirs' }).waitFor();
    work.owner.edit(desk.copy(work).id, hours(16, 17));
    await desk.quiet();
    await conflicts().getByRole('button', { name: 'Take theirs' }).click();
    await page.getByRole('alert').filter({ hasText: 'It was changed meanwhile.' }).waitFor();
    await conflicts().getByText(/16:00/).waitFor();
    expect(await booking(id)).to.include(restHours(12, 13));
    await conflicts().getByRole('button', { name: 'Take theirs' }).click();
    await conflicts().waitFor({ state: 'hidden' });
    expect(await booking(id)).to.include(restHours(16, 17));
  });

  it('shows a held mass change with what would happen, and lets it happen when it is approved', async () => {
    const ids = Array.from({ length: 25 }, () => work.owner.create(dentist(10, 11)));
    await desk.quiet();
    for (const id of ids) work.owner.remove(id);
    await api.ask('POST', `/v1/calendars/${work.id}/sync?wait=10`);
    await open({ viewport: { width: 390, height: 800 } });
    const held = page.getByRole('region', { name: 'Held back until you approve' });
    await held.getByRole('group', { name: /Work\. The calendar would remove 25 of 25/ }).waitFor();
    await held.getByText('What would happen').click();
    expect(await held.getByText('would be removed').count()).to.equal(20);
    await held.getByText('and 5 more').waitFor();
    await picture('alarm');
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(390);
    await held.getByRole('button', { name: 'Approve for Work' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve for Work' }).click();
    await held.waitFor({ state: 'hidden' });
    expect((await api.ask('GET', `/v1/calendars/${work.id}`)).body.sync).to.include({ alarm: null, state: 'polling' });
    expect(complaints).to.deep.equal([]);
  });
});
