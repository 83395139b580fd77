import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { freePort, spawnAvopay } from '../scripts/spawn-server.ts';

/** `npm run bench:page`: the time from the paid event on a socket to "Payment received" on the screen of a real browser; each and the median. */
const PAYMENTS = 10;

type Reply = { readonly [name: string]: string };

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'avopay-bench-'));
  const port = await freePort();
  const server = await spawnAvopay({ dataDir, port, program: 'dist/src/main.js' });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
  const client = createClient({ url: `ws://127.0.0.1:${port}/graphql`, webSocketImpl: WebSocket, lazy: false });
  const call = async (path: string, body: object): Promise<Reply> => {
    const headers = { authorization: `Bearer ${server.secretKey}`, 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Reply; // read field by field below
  };
  const lateMs: number[] = [];
  try {
    const page = await browser.newPage();
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
      const saidMs = performance.now();
      await shown;
      lateMs.push(performance.now() - saidMs);
    }
  } finally {
    await client.dispose();
    await browser.close();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  const sorted = [...lateMs].sort((a, b) => a - b);
  console.log(lateMs.map((ms) => Math.round(ms)).join(' '));
  console.log(`median ${Math.round(sorted[PAYMENTS / 2] ?? 0)} ms, slowest ${Math.round(sorted.at(-1) ?? 0)} ms`);
}

await main();
process.exit();
