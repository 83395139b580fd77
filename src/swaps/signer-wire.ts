import { z } from 'zod';
import { fromHex } from '../lib/bytes.ts';
import { Secret } from '../lib/secret.ts';
import { KEY_INDEX_MAX } from './swap-keys.ts';

/**
 * What goes between the server and its signer: one JSON object a line, judged on both sides. Nothing that is to be signed is ever among
 * what is asked: the signer reads that itself. Objects are strict, so that a field too much (a script, a key, a claim) is a refusal.
 */
const id = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const swapId = z.string().regex(/^swp_[0-9a-z]{1,40}$/);
const era = z.number().int().min(1).max(KEY_INDEX_MAX);
const bytes = (size: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${2 * size}}$`))
    .transform(fromHex);
const keyIndex = z.number().int().min(0).max(KEY_INDEX_MAX);
/** Keys in one answer: an ask costs more than the keys of one swap, and 16 take the signer 2 ms, in which nothing else is signed. */
export const SWAP_KEYS_MAX = 16;
const session = z.string().regex(/^[0-9a-f]{32}$/);

export const askWire = z.discriminatedUnion('ask', [
  z.strictObject({ id, ask: z.literal('fingerprint'), era }),
  z
    .strictObject({ id, ask: z.literal('swap_keys'), era, index: keyIndex, count: z.number().int().min(1).max(SWAP_KEYS_MAX) })
    .refine(({ index, count }) => index + count - 1 <= KEY_INDEX_MAX),
  z.strictObject({ id, ask: z.literal('sign_stored_claim'), swapId }),
  z.strictObject({ id, ask: z.literal('start_cooperative'), swapId }),
  z.strictObject({ id, ask: z.literal('finish_cooperative'), session, theirNonce: bytes(66), theirPartial: bytes(32) }),
  z.strictObject({ id, ask: z.literal('abandon_cooperative'), session }),
]);
export type Ask = z.output<typeof askWire>;
type Unnumbered<One> = One extends unknown ? Omit<One, 'id'> : never;
/** An ask as it is sent, before it has its number. */
export type AskOut = Unnumbered<z.input<typeof askWire>>;

/** The claim that was signed, by its hash, and the items of its witness: signature, preimage, leaf, control block; or the signature alone. */
const witnessItem = z
  .string()
  .regex(/^(?:[0-9a-f]{2}){1,520}$/)
  .transform(fromHex);
const signedClaim = z
  .strictObject({ claimHash: bytes(32), witness: z.array(witnessItem).min(1).max(4) })
  .transform((signed) => new Secret(signed));

/** TABLE: what each ask is answered when it is granted. */
export const GRANTED = {
  fingerprint: z.strictObject({ fingerprint: z.string().regex(/^[0-9a-f]{16}$/) }),
  swap_keys: z.strictObject({
    keys: z.array(z.strictObject({ index: keyIndex, claimPublicKey: bytes(33), preimageHash: bytes(32) })).max(SWAP_KEYS_MAX),
  }),
  sign_stored_claim: signedClaim,
  start_cooperative: z.strictObject({
    session,
    publicNonce: bytes(66),
    preimage: bytes(32).transform((preimage) => new Secret(preimage)),
  }),
  finish_cooperative: signedClaim,
  abandon_cooperative: z.strictObject({}),
} as const satisfies { readonly [Name in Ask['ask']]: z.ZodType };
export type Granted<Name extends Ask['ask']> = z.output<(typeof GRANTED)[Name]>;

const code = z.string().regex(/^[a-z_]{1,60}$/);
/** The longest sentence about what broke that crosses. */
export const FAULT_CHARS_MAX = 300;
const fault = z.string().max(FAULT_CHARS_MAX);

/** `id` null: the line could not be read so far. */
export const answerWire = z.union([
  z.strictObject({ id, granted: z.unknown() }),
  z.strictObject({ id: id.nullable(), refused: code }),
  z.strictObject({ id, fault }),
]);
export type Answer = z.output<typeof answerWire>;

/** The signer's first words: it serves, or why it cannot. */
export const helloWire = z.union([
  z.strictObject({ ready: z.literal(true), eventIdKey: bytes(32), recordKey: bytes(32) }),
  z.strictObject({ failed: fault }),
]);

/** An ask is a name and two ids; the longest brings a nonce and a signature. */
export const ASK_CHARS_MAX = 1_024;
/** The longest are the keys of sixteen swaps, some 3 kB. */
export const ANSWER_BYTES_MAX = 64 * 1_024;
