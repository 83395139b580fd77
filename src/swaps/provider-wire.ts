import { z } from 'zod';

/** Shapes of the Boltz v2 protocol, reverse swaps BTC -> L-BTC (https://api.docs.boltz.exchange). Unknown fields are dropped, but for the swap tree. */

/** A swap id becomes part of URLs: letters, digits, dash and underscore only. */
export const PROVIDER_SWAP_ID = /^[0-9A-Za-z_-]{1,64}$/;
/** BOLT11 invoices with many routing hints stay below 2 kB; the text is shown and scanned. */
const INVOICE_CHARS_MAX = 4_096;
const ADDRESS_CHARS_MAX = 200;
const LEAF_HEX_MAX = 508;
/** One restore answer for one key. */
const RESTORED_MAX = 1_000;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const wholeSats = z.number().int().min(0).max(2_100_000_000_000_000);
/** Block heights end where BIP-65 lock times begin to mean seconds. */
const height = z.number().int().min(1).max(499_999_999);
const leaf = z.strictObject({
  version: z.number().int(),
  output: z
    .string()
    .max(LEAF_HEX_MAX)
    .regex(/^(?:[0-9a-f]{2})+$/),
});

/** Strict: a third leaf (`covenantClaimLeaf` or any other) would be a way to spend that was not asked for. */
export const swapTreeWire = z.strictObject({ claimLeaf: leaf, refundLeaf: leaf });

/** POST /swap/reverse, what is asked. The order of the keys is the order on the wire. */
export const createRequestWire = z.object({
  from: z.literal('BTC'),
  to: z.literal('L-BTC'),
  preimageHash: hex(32),
  claimPublicKey: hex(33),
  invoiceAmount: wholeSats,
  pairHash: z.string(),
  description: z.string(),
  invoiceExpiry: z.number().int().min(1),
  /** Sealed; given back by restore (recovery-record.ts). */
  metadata: z
    .string()
    .max(2_048)
    .regex(/^(?:[0-9a-f]{2})+$/)
    .exactOptional(),
  /** At rest the address ends before its token. */
  webhook: z.object({ url: z.string(), hashSwapId: z.literal(true), status: z.array(z.string()).exactOptional() }).exactOptional(),
});
export type CreateRequest = z.infer<typeof createRequestWire>;

/** POST /swap/reverse, what is answered. `blindingKey` is the PRIVATE key of the lockup's blinding. */
export const createAnswerWire = z.object({
  id: z.string().regex(PROVIDER_SWAP_ID),
  invoice: z.string().max(INVOICE_CHARS_MAX),
  swapTree: swapTreeWire,
  lockupAddress: z.string().max(ADDRESS_CHARS_MAX),
  refundPublicKey: hex(33),
  timeoutBlockHeight: height,
  onchainAmount: wholeSats,
  blindingKey: hex(32),
});
export type CreateAnswer = z.infer<typeof createAnswerWire>;

const pairWire = z.object({
  hash: z.string().min(1).max(128),
  rate: z.literal(1),
  limits: z.object({ minimal: wholeSats, maximal: wholeSats }),
  fees: z.object({ percentage: z.number().min(0).max(20), minerFees: z.object({ claim: wholeSats, lockup: wholeSats }) }),
});
export type ProviderPair = z.infer<typeof pairWire>;

/** GET /swap/reverse */
export const pairsWire = z.object({ BTC: z.object({ 'L-BTC': pairWire }) });

const expiryRange = z.object({ min: z.number().int().min(1), max: z.number().int().min(1) });
export type ExpiryRange = z.infer<typeof expiryRange>;

/** GET /swap/reverse/expiry, in seconds */
export const expiryWire = z.object({ BTC: z.object({ 'L-BTC': expiryRange }) });

/** GET /swap/{id}. Statuses are an open list: what we do not know is kept and logged. */
export const statusWire = z.object({
  status: z.string().max(64),
  transaction: z.object({ id: hex(32), hex: z.string().optional() }).optional(),
});
export type ProviderStatus = z.infer<typeof statusWire>;

/** POST /swap/reverse/{id}/claim */
export const claimAnswerWire = z.object({ pubNonce: hex(66), partialSignature: hex(32) });

/** POST /swap/restore: what the provider knows of a public key. Only reverse swaps carry what we need; others are passed over. */
const restoredReverse = z.object({
  id: z.string().regex(PROVIDER_SWAP_ID),
  type: z.literal('reverse'),
  invoice: z.string().max(INVOICE_CHARS_MAX),
  claimDetails: z.object({
    tree: swapTreeWire,
    amount: wholeSats,
    lockupAddress: z.string().max(ADDRESS_CHARS_MAX),
    serverPublicKey: hex(33),
    timeoutBlockHeight: height,
    blindingKey: hex(32),
    preimageHash: hex(32).optional(),
    keyIndex: z.number().int().min(0).max(0x7fffffff).optional(),
  }),
  preimageHash: hex(32).optional(),
  metadata: z.string().max(2_048).nullish(),
});
export const restoredWire = z.array(z.union([restoredReverse, z.unknown()])).max(RESTORED_MAX);

/** A swap as a provider gives it back. `keyIndex`: which of the asked keys it belongs to. */
export type RestoredSwap = Readonly<{ preimageHash: string; keyIndex: number | null; metadata: string | null; answer: CreateAnswer }>;

/** The reverse swaps of a restore answer; null when it is no such answer at all. */
export function restoredSwaps(body: unknown): readonly RestoredSwap[] | null {
  const list = restoredWire.safeParse(body);
  if (!list.success) return null;
  return list.data.flatMap((entry) => {
    const swap = restoredReverse.safeParse(entry);
    return swap.success ? (restoredOf(swap.data) ?? []) : [];
  });
}

/** The restored swap with this hash, in the shape of a create answer; null when the provider does not know it. */
export function restoredAnswer(body: unknown, preimageHash: string): CreateAnswer | null {
  return restoredSwaps(body)?.find((swap) => swap.preimageHash === preimageHash)?.answer ?? null;
}

function restoredOf({ id, invoice, claimDetails, preimageHash, metadata }: z.output<typeof restoredReverse>): RestoredSwap | null {
  const hash = preimageHash ?? claimDetails.preimageHash;
  if (hash === undefined) return null;
  const answer = {
    ...{ id, invoice, swapTree: claimDetails.tree, lockupAddress: claimDetails.lockupAddress },
    refundPublicKey: claimDetails.serverPublicKey,
    timeoutBlockHeight: claimDetails.timeoutBlockHeight,
    onchainAmount: claimDetails.amount,
    blindingKey: claimDetails.blindingKey,
  };
  return { preimageHash: hash, keyIndex: claimDetails.keyIndex ?? null, metadata: metadata ?? null, answer };
}

/** The body of a refusal. */
export const errorWire = z.object({ error: z.string() });

/** Frames of /v2/ws that matter; everything else is passed over. */
export const updateFrameWire = z.object({
  event: z.literal('update'),
  channel: z.literal('swap.update'),
  args: z.array(z.object({ id: z.string().max(64), status: z.string().max(64) })).max(1_000),
});
