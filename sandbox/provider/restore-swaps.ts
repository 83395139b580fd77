import type { SwapBook } from './swap-book.ts';
import type { Fields } from './request-fields.ts';
import type { Swap } from './swap.ts';
import { BIP32Factory } from 'bip32';
import * as ecc from 'tiny-secp256k1';
import { toHex } from '../../src/lib/bytes.ts';
import { SECOND_MS } from '../../src/lib/time.ts';
import { ProviderError } from './provider-error.ts';
import { fieldsOf, optionalNumber, optionalString, requiredString } from './request-fields.ts';

type Found = { readonly keyIndex: number; readonly swap: Swap };
type Node = { derive(index: number): Node; readonly publicKey: Uint8Array; readonly depth: number };

/** Limits of the API: how many unused keys in a row end the search, and how much one page may hold. */
const GAP_LIMIT_DEFAULT = 50;
const GAP_LIMIT_MAX = 150;
const PAGE_LIMIT_MAX = 1_000;
const PUBLIC_KEYS_MAX = 1_000;
/** Where the xpub of a rescue key stands; one of lower depth is brought there. */
const RESCUE_PATH = [44, 0, 0, 0];

/** `POST /swap/restore` (Boltz API v2): the swaps whose claim keys belong to an xpub, a public key or several. @throws ProviderError */
export function restoreSwaps(book: SwapBook, body: unknown): readonly object[] {
  return findSwaps(book, fieldsOf(body)).map(restoredView);
}

/** `POST /swap/restore/index`: the highest index in use, -1 when there is none. */
export function restoreIndex(book: SwapBook, body: unknown): { index: number } {
  const found = findSwaps(book, fieldsOf(body));
  return { index: found.reduce((highest, { keyIndex }) => Math.max(highest, keyIndex), -1) };
}

function findSwaps(book: SwapBook, fields: Fields): readonly Found[] {
  if (fields['xpub'] !== undefined) return findByXpub(book, fields);
  if (fields['publicKey'] !== undefined) return findByKeys(book, [requiredString(fields, 'publicKey')]);
  const keys = fields['publicKeys'];
  if (!Array.isArray(keys)) throw new ProviderError('undefined parameter: xpub', 422);
  if (keys.length > PUBLIC_KEYS_MAX) throw new ProviderError('invalid parameter: publicKeys', 422);
  return findByKeys(
    book,
    keys.map((key) => String(key)),
  );
}

function findByKeys(book: SwapBook, keys: readonly string[]): readonly Found[] {
  return keys.flatMap((key, keyIndex) => {
    const swap = book.byClaimPublicKey(key.toLowerCase());
    return swap ? [{ keyIndex, swap }] : [];
  });
}

function findByXpub(book: SwapBook, fields: Fields): readonly Found[] {
  const node = rescueNode(requiredString(fields, 'xpub'), optionalString(fields, 'derivationPath'));
  const gapLimit = Math.min(optionalNumber(fields, 'gapLimit') ?? GAP_LIMIT_DEFAULT, GAP_LIMIT_MAX);
  const page = fields['pagination'] === undefined ? null : fieldsOf(fields['pagination']);
  const start = page ? wholeNumber(optionalNumber(page, 'startIndex') ?? 0, 'startIndex') : 0;
  const end = page ? start + Math.min(wholeNumber(optionalNumber(page, 'limit') ?? PAGE_LIMIT_MAX, 'limit'), PAGE_LIMIT_MAX) : Infinity;
  const found: Found[] = [];
  for (let index = start, unused = 0; index < end && unused < gapLimit; index++) {
    const swap = book.byClaimPublicKey(toHex(node.derive(index).publicKey));
    unused = swap ? 0 : unused + 1;
    if (swap) found.push({ keyIndex: index, swap });
  }
  return found;
}

function rescueNode(xpub: string, path: string | null): Node {
  try {
    let node: Node = BIP32Factory(ecc).fromBase58(xpub);
    const steps = path === null ? (node.depth >= RESCUE_PATH.length ? [] : RESCUE_PATH) : parsePath(path);
    for (const step of steps) node = node.derive(step);
    return node;
  } catch {
    throw new ProviderError('invalid parameter: xpub', 422);
  }
}

function parsePath(path: string): readonly number[] {
  if (!/^m(?:\/\d{1,9})*$/.test(path)) throw new ProviderError('invalid parameter: derivationPath', 422);
  return path.split('/').slice(1).map(Number);
}

function wholeNumber(value: number, name: string): number {
  if (!Number.isInteger(value) || value < 0) throw new ProviderError(`invalid parameter: ${name}`, 422);
  return value;
}

function restoredView({ keyIndex, swap }: Found): object {
  return {
    id: swap.id,
    type: 'reverse',
    status: swap.status,
    createdAt: Math.floor(swap.createdMs / SECOND_MS),
    from: 'BTC',
    to: 'L-BTC',
    preimageHash: swap.preimageHash,
    invoice: swap.invoice,
    claimDetails: {
      type: 'utxo',
      tree: swap.tree,
      amount: Number(swap.onchainSats),
      keyIndex,
      ...(swap.lockup === null ? {} : { transaction: { id: swap.lockup.txid, vout: swap.lockup.vout } }),
      lockupAddress: swap.lockupAddress,
      serverPublicKey: swap.refundPublicKey,
      timeoutBlockHeight: swap.timeoutBlockHeight,
      blindingKey: swap.blindingKey,
      preimageHash: swap.preimageHash,
    },
    ...(swap.metadata === null ? {} : { metadata: swap.metadata }),
  };
}
