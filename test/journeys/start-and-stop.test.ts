import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, spawnAvopay } from '../../scripts/spawn-server.ts';
import { callJson } from '../support/avopay.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'avopay-stop-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** Every process that works in the folder or names it: the database, whatever else the server started. */
const processesOf = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false; // ended meanwhile
      }
    });

test('N-5: a fresh folder serves with the printed key; Ctrl-C ends it with code 0 and nothing of it runs on; the next start shows the same key', async () => {
  const port = await freePort();
  const first = await spawnAvopay({ dataDir, port });
  const created = await callJson(`http://127.0.0.1:${port}/api/v1/payments`, {
    method: 'POST',
    body: { amount: 49.99, currency: 'EUR' },
    key: first.secretKey,
    headers: {},
  });
  expect(created.status).toBe(201);
  expect(processesOf(dataDir).length).toBeGreaterThan(0);
  expect(await first.stop()).toBe(0);
  expect(processesOf(dataDir)).toEqual([]);

  const second = await spawnAvopay({ dataDir, port });
  expect(second.secretKey).toBe(first.secretKey);
  const read = await callJson(`http://127.0.0.1:${port}/api/v1/payments/${created.body.payment_id}`, {
    method: 'GET',
    body: undefined,
    key: second.secretKey,
    headers: {},
  });
  expect(read.body.status).toBe('pending');
  expect(await second.stop()).toBe(0);
});

test('the keys that the sandbox made are readable by their owner alone', async () => {
  for (const name of ['sealing.key', 'seed.key']) {
    expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(dataDir, name), 'utf8')).toMatch(/^[0-9a-f]{64,128}$/);
  }
});

test('a second server on the same folder is refused with one plain sentence', async () => {
  const running = await spawnAvopay({ dataDir, port: await freePort() });
  await expect(spawnAvopay({ dataDir, port: await freePort() })).rejects.toThrow(/AvoPay could not start: .*another AvoPay/i);
  expect(await running.stop()).toBe(0);
});

test('bad settings stop the start: each is named, none is shown', async () => {
  await expect(spawnAvopay({ dataDir, port: 99_999 })).rejects.toThrow(/setting PORT: /);
});
