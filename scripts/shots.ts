import type { BrowserContextOptions } from 'playwright-core';
import type { Picture, Stage } from './shots-table.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { callerOf, openedShop } from './shots-shop.ts';
import { PICTURES } from './shots-table.ts';
import { freePort, spawnAvopay } from './spawn-server.ts';

/** `npm run shots`: AvoPay in its sandbox, looked at in a real browser: writes the pictures that README.md and docs/pages.md show. */
const FOLDER = join(import.meta.dirname, '..', 'docs', 'images');
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Of WebP: text stays sharp, and ten pictures weigh a few hundred kB. */
const QUALITY = 80;
/** What must stand in no picture: keys, secrets of webhooks, folders of this machine. */
const SECRET = /ak_(?:live|test)_\w{8}|whsec_\w{8}|\/(?:home|root|tmp|work|usr|var)\//;

/** Writes one picture. @throws Error when it would show a secret. */
async function take(name: string, picture: Picture, stage: Stage): Promise<void> {
  const { now = '' } = await stage.call('GET', '/sandbox');
  const open = async (look: BrowserContextOptions, path: string) => {
    const page = await (await stage.browser.newContext({ reducedMotion: 'reduce', ...look })).newPage();
    await page.clock.install({ time: now }); // a device whose clock is right, on a server whose days went by faster
    await page.goto(stage.url + path);
    return page;
  };
  const page = await picture(stage, open);
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    scrollTo(0, 0);
  });
  const shown = SECRET.exec(await page.locator('body').innerText());
  if (shown) throw new Error(`the picture ${name} would show ${shown[0]}`);
  const developer = await page.context().newCDPSession(page);
  const { data } = await developer.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY, optimizeForSpeed: false });
  const bytes = Buffer.from(data, 'base64');
  await writeFile(join(FOLDER, `${name}.webp`), bytes);
  console.log(`${name.padEnd(16)} ${Math.ceil(bytes.length / 1024)} kB`);
  await page.context().close();
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'avopay-shots-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const server = await spawnAvopay({ dataDir, port, program: 'dist/main.js', settings: { BILLING: 'off' } });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  try {
    const call = callerOf(url, server.secretKey);
    const { linkId } = await openedShop(call);
    const wanted = process.argv.slice(2);
    for (const [name, picture] of Object.entries(PICTURES)) {
      if (wanted.length === 0 || wanted.includes(name)) await take(name, picture, { browser, url, call, linkId });
    }
  } finally {
    await browser.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

await main();
process.exit();
