import { z } from 'zod';

/** Shapes of an Esplora server's answers (Blockstream/esplora, API.md). Only what we use; unknown fields are dropped. */
const txid = z.string().regex(/^[0-9a-f]{64}$/);
const height = z.number().int().nonnegative();

/** `block_height` is missing (or null) while unconfirmed. */
export const statusSchema = z.object({ confirmed: z.boolean(), block_height: height.nullish() });

export const transactionsSchema = z.array(z.object({ txid, status: statusSchema }));

export const unspentSchema = z.array(z.object({ txid, status: statusSchema }));

export const outspendSchema = z.union([
  z.object({ spent: z.literal(false) }),
  z.object({ spent: z.literal(true), txid, status: statusSchema.nullish() }),
]);

export const tipHeightSchema = z
  .string()
  .trim()
  .regex(/^\d{1,9}$/)
  .transform(Number);

export const txidsSchema = z.array(txid);

export const blockHashSchema = z.string().trim().pipe(txid);

/** Null while unconfirmed, also when a server says a height beside `confirmed: false`. */
export function heightOf(status: z.infer<typeof statusSchema> | null | undefined): number | null {
  return status?.confirmed ? (status.block_height ?? null) : null;
}
