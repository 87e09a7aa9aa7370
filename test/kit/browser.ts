/** A real Chromium for tests: Debian's, headless, with nothing but the page under test. */
import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws when there is no browser: a suite that cannot run fails, it is not skipped */
export async function startBrowser(): Promise<Browser> {
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error(`no browser at ${places.join(', ')}; install the package chromium`);
  return chromium.launch({
    executablePath,
    args: [
      ...[
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-component-update',
        '--disable-sync',
      ],
      '--disable-background-networking',
    ],
  });
}

/** Everything that the page complained of, and every address it asked that is not its own. */
export function watch(page: Page, own: string): string[] {
  const seen: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') seen.push(message.text());
  });
  page.on('pageerror', (error) => seen.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith('data:'))
      seen.push(`foreign request ${request.url()}`);
  });
  return seen;
}
