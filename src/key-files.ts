import type { Config } from './config.ts';
import type { Random } from './lib/random.ts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from './lib/bytes.ts';
import { Secret } from './lib/secret.ts';

export type RootKeys = { readonly sealingKey: Secret<Uint8Array>; readonly seed: Secret<Uint8Array> };

/**
 * The two root secrets. Settings win; in the sandbox they are made at the first start and kept in DATA_DIR, readable by the owner alone.
 * @throws Error on any other network when one is missing (the settings refuse that start earlier).
 */
export function loadRootKeys(config: Config, random: Random): RootKeys {
  return {
    sealingKey: config.SEALING_KEY ?? sandboxKey(config, 'sealing.key', 32, random),
    seed: config.SEED ?? sandboxKey(config, 'seed.key', 64, random),
  };
}

function sandboxKey(config: Config, file: string, bytes: number, random: Random): Secret<Uint8Array> {
  if (config.NETWORK !== 'sandbox') throw new Error(`${file} is never made outside the sandbox`);
  mkdirSync(config.DATA_DIR, { recursive: true });
  const path = join(config.DATA_DIR, file);
  try {
    // wx: of two processes that start at once one writes, the other reads what it wrote.
    writeFileSync(path, toHex(random(bytes)), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return new Secret(fromHex(readFileSync(path, 'utf8').trim()));
}
