import type { Config } from './config.ts';
import type { Log } from './lib/log.ts';
import type { Random } from './lib/random.ts';
import type { NetworkName } from './liquid/network.ts';
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

/** Starts the signer in a process of its own. This process names the seed's place and never reads what is there. */
export async function startSigner(config: Config, world: SignerWorld): Promise<RunningSigner> {
  const { log, random, sealingKey, connectionString, network, chains } = world;
  const held = holdSeed(config);
  const boot: SignerBootLine = { seed: held.place, sealingKey: toHex(sealingKey.reveal()), connectionString, network, chains: [...chains] };
  const firstLine = new Secret(JSON.stringify(boot));
  const program = { path: PROGRAM, environment: environmentOfSigner(), firstLine, seedFile: held.descriptor };
  try {
    const signer = await superviseSigner({ log, random, open: () => openSignerChannel(program) });
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
}
