import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { toHex } from '../../src/lib/bytes.ts';
import { SWAP_KEYS_MAX } from '../../src/swaps/signer-wire.ts';
import { deriveSwapKeys } from '../../src/swaps/swap-keys.ts';
import type { KeyRef } from '../../src/swaps/swap.ts';
import type { SwapWorld } from './swap-world.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type RawAnswer = {
  readonly id?: number | null;
  readonly granted?: Record<string, string> & { readonly keys?: unknown };
  readonly refused?: string;
  readonly fault?: string;
};

const TOO_FAR = [{ index: 2 ** 31 }, { index: 2 ** 31 - 1, count: 2 }, { count: SWAP_KEYS_MAX + 1 }];
const CHANGES = [{ id: '1' }, { era: 0 }, { index: -1 }, { count: 0 }, { count: undefined }, { private: true }, ...TOO_FAR];
/** Asks for swap keys that are none: each has one thing wrong. */
export const NO_ASKS_FOR_KEYS = CHANGES.map((change) => ({ id: 1, ask: 'swap_keys', era: 1, index: 0, count: 1, ...change }));

/** What may be seen of the keys of an index, as the signer shows it. */
export function shownKeys(world: SwapWorld, { era, index }: KeyRef) {
  const { publicKey, preimageHash } = deriveSwapKeys(world.seed, { era, index });
  return { index, claimPublicKey: toHex(publicKey), preimageHash: toHex(preimageHash) };
}

/** The signer's own program on a world's database and chain, spoken to line by line as whoever has taken over the server could. */
export async function spawnRawSigner(world: SwapWorld) {
  const folder = await mkdtemp(join(tmpdir(), 'signer-'));
  const path = join(folder, 'seed.key');
  await writeFile(path, toHex(world.seed.reveal()), { mode: 0o600 });
  const program = fileURLToPath(new URL('../../src/signer-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      waiting.shift()?.(line);
    }
  });
  /** One line in, the next line out: the signer answers each line once. */
  const say = async (line: string | Buffer): Promise<RawAnswer> => {
    const next = new Promise<string>((resolve) => waiting.push(resolve));
    child.stdin.write(line);
    child.stdin.write('\n');
    return JSON.parse(await next) as RawAnswer; // judged by the test
  };
  const boot = {
    ...{ seed: { kind: 'file', path, mayMake: false }, sealingKey: toHex(world.sealingKey.reveal()) },
    ...{ connectionString: world.connectionString, network: 'regtest', chains: [{ name: 'esplora', url: world.esploraUrl }] },
  };
  const hello = await say(JSON.stringify(boot));
  return {
    hello,
    say,
    ask: (body: object) => say(JSON.stringify(body)),
    /** Everything that it ever said. */
    heard: () => lines.join('\n'),
    /** Ends its input; answers its exit code. */
    async close() {
      child.stdin.end();
      const [code] = await ended;
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}
