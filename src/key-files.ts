import type { Config } from './config.ts';
import type { Random } from './lib/random.ts';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fromHex, toHex } from './lib/bytes.ts';
import { Secret } from './lib/secret.ts';

export type RootKeys = { readonly sealingKey: Secret<Uint8Array>; readonly seed: Secret<Uint8Array> };

/** Where the seed is to be read, by whoever may: a file, or a descriptor that a process has inherited. */
export type SeedPlace =
  | Readonly<{ kind: 'file'; path: string; mayMake: boolean }>
  /** Raw bytes from the start of an open file. */
  | Readonly<{ kind: 'open'; descriptor: number }>;

const [SEED_BYTES_LEAST, SEED_BYTES_MOST] = [32, 64];

/**
 * The two root secrets, for a command of the operator. A server holds the sealing key alone; its seed is the signer's.
 * @throws Error on any network but the sandbox when one is missing (the settings refuse that start earlier).
 */
export function loadRootKeys(config: Config, random: Random): RootKeys {
  return { sealingKey: loadSealingKey(config, random), seed: config.SEED ?? readSeed(seedFileOf(config), random) };
}

/** Settings win; in the sandbox it is made at the first start and kept in DATA_DIR, readable by the owner alone. */
export function loadSealingKey(config: Config, random: Random): Secret<Uint8Array> {
  return config.SEALING_KEY ?? sandboxKey(config, 'sealing.key', 32, random);
}

/** @throws Error when there is no seed, or what is there is none. */
export function readSeed(place: SeedPlace, random: Random): Secret<Uint8Array> {
  if (place.kind === 'open') return readOpenSeed(place.descriptor);
  if (place.mayMake) makeKeyFile(place.path, SEED_BYTES_MOST, random);
  const text = readFileSync(place.path, 'utf8').trim();
  if (!new RegExp(`^(?:[0-9a-fA-F]{2}){${SEED_BYTES_LEAST},${SEED_BYTES_MOST}}$`).test(text)) {
    throw new Error(`${place.path} does not hold a seed of ${SEED_BYTES_LEAST} to ${SEED_BYTES_MOST} bytes in hex`);
  }
  return new Secret(fromHex(text));
}

export type HeldSeed = Readonly<{
  place: SeedPlace;
  /** What the signer's process must inherit as descriptor 3; null: nothing. */
  descriptor: number | null;
  letGo: () => void;
}>;

/** The first descriptor after input, output and errors. */
const INHERITED = 3;

/**
 * Where the signer will find the seed, each time that it is started. A file is only named here. What came as a setting is moved to a file
 * without a name, in memory where there is `/dev/shm`: the signer inherits it, it ends with the two processes, and the copy in the
 * settings is wiped.
 */
export function holdSeed(config: Config): HeldSeed {
  if (!config.SEED) return { place: seedFileOf(config), descriptor: null, letGo: () => {} };
  const folder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const path = join(folder, `avopay-${process.pid}-${openCount++}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  writeSync(descriptor, config.SEED.reveal(), 0, config.SEED.reveal().length, 0);
  config.SEED.reveal().fill(0);
  return { place: { kind: 'open', descriptor: INHERITED }, descriptor, letGo: () => closeSync(descriptor) };
}

let openCount = 0; // names only: two servers of one process

function seedFileOf(config: Config): SeedPlace {
  if (config.SEED_FILE) return { kind: 'file', path: config.SEED_FILE, mayMake: false };
  if (config.NETWORK !== 'sandbox') throw new Error('a seed is never made outside the sandbox');
  return { kind: 'file', path: join(config.DATA_DIR, 'seed.key'), mayMake: true };
}

function readOpenSeed(descriptor: number): Secret<Uint8Array> {
  const bytes = new Uint8Array(SEED_BYTES_MOST);
  const size = readSync(descriptor, bytes, 0, bytes.length, 0);
  closeSync(descriptor);
  if (size < SEED_BYTES_LEAST) throw new Error('the inherited file does not hold a seed');
  return new Secret(bytes.subarray(0, size));
}

function sandboxKey(config: Config, file: string, bytes: number, random: Random): Secret<Uint8Array> {
  if (config.NETWORK !== 'sandbox') throw new Error(`${file} is never made outside the sandbox`);
  const path = join(config.DATA_DIR, file);
  makeKeyFile(path, bytes, random);
  return new Secret(fromHex(readFileSync(path, 'utf8').trim()));
}

function makeKeyFile(path: string, bytes: number, random: Random): void {
  mkdirSync(dirname(path), { recursive: true });
  try {
    // wx: of two processes that start at once one writes, the other reads what it wrote.
    writeFileSync(path, toHex(random(bytes)), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
