import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import jsqr from 'jsqr';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';

/** Debian's browser; `CHROMIUM` names another one. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const SHOTS = join(import.meta.dirname, '..', 'browser', 'shots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Why browser tests cannot run here, or null. With CI=true a missing browser is a failure, not a reason. */
export function browserMissing(): string | null {
  if (existsSync(CHROMIUM)) return null;
  const reason = `browser tests skipped: ${CHROMIUM} is missing (apt-get install chromium)`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  console.warn(reason);
  return reason;
}

/** The caller closes it. Chromium's own sandbox does not work for root. */
export function openBrowser(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

export type Visit = {
  readonly page: Page;
  /** What the content security policy refused so far; it must stay empty. */
  readonly violations: readonly string[];
  /** Uncaught errors of the page's own scripts. */
  readonly errors: readonly string[];
  readonly close: () => Promise<void>;
};
export type VisitOptions = {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly javaScript?: boolean;
  readonly touch?: boolean;
  readonly context?: BrowserContextOptions;
  /** Runs before the page is opened. */
  readonly before?: (page: Page) => Promise<unknown>;
};

/** Opens `url` in a context of its own and listens for everything that the policy refuses. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1280, height = 800, dark = false, javaScript = true, touch = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
    hasTouch: touch,
    isMobile: touch,
    ...options.context,
  });
  const page = await context.newPage();
  const violations: string[] = [];
  const errors: string[] = [];
  page.on('console', (message) => {
    if (/content security policy|refused to|trusted type/i.test(message.text())) violations.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await options.before?.(page);
  await page.goto(url);
  return { page, violations, errors, close: () => context.close() };
}

/** Reads a QR code as a camera would: from the pixels on the screen. Null when there is none to read. */
export async function qrTextFromScreenshot(page: Page, locator: Locator): Promise<string | null> {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  if (!box) return null;
  return qrText(PNG.sync.read(await page.screenshot({ clip: box })));
}

/** What a picture's code says; null when none is seen. */
export function qrText({ data, width, height }: PNG): string | null {
  return jsqr.default(new Uint8ClampedArray(data), width, height)?.data ?? null;
}

/** Accessibility faults by the rules of axe, as readable lines. */
export async function axeFaults(page: Page, options: { readonly javaScript?: boolean } = {}): Promise<readonly string[]> {
  await page.evaluate(AXE);
  if (options.javaScript === false) await page.evaluate(timersAtOnce);
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe; // put there by the script above
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`));
  });
}

/** Where scripts are off no timer ever fires, and axe waits for its own between two steps: they come at once, its deadlines never. */
function timersAtOnce(): void {
  const soon = (work: () => void, delayMs = 0) => {
    if (delayMs <= 100) void Promise.resolve().then(work); // queueMicrotask is off too
    return 0;
  };
  Object.assign(globalThis, { setTimeout: soon });
}
type AxeResults = { readonly violations: readonly { id: string; nodes: readonly { html: string; failureSummary?: string }[] }[] };

/** By how many CSS pixels the page is wider than its window; 0 is right. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** A picture for people, in `test/browser/shots/` (not kept by git). */
export async function takeShot(page: Page, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
