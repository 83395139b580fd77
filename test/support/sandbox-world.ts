import type { Sandbox, SandboxHost } from '../../sandbox/start-sandbox.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll } from 'vitest';
import { listen } from '../../sandbox/provider/listen.ts';
import { startSandbox } from '../../sandbox/start-sandbox.ts';

export type Reply<T = Record<string, unknown>> = { readonly status: number; readonly body: T };

/** A sandbox with its control routes served, as the product serves them. */
export type SandboxWorld = {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly controlUrl: string;
  /** Calls of the host's methods, oldest first. */
  readonly hostCalls: readonly string[];
  control<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Reply<T>>;
  provider<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Reply<T>>;
  /** Stops the servers; the folder stays. */
  stop(): Promise<void>;
};

export async function makeSandboxFolder(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** One world for all tests of a file, gone after them. */
export function shareSandboxWorld(use: (world: SandboxWorld) => void): void {
  let stop: (() => Promise<unknown>) | undefined;
  beforeAll(async () => {
    const { folder, remove } = await makeSandboxFolder();
    const world = await openSandboxWorld(folder);
    stop = () => world.stop().finally(remove);
    use(world);
  });
  afterAll(() => stop?.());
}

export async function openSandboxWorld(folder: string): Promise<SandboxWorld> {
  const sandbox = await startSandbox({ folder, baseClock: () => new Date(), network: 'regtest' });
  const hostCalls: string[] = [];
  await sandbox.attach(countingHost(hostCalls));
  const app = express();
  app.use('/sandbox', sandbox.control);
  const server = await listen(createServer(app), { host: '127.0.0.1', port: 0 });
  const controlUrl = `${server.url}/sandbox`;
  return {
    sandbox,
    folder,
    controlUrl,
    hostCalls,
    control: (method, path, body) => callJson(controlUrl, { method, path, body }),
    provider: (method, path, body) => callJson(sandbox.providerUrl, { method, path, body }),
    async stop() {
      await server.close();
      await sandbox.close();
    },
  };
}

/** `T` is what the test expects: the assertions after the call hold it to that. */
export async function callJson<T>(
  base: string,
  { method, path, body }: { method: string; path: string; body?: unknown },
): Promise<Reply<T>> {
  const json = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(base + path, { method, ...json });
  return { status: response.status, body: (await response.json()) as T }; // see above
}

/** Stands where the product would be: it gives out accounts and counts what it is asked for. */
function countingHost(calls: string[]): SandboxHost {
  let accounts = 0;
  return {
    async createAccount({ name, plan }) {
      calls.push(`account ${name} ${plan}`);
      const number = ++accounts;
      return {
        account_id: `acc_${number}`,
        email: `shop${number}@example.test`,
        password: 'correct horse',
        secret_key: `ak_live_${number}`,
        publishable_key: `ak_pub_${number}`,
      };
    },
    async connectWallet(accountId) {
      calls.push(`wallet ${accountId}`);
    },
    async setWebhook(accountId, url, secret) {
      calls.push(`webhook ${accountId}`);
      return url.startsWith('http') ? { endpoint_id: 'whk_1', secret: secret ?? 'whsec_made' } : { error: 'the URL is not one' };
    },
    async knowsAccount() {
      return true;
    },
    async runDue() {
      calls.push('due');
    },
  };
}
