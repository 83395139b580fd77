import type { Random } from '../lib/random.ts';
import type { Currency } from '../lib/money.ts';
import { crc32 } from 'node:zlib';
import { Secret } from '../lib/secret.ts';

export const KEY_KINDS = ['secret', 'publishable'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];
export const KEY_MODES = ['live', 'test'] as const;
export type KeyMode = (typeof KEY_MODES)[number];

/** The most that one payment may ask for, in minor units of each currency. A currency that is not named may not be asked in at all. */
export type KeyMaximum = { readonly [Code in Currency]?: bigint };

/** A key as its owner sees it: its text is not in here, but for publishable ones, which are no secret. */
export type ApiKey = {
  readonly id: string;
  readonly accountId: string;
  readonly kind: KeyKind;
  readonly mode: KeyMode;
  /** `ak_live_…x9Q2`. */
  readonly hint: string;
  readonly publicText: string | null;
  readonly label: string;
  /** Web origins that may use a publishable key; empty: any, and programs too. */
  readonly origins: readonly string[];
  /** Publishable keys; null: any amount. */
  readonly maxAmount: KeyMaximum | null;
  readonly rotatedFromId: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Known to the minute. */
  readonly lastUsedAt: Date | null;
};

/** Whether the key opens anything at that moment. */
export function isLiveKey(key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, at: Date): boolean {
  return key.revokedAt === null && (key.expiresAt === null || key.expiresAt > at);
}

/** TABLE: what a key starts with says what it may do (conformance ). */
const PREFIXES: { readonly [Kind in KeyKind]: { readonly [Mode in KeyMode]: string } } = {
  secret: { live: 'ak_live_', test: 'ak_test_' },
  publishable: { live: 'ak_pub_', test: 'ak_pub_test_' },
};

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 27 base62 characters carry 160 random bits. */
const BODY_CHARS = 27;
/** Six base62 characters hold a CRC-32, so that a scanner tells a key from a lookalike, and a typing error costs no database read. */
const CHECK_CHARS = 6;
const KEY = /^(ak_(?:live|test|pub_test|pub)_)([0-9A-Za-z]{27})([0-9A-Za-z]{6})$/;

/** A new key: prefix, 160 random bits, checksum. Only its hash is ever stored (publishable keys are no secret and are kept as text). */
export function makeApiKey(kind: KeyKind, mode: KeyMode, random: Random): Secret<string> {
  const prefix = PREFIXES[kind][mode];
  const body = base62(random(21), BODY_CHARS);
  return new Secret(prefix + body + checksum(prefix + body));
}

/** Whether the text has the shape and the checksum of a key; says nothing about its existence. */
export function looksLikeApiKey(text: string): boolean {
  const [, prefix, body, check] = KEY.exec(text) ?? [];
  return prefix !== undefined && body !== undefined && checksum(prefix + body) === check;
}

/** `ak_live_…x9Q2`: how a stored key is shown. */
export function apiKeyHint(key: Secret<string>): string {
  const text = key.reveal();
  return `${KEY.exec(text)?.[1] ?? ''}…${text.slice(-4)}`;
}

function checksum(text: string): string {
  const check = crc32(text);
  return base62(Uint8Array.of(check >>> 24, check >>> 16, check >>> 8, check), CHECK_CHARS);
}

/** The low `chars` base62 digits of a big-endian number: 21 bytes (168 bits) are spread over 27 digits (160.8 bits) almost evenly. */
function base62(bytes: Uint8Array, chars: number): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = '';
  for (let i = 0; i < chars; i++) {
    text = BASE62[Number(value % 62n)] + text;
    value /= 62n; // exact digit step: the remainder was just taken
  }
  return text;
}
