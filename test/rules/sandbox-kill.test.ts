import type { ChildProcess } from 'node:child_process';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256, toHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { callJson, makeSandboxFolder, openSandboxWorld } from '../support/sandbox-world.ts';
import { createBody, openSwap, payUntilLocked, readLockup, readStatus, until } from '../support/swap-client.ts';

type Running = { readonly child: ChildProcess; readonly provider: string; readonly chain: string; readonly control: string };
type Created = { id: string; invoice: string; lockupAddress: string };
type Status = { status: string; transaction?: { id: string } };

const MAIN = fileURLToPath(new URL('../../sandbox/main.ts', import.meta.url));
let folder: string;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ folder, remove } = await makeSandboxFolder());
});
afterAll(() => remove());

/** The sandbox as a process of its own. It has printed its addresses when this resolves. */
async function start(): Promise<Running> {
  const child = spawn(process.execPath, [MAIN, '--folder', folder, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await until(async () => /control +\S+/.test(printed));
  const address = (name: string) => new RegExp(`${name} +(\\S+)`).exec(printed)?.[1] ?? '';
  return { child, provider: address('provider'), chain: address('chain'), control: address('control') };
}

async function kill({ child }: Running): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('killed at any moment of a payment, the sandbox locks up exactly once and keeps what it acknowledged', async () => {
  const created: Created[] = [];
  for (const delayMs of [0, 40, 160]) {
    const running = await start();
    const body = createBody({ claimPublicKey: toHex(secp256k1.getPublicKey(sha256(systemRandom(32)), true)) });
    const reply = await callJson<Created>(running.provider, { method: 'POST', path: '/swap/reverse', body });
    expect(reply.status).toBe(201);
    created.push(reply.body);
    void callJson(running.control, { method: 'POST', path: '/pay', body: { invoice: reply.body.invoice } }).catch(() => undefined); // cut off
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await kill(running);
  }
  const running = await start();
  for (const { id, invoice, lockupAddress } of created) {
    const status = async () => (await callJson<Status>(running.provider, { method: 'GET', path: `/swap/${id}` })).body;
    if ((await status()).status === 'swap.created') {
      // The call was cut off before it was acknowledged: the payer tries again. Where it was recorded, this changes nothing.
      void callJson(running.control, { method: 'POST', path: '/pay', body: { invoice } }).catch(() => undefined);
    }
    await until(async () => (await status()).status.startsWith('transaction.'));
    const path = `/address/${lockupAddress}/txs`;
    const { body } = await callJson<{ txid: string }[]>(running.chain, { method: 'GET', path });
    expect(body.map(({ txid }) => txid)).toEqual([(await status()).transaction?.id]);
  }
  await kill(running);
}, 60_000);

test('a lockup that the chain took just before the provider died is found again, and no second one is sent', async () => {
  const own = await makeSandboxFolder();
  let world = await openSandboxWorld(own.folder);
  const swap = await openSwap(world);
  await payUntilLocked(world, swap);
  const { txid } = await readLockup(world, swap);
  await world.stop();
  const journal = join(own.folder, 'provider.jsonl');
  const lines = (await readFile(journal, 'utf8')).trimEnd().split('\n');
  expect(lines.at(-1)).toContain(txid);
  await writeFile(journal, `${lines.slice(0, -1).join('\n')}\n`); // as if it had died before it wrote the lockup down
  world = await openSandboxWorld(own.folder);
  await until(async () => (await readStatus(world, swap)).status === 'transaction.mempool');
  expect((await readLockup(world, swap)).txid).toBe(txid);
  const { body } = await callJson<object[]>(world.sandbox.chainUrl, { method: 'GET', path: `/address/${swap.created.lockupAddress}/txs` });
  expect(body).toHaveLength(1);
  await world.stop();
  await own.remove();
});
