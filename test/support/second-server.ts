import type { RunningProcess } from '../../scripts/spawn-server.ts';
import type { Avopay } from './avopay.ts';
import { makeLog } from '../../src/lib/log.ts';
import { start } from '../../src/start.ts';
import { freePort, spawnRole } from '../../scripts/spawn-server.ts';
import { callJson, configOf } from './avopay.ts';

/** Root keys for servers that share a database; pass them to the first one too. */
export const SHARED_KEYS = { SEED: '5e'.repeat(64), SEALING_KEY: '5a'.repeat(32) };

/** Another whole server, workers and all, on the database and the sandbox of the first. The two know nothing of each other. */
export async function startBeside(first: Avopay, settings: Record<string, string> = {}): Promise<Pick<Avopay, 'url' | 'call' | 'stop'>> {
  const port = await freePort();
  const running = await start(configOf(await besides(first, port, settings)), makeLog('silent'));
  return { ...callerAt(first, port), stop: running.stop };
}

/** The same in a process of its own, so that it can be killed while it works. */
export async function spawnBeside(
  first: Avopay,
  settings: Record<string, string>,
): Promise<Pick<Avopay, 'url' | 'call'> & Pick<RunningProcess, 'kill'>> {
  const port = await freePort();
  const running = await spawnRole({ LOG_LEVEL: 'silent', ...(await besides(first, port, settings)) });
  return { ...callerAt(first, port), kill: running.kill };
}

async function besides(first: Avopay, port: number, settings: Record<string, string>): Promise<Record<string, string>> {
  const world = (await first.call('GET', '/sandbox', { key: null })).body;
  return {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    NETWORK: 'regtest',
    RATE_LIMITS: 'off',
    DATABASE_URL: first.connectionString,
    SWAP_PROVIDERS: `sandbox=${world.provider_url}`,
    LIQUID_CHAIN_URLS: `sandbox=${world.chain_url}`,
    RATE_URLS: `coingecko=${world.rates_url}/coingecko/api/v3,coincap=${world.rates_url}/coincap/v2`,
    ...SHARED_KEYS,
    ...settings,
  };
}

function callerAt(first: Avopay, port: number): Pick<Avopay, 'url' | 'call'> {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    call: (method, path, { body, key = first.demo.secret_key, headers = {} } = {}) =>
      callJson(`${url}${path}`, { method, body, key, headers }),
  };
}
