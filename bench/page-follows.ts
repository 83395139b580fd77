import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { freePort, spawnAvopay } from '../scripts/spawn-server.ts';
import { median } from './rounds.ts';

/** `npm run bench:page`: the time from the paid event on a socket to "Payment received" on the screen of a real browser; each and the median. */
const PAYMENTS = 10;

/** The moment of the next picture after the words stand in the page, by the clock of the machine: asking from outside would add the pauses between two looks. */
function noteShown(): void {
  const clock = () => performance.timeOrigin + performance.now();
  new MutationObserver((_changes, observer) => {
    if (!document.body?.innerText.includes('Payment received')) return;
    observer.disconnect();
    requestAnimationFrame(() => Object.assign(globalThis, { shownAtMs: clock() }));
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

const clock = () => performance.timeOrigin + performance.now();

type Reply = { readonly [name: string]: string };

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'avopay-bench-'));
  const port = await freePort();
  const server = await spawnAvopay({ dataDir, port, program: 'dist/main.js' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, lazy: false });
  const call = async (path: string, body: object): Promise<Reply> => {
    const headers = { authorization: `Bearer ${server.secretKey}`, 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Reply; // read field by field below
  };
  const lateMs: number[] = [];
  const heardMs: number[] = [];
  try {
    const page = await browser.newPage();
    await page.addInitScript(noteShown);
    let heardAtMs = 0;
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"PAID"')) heardAtMs = clock();
      }),
    );
    for (let i = 0; i < PAYMENTS; i++) {
      const { payment_id: id } = await call('/api/v1/payments', { amount: 10 + i, currency: 'EUR' });
      await page.goto(`http://127.0.0.1:${port}/pay/${id}`);
      const states = client.iterate<{ checkout: { status: string } }>({
        query: `subscription { checkout(paymentId: "${id}") { status } }`,
      });
      await states.next();
      const shown = page.getByRole('heading', { name: 'Payment received' }).waitFor();
      await page.getByRole('button', { name: 'Pay as the shopper' }).click();
      for await (const { data } of states) if (data?.checkout.status === 'PAID') break;
      const saidMs = clock();
      await shown;
      await page.waitForFunction(() => 'shownAtMs' in globalThis);
      lateMs.push((await page.evaluate(() => (globalThis as unknown as { shownAtMs: number }).shownAtMs)) - saidMs); // put there by `noteShown`
      heardMs.push(heardAtMs - saidMs);
    }
  } finally {
    await client.dispose();
    await browser.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  console.log(lateMs.map((ms) => Math.round(ms)).join(' '));
  const [shown, heard] = [lateMs, heardMs].map((times) => Math.round(median(times)));
  console.log(`median ${shown} ms, slowest ${Math.round(Math.max(...lateMs))} ms; the browser's own socket was told at ${heard} ms`);
}

await main();
process.exit();
