import { z } from 'zod';
import { fromHex } from './lib/bytes.ts';
import { Secret } from './lib/secret.ts';

/** The first line that the signer's process reads: what it needs to look for itself. The seed is not in it, only where it is. */
export const signerBoot = z.strictObject({
  seed: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('file'), path: z.string().min(1), mayMake: z.boolean() }),
    z.strictObject({ kind: z.literal('open'), descriptor: z.number().int().min(3) }),
  ]),
  sealingKey: z.string().transform((hex) => new Secret(fromHex(hex))),
  connectionString: z.string().min(1),
  network: z.enum(['liquid', 'testnet', 'regtest']),
  chains: z.array(z.strictObject({ name: z.string(), url: z.string() })),
});
export type SignerBootLine = z.input<typeof signerBoot>;

/** A few addresses and a database's; what is asked later is far shorter, and held to that where it is judged. */
export const LINE_BYTES_MAX = 64 * 1_024;
