import type { Avopay } from './avopay.ts';
import { makeLog } from '../../src/lib/log.ts';
import { start } from '../../src/start.ts';
import { freePort } from '../../scripts/spawn-server.ts';
import { callJson, configOf } from './avopay.ts';

/** Root keys for servers that share a database; pass them to the first one too. */
export const SHARED_KEYS = { SEED: '5e'.repeat(64), SEALING_KEY: '5a'.repeat(32) };

/** Another whole server, workers and all, on the database and the sandbox of the first. The two know nothing of each other. */
export async function startBeside(first: Avopay, settings: Record<string, string> = {}): Promise<Pick<Avopay, 'url' | 'call' | 'stop'>> {
  const world = (await first.call('GET', '/sandbox', { key: null })).body;
  const port = await freePort();
  const config = configOf({
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
  });
  const running = await start(config, makeLog('silent'));
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    call: (method, path, { body, key = first.demo.secret_key, headers = {} } = {}) =>
      callJson(`${url}${path}`, { method, body, key, headers }),
    stop: running.stop,
  };
}
