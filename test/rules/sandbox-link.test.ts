import type { Listening } from '../../sandbox/provider/listen.ts';
import type { OwnSandbox, Sandbox, SandboxHost } from '../../sandbox/start-sandbox.ts';
import { createServer } from 'node:http';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { reachSandbox } from '../../sandbox/link/reach-sandbox.ts';
import { serveControl } from '../../sandbox/link/serve-control.ts';
import { listen } from '../../sandbox/provider/listen.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';
import { makeLog } from '../../src/lib/log.ts';
import { callJson, makeSandboxFolder } from '../support/sandbox-world.ts';

const log = makeLog('silent');
const baseClock = () => new Date();
let remove: () => Promise<void>;
let sandbox: OwnSandbox;
let control: Listening;
const reached: Sandbox[] = [];
beforeAll(async () => {
  const made = await makeSandboxFolder();
  ({ remove } = made);
  sandbox = await startSandbox({ folder: made.folder, baseClock, network: 'regtest' });
  control = await serveControl(sandbox, { host: '127.0.0.1', port: 0, log });
});
afterAll(async () => {
  for (const one of reached) await one.close();
  await control.close();
  await sandbox.close();
  await remove();
});

/** A product that writes down at what time of its own clock it was asked to do what is due. */
async function product(more: Partial<SandboxHost> = {}): Promise<{ sandbox: Sandbox; dueAt: Date[] }> {
  const far = await reachSandbox({ url: control.url, baseClock, log, stopping: new AbortController().signal });
  reached.push(far);
  const dueAt: Date[] = [];
  await far.attach({
    createAccount: async ({ name }) => ({ account_id: `acc_${name}`, email: 'e', password: 'p', secret_key: 's', publishable_key: 'k' }),
    connectWallet: async () => undefined,
    setWebhook: async () => ({ error: 'not here' }),
    knowsAccount: async () => true,
    runDue: async () => void dueAt.push(far.clock()),
    ...more,
  });
  return { sandbox: far, dueAt };
}
const advance = (advance_s: number) =>
  callJson<{ now: string }>(control.url, { method: 'POST', path: '/sandbox/clock', body: { advance_s } });

test('every linked process has done what is due, by the new time, when an advance answers', async () => {
  const [one, other] = [await product(), await product()];
  const before = baseClock().getTime();
  const { body } = await advance(3_600);
  for (const { sandbox: far, dueAt } of [one, other]) {
    expect(dueAt.at(-1)?.getTime()).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(far.clock().getTime()).toBeGreaterThanOrEqual(Date.parse(body.now));
    expect(Math.abs(far.clock().getTime() - sandbox.clock().getTime())).toBeLessThan(60_000);
  }
});

test('a process that goes away in the middle of what is due holds nobody up', async () => {
  const leaving = await product({ runDue: () => leaving.sandbox.close() });
  expect((await advance(60)).status).toBe(200);
  expect((await advance(60)).status).toBe(200);
});

test('a product that fails at what is due is not passed over in silence', async () => {
  const failing = await product({ runDue: () => Promise.reject(new Error('jobs never came to rest')) });
  expect((await advance(60)).status).toBe(500);
  await failing.sandbox.close();
  expect((await advance(60)).status).toBe(200);
});

test.each(['not json', '{"kind":"world"}', '{"kind":"done"}', '[]'])(
  'a link that says %s is cut, and the sandbox goes on',
  async (text) => {
    const socket = new WebSocket(`${control.url.replace('http', 'ws')}/sandbox/link`);
    await new Promise((resolve) => socket.on('open', resolve));
    const cut = new Promise((resolve) => socket.on('close', resolve));
    socket.send(text);
    await cut;
    expect((await advance(1)).status).toBe(200);
  },
);

test('until a sandbox that came back knows the process again, what is asked of it is refused and not answered for nobody', async () => {
  let isKnown: Promise<boolean> = Promise.resolve(true);
  let asked = () => {};
  const { sandbox: far } = await product({
    knowsAccount: () => {
      asked();
      return isKnown;
    },
  });
  const server = createServer(express().use(far.control));
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 });
  const look = () => callJson<{ demo: unknown }>(url, { method: 'GET', path: '/' });
  expect((await look()).body.demo).toMatchObject({ account_id: expect.any(String) });

  let know = (_: boolean) => {};
  isKnown = new Promise((resolve) => (know = resolve));
  const again = new Promise<void>((resolve) => (asked = resolve));
  const port = Number(new URL(control.url).port);
  await control.close();
  control = await serveControl(sandbox, { host: '127.0.0.1', port, log });
  await again;
  expect((await look()).status).toBe(503);
  know(true);
  await expect.poll(async () => (await look()).body.demo).toMatchObject({ account_id: expect.any(String) });
  await close();
});

test('a clock that was held when the sandbox went away flows on from there, and never goes back', async () => {
  let now = 0;
  const far = await product({
    runDue: async () => {
      now = far.sandbox.clock().getTime();
      await control.close(); // in the middle of the advance
    },
  });
  await advance(120).catch(() => null);
  const later = far.sandbox.clock().getTime();
  expect(later).toBeGreaterThanOrEqual(now);
  const end = baseClock().getTime() + 5;
  while (baseClock().getTime() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(far.sandbox.clock().getTime()).toBeGreaterThan(later);
});
