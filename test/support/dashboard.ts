import type { Browser, Page } from 'playwright-core';
import type { Avopay } from './avopay.ts';
import { expect } from 'vitest';
import { startAvopay } from './avopay.ts';
import { horizontalOverflow, openBrowser, takeShot, visit } from './browser.ts';
import { ensureWebBuilt } from './web-build.ts';

/** Every section in a picture, at every width and in both themes: `LOOKS=all`. */
export const ALL_LOOKS = process.env['LOOKS'] === 'all';
const WIDTHS = ALL_LOOKS ? [320, 390, 768, 1280] : [320, 1280];
/** How long a test of the dashboard may take. */
export const PATIENCE = { timeout: 90_000 };
/** Less than a test has, so that it says which step it waited for. */
const STEP_MS = 30_000;

export type OpenDashboard = {
  readonly browser: Browser;
  readonly avopay: Avopay;
  /** Where browsers find it, as its own settings name it. */
  readonly site: string;
  readonly page: Page;
  /** What the content security policy refused, and uncaught errors; they must stay empty. */
  readonly seen: { readonly violations: readonly string[]; readonly errors: readonly string[] };
  readonly stop: () => Promise<void>;
};

/** A server, and a browser at its `/app`. */
export async function openDashboard(settings: Record<string, string> = {}): Promise<OpenDashboard> {
  await ensureWebBuilt();
  const [browser, avopay] = await Promise.all([openBrowser(), startAvopay(settings)]);
  const site = avopay.url.replace('127.0.0.1', 'localhost');
  const seen = await visit(browser, `${site}/app`, { context: { bypassCSP: false } });
  seen.page.setDefaultTimeout(STEP_MS);
  const stop = async () => {
    await seen.close();
    await Promise.all([browser.close(), avopay.stop()]);
  };
  return { browser, avopay, site, page: seen.page, seen, stop };
}

export async function signInAs(page: Page, { email, password }: { readonly email: string; readonly password: string }): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** The address follows what was touched, but not in the same moment: a dialog says only later that it is closed. */
export async function searchBecomes(page: Page, search: string): Promise<void> {
  await expect.poll(() => new URL(page.url()).search).toBe(search);
}

/** Where the page is too wide; its pictures are called `dashboard-<name>-…`. */
export async function widthFaults(page: Page, name: string): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const overflow = await horizontalOverflow(page);
    if (overflow !== 0) faults.push(`${name} is ${overflow} pixels too wide at ${width}`);
    const narrow = width === 320 ? (['dark'] as const) : (['light'] as const);
    for (const colorScheme of ALL_LOOKS ? (['light', 'dark'] as const) : narrow) {
      await page.emulateMedia({ colorScheme });
      await takeShot(page, `dashboard-${name}-${width}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  }
  return faults;
}
