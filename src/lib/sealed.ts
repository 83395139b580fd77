import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { Random } from './random.ts';
import { Secret } from './secret.ts';

/** Where a sealed value rests: moving the bytes to another table, row or column makes them unreadable. */
export type SealedPlace = { readonly table: string; readonly row: string; readonly column: string };

/** Seals values for rest and derives lookup hashes, from one 32-byte key. */
export type Sealer = {
  /** AES-256-GCM. Layout: key id (1 byte), nonce (12), tag (16), ciphertext. */
  readonly seal: (place: SealedPlace, plain: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** @throws Error when the bytes were altered, moved, or sealed under another key. */
  readonly open: (place: SealedPlace, sealed: Uint8Array) => Uint8Array;
  /** HMAC-SHA-256 with a pepper: for API keys, tokens, idempotency keys, visitors. `domain` keeps uses apart. */
  readonly hash: (domain: string, text: string) => Uint8Array<ArrayBuffer>;
};

const KEY_ID = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

export function makeSealer(key: Secret<Uint8Array>, random: Random): Sealer {
  if (key.reveal().length !== KEY_BYTES) throw new RangeError('the sealing key must be 32 bytes');
  // Key objects, made once: from bytes each call would make one, which costs more than the hash.
  const sealKey = createSecretKey(derive(key, 'avopay seal v1').reveal());
  const pepper = createSecretKey(derive(key, 'avopay pepper v1').reveal());
  return {
    seal(place, plain) {
      const nonce = random(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      cipher.setAAD(associated(place));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return new Uint8Array(Buffer.concat([Uint8Array.of(KEY_ID), nonce, cipher.getAuthTag(), body]));
    },
    open(place, sealed) {
      if (sealed[0] !== KEY_ID) throw new Error('sealed under a key that this server does not have');
      const decipher = createDecipheriv('aes-256-gcm', sealKey, sealed.subarray(1, 1 + NONCE_BYTES));
      decipher.setAAD(associated(place));
      decipher.setAuthTag(sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES));
      const plain = Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      return new Uint8Array(plain);
    },
    hash(domain, text) {
      return new Uint8Array(createHmac('sha256', pepper).update(`${domain}\0${text}`).digest());
    },
  };
}

function associated({ table, row, column }: SealedPlace): Buffer {
  return Buffer.from(`${table}\0${row}\0${column}`);
}

function derive(key: Secret<Uint8Array>, label: string): Secret<Uint8Array> {
  return new Secret(new Uint8Array(hkdfSync('sha256', key.reveal(), new Uint8Array(), label, KEY_BYTES)));
}
