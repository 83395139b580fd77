import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import type { NetworkName } from './liquid/network.ts';
import type { SignerChannel } from './swaps/signer-client.ts';
import type { RunningSigner } from './swaps/supervise-signer.ts';
import type { SignerBootLine } from './signer-boot.ts';
import { fileURLToPath } from 'node:url';
import { environmentOfSigner } from './config.ts';
import { holdSeed } from './key-files.ts';
import { toHex } from './lib/bytes.ts';
import { Secret } from './lib/secret.ts';
import { openSignerChannel } from './swaps/signer-client.ts';
import { superviseSigner } from './swaps/supervise-signer.ts';

/** Runs unbuilt (`.ts`) and built (`.js`). */
const PROGRAM = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './signer-process.ts' : './signer-process.js', import.meta.url));

export type SignerWorld = {
  readonly log: Log;
  readonly random: Random;
  readonly sealingKey: Secret<Uint8Array>;
  readonly connectionString: string;
  readonly network: NetworkName;
  readonly chains: readonly { readonly name: string; readonly url: string }[];
};

/** A signer whose process loads already, and knows nothing yet. */
export type BegunSigner = {
  /** Tells it what it needs. @throws Error when it cannot serve. */
  readonly serve: (world: SignerWorld) => Promise<RunningSigner>;
  /** Ends it where it was never told anything; afterwards nothing. */
  readonly abandon: () => void;
};

/**
 * Starts the signer in a process of its own, which takes half a second to load while the rest of the server starts. This process names the
 * seed's place and never reads what is there.
 */
export function beginSigner(config: Config): BegunSigner {
  const held = holdSeed(config);
  const told = Promise.withResolvers<Secret<string>>();
  told.promise.catch(() => {}); // abandoned: nobody waits for it
  const program = { path: PROGRAM, environment: environmentOfSigner(), firstLine: told.promise, seedFile: held.descriptor };
  let first: SignerChannel | null = openSignerChannel(program);
  const open = () => {
    const channel = first ?? openSignerChannel(program);
    first = null;
    return channel;
  };
  return {
    serve: async ({ log, random, ...world }) => {
      told.resolve(firstLineOf(held.place, world));
      try {
        const signer = await superviseSigner({ log, random, open });
        return {
          ...signer,
          close: async () => {
            await signer.close();
            held.letGo();
          },
        };
      } catch (fault) {
        held.letGo();
        throw fault;
      }
    },
    abandon: () => {
      if (first === null) return;
      told.reject(new Error('the start was given up'));
      first.kill();
      first = null;
      held.letGo();
    },
  };
}

function firstLineOf(
  seed: SignerBootLine['seed'],
  { sealingKey, connectionString, network, chains }: Omit<SignerWorld, 'log' | 'random'>,
): Secret<string> {
  const boot: SignerBootLine = { seed, sealingKey: toHex(sealingKey.reveal()), connectionString, network, chains: [...chains] };
  return new Secret(JSON.stringify(boot));
}
