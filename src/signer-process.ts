import { eventIdKeyOf } from './events/event-id-key.ts';
import { readSeed } from './key-files.ts';
import { toHex } from './lib/bytes.ts';
import { httpCall } from './lib/http-client.ts';
import { lineReader, writeLine } from './lib/lines.ts';
import { systemRandom } from './lib/random.ts';
import { makeSealer } from './lib/sealed.ts';
import { standBack } from './lib/stand-back.ts';
import { esploraClient } from './liquid/esplora-client.ts';
import { liquidNetwork } from './liquid/network.ts';
import { openStoredClaims } from './read-stored-claim.ts';
import { LINE_BYTES_MAX, signerBoot } from './signer-boot.ts';
import { recoveryKey } from './swaps/recovery-record.ts';
import { sentenceOf, serveSigner } from './swaps/serve-signer.ts';
import { makeSigner } from './swaps/signer.ts';

/**
 * Entry of the signer: the one process that reads the seed. It hears on its input and answers on its output; it ends when its input does,
 * so that no death of the server leaves it behind.
 */
function main(): void {
  standBack();
  // Ctrl-C reaches the whole group: the server stops in its own order and ends our input when it is done.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdout.on('error', () => process.exit(0));
  let serve: ((line: string | null) => void) | null = null;
  const hear = lineReader(LINE_BYTES_MAX, (line) => {
    if (serve) serve(line);
    else serve = start(line);
  });
  process.stdin.on('data', hear);
}

function start(line: string | null): (line: string | null) => void {
  try {
    return open(line);
  } catch (error) {
    say({ failed: sentenceOf(error) });
    process.exitCode = 1;
    process.stdin.destroy();
    return () => {};
  }
}

function open(line: string | null): (line: string | null) => void {
  const boot = signerBoot.safeParse(JSON.parse(line ?? 'null'));
  if (!boot.success) throw new Error('the signer was not told what it needs'); // without the values: they are secret
  const { network, connectionString, sealingKey } = boot.data;
  const seed = readSeed(boot.data.seed, systemRandom);
  const sealer = makeSealer(sealingKey, systemRandom);
  const chains = boot.data.chains.map((place) => esploraClient({ http: httpCall }, place));
  const claims = openStoredClaims({ connectionString, sealer, network, chains });
  const signer = makeSigner({ seed, network: liquidNetwork(network), random: systemRandom, readStoredClaim: claims.read });
  const serve = serveSigner({ signer, random: systemRandom, say });
  say({ ready: true, eventIdKey: toHex(eventIdKeyOf(seed)), recordKey: toHex(recoveryKey(seed).reveal()) });
  return serve;
}

function say(message: object): void {
  writeLine(process.stdout, message);
}

main();
