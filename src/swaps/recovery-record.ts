import type { Random } from '../lib/random.ts';
import type { KeyRef } from './swap.ts';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import { fromHex, toHex } from '../lib/bytes.ts';
import { Secret } from '../lib/secret.ts';

/** What is needed to claim a swap without our database, beside the seed and what the provider itself gives back of the swap. */
export type RecoveryRecord = Readonly<{
  swapId: string;
  accountId: string;
  subject: 'payment' | 'registration' | 'renewal';
  subjectId: string;
  attempt: number;
  provider: string;
  key: KeyRef;
  invoiceSats: bigint;
  /** The least that the provider may lock for this invoice by the fees that were read before it was asked. */
  floorSats: bigint;
  createdAt: Date;
  expiresAt: Date;
  /** What the payment was priced at; null: it was no payment. */
  fiat: Readonly<{ currency: string; minor: bigint }> | null;
  /** Where the claim pays: the merchant's wallet of that moment, whole, because its addresses must be made again from nothing. */
  descriptor: Secret<string>;
  /** Addresses below this index had been given out. */
  nextAddressIndex: number;
}>;

/** Whose record it is: bound to the sealed bytes, so that a provider cannot give the record of one swap back with another. */
export type RecordPlace = Readonly<{ claimPublicKey: Uint8Array; preimageHash: Uint8Array }>;

/** What providers store per swap (https://api.docs.boltz.exchange: `metadata`). */
export const RECORD_BYTES_MAX = 1_024;
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The key that seals records: made from the seed alone, which is all that is left when everything else is lost. */
export function recoveryKey(seed: Secret<Uint8Array>): Secret<Uint8Array> {
  return new Secret(new Uint8Array(hkdfSync('sha256', seed.reveal(), new Uint8Array(), 'avopay recovery record v1', KEY_BYTES)));
}

/** AES-256-GCM. Layout: version (1 byte), nonce (12), tag (16), ciphertext; as hex. @throws RangeError when it would be longer than providers take. */
export function sealRecord(deps: { key: Secret<Uint8Array>; random: Random }, place: RecordPlace, record: RecoveryRecord): string {
  const nonce = deps.random(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deps.key.reveal(), nonce);
  cipher.setAAD(associated(place));
  const body = Buffer.concat([cipher.update(JSON.stringify(toWire(record))), cipher.final()]);
  const sealed = Buffer.concat([Uint8Array.of(VERSION), nonce, cipher.getAuthTag(), body]);
  if (sealed.length > RECORD_BYTES_MAX) throw new RangeError(`a recovery record of ${sealed.length} bytes`);
  return toHex(sealed);
}

/** Null: not ours, not of this swap, altered, or of a version that is not known here. */
export function openRecord(key: Secret<Uint8Array>, place: RecordPlace, hex: string): RecoveryRecord | null {
  if (!/^(?:[0-9a-f]{2})+$/.test(hex)) return null;
  const sealed = fromHex(hex);
  if (sealed[0] !== VERSION || sealed.length <= 1 + NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key.reveal(), sealed.subarray(1, 1 + NONCE_BYTES));
  decipher.setAAD(associated(place));
  decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return fromWire(WIRE.parse(JSON.parse(plain.toString('utf8'))));
  } catch {
    return null; // the tag does not hold: somebody else's bytes
  }
}

/** A list and not an object: names would cost a quarter of the room that long descriptors need. */
const WIRE = z.tuple([
  z.string(),
  z.string(),
  z.enum(['payment', 'registration', 'renewal']),
  z.string(),
  z.number().int().min(0),
  z.string(),
  z.number().int().min(1),
  z.number().int().min(0),
  z.coerce.bigint(),
  z.coerce.bigint(),
  z.number().int(),
  z.number().int(),
  z.tuple([z.string(), z.coerce.bigint()]).nullable(),
  z.string(),
  z.number().int().min(0),
]);

function toWire(record: RecoveryRecord): readonly unknown[] {
  const { swapId, accountId, subject, subjectId, attempt, provider, key, fiat } = record;
  const times = [record.createdAt.getTime(), record.expiresAt.getTime()];
  const amounts = [record.invoiceSats.toString(), record.floorSats.toString()];
  const price = fiat && [fiat.currency, fiat.minor.toString()];
  const destination = [record.descriptor.reveal(), record.nextAddressIndex];
  return [swapId, accountId, subject, subjectId, attempt, provider, key.era, key.index, ...amounts, ...times, price, ...destination];
}

function fromWire(wire: z.output<typeof WIRE>): RecoveryRecord {
  const [
    swapId,
    accountId,
    subject,
    subjectId,
    attempt,
    provider,
    era,
    index,
    invoiceSats,
    floorSats,
    created,
    expires,
    price,
    text,
    next,
  ] = wire;
  return {
    ...{ swapId, accountId, subject, subjectId, attempt, provider, invoiceSats, floorSats },
    key: { era, index },
    createdAt: new Date(created),
    expiresAt: new Date(expires),
    fiat: price && { currency: price[0], minor: price[1] },
    descriptor: new Secret(text),
    nextAddressIndex: next,
  };
}

function associated({ claimPublicKey, preimageHash }: RecordPlace): Buffer {
  return Buffer.concat([Buffer.from('avopay recovery record v1\0'), claimPublicKey, preimageHash]);
}
