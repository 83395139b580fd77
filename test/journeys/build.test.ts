import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, spawnAvopay } from '../../scripts/spawn-server.ts';
import { drawLogo } from '../../src/logos/draw-logo.ts';
import { callJson, eventually } from '../support/avopay.ts';
import { png } from '../support/pictures.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

let build: string; // below the project: a build finds packages, migrations and pages above itself
let dataDir: string;
beforeAll(async () => {
  await mkdir(join(ROOT, '.tmp'), { recursive: true });
  build = await mkdtemp(join(ROOT, '.tmp', 'build-'));
  dataDir = await mkdtemp(join(tmpdir(), 'avopay-build-'));
  await run(process.execPath, ['scripts/bundle.mjs', build], { cwd: ROOT });
});
afterAll(async () => {
  for (const folder of [build, dataDir]) await rm(folder, { recursive: true, force: true });
});

describe('what npm start runs', () => {
  test('takes a payment with its signer and its proof threads, and stops with code 0', async () => {
    const port = await freePort();
    const server = await spawnAvopay({ dataDir, port, program: join(build, 'main.js') });
    const call = async (method: string, path: string, body?: unknown) =>
      (await callJson(`http://127.0.0.1:${port}${path}`, { method, body, key: server.secretKey, headers: {} })).body;
    const { payment_id: id } = await call('POST', '/api/v1/payments', { amount: 49.99, currency: 'EUR' });
    const { lightning_invoice: invoice } = await call('GET', `/api/v1/payments/${id}`);
    await call('POST', '/sandbox/pay', { invoice });
    await eventually(async () => (await call('GET', `/api/v1/payments/${id}`)).status === 'paid');
    expect(await server.stop()).toBe(0);
    expect(server.output()).not.toMatch(/"level":(?:50|60)/);
  });

  test('draws logos in a process of its own', async () => {
    expect(await drawLogo(join(build, 'logo-process.js'), png(40, 30))).not.toBeNull();
  });

  test('says what an operator can do', async () => {
    const { stdout } = await run(process.execPath, [join(build, 'cli.js'), '--help']);
    expect(stdout).toContain('npm run avopay -- COMMAND');
  });

  test('names our files in the stacks of its faults, and carries no map of a package', () => {
    const maps = readdirSync(build).filter((name) => name.endsWith('.map'));
    const sources = maps.flatMap((name): string[] => JSON.parse(readFileSync(join(build, name), 'utf8')).sources);
    expect(sources.map((source) => resolve(build, source))).toContain(join(ROOT, 'src', 'start.ts'));
    for (const source of sources) expect(existsSync(resolve(build, source)), source).toBe(true);
    expect(sources.filter((source) => source.includes('node_modules'))).toEqual([]);
    for (const name of maps) expect(readFileSync(join(build, name.replace(/\.map$/, '')), 'utf8')).toContain(`sourceMappingURL=${name}`);
  });
});
