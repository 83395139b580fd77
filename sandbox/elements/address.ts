import type { Network } from './network.ts';
import { bech32, bech32m, createBase58check } from '@scure/base';
import { sha256 } from '../../src/lib/bytes.ts';
import { decodeBlech32, encodeBlech32 } from './blech32.ts';
import { join } from './codec.ts';
import { scriptKind } from './script.ts';

/** Where an address pays; `blindingPublicKey` null for an unconfidential one. */
export type Destination = { readonly script: Uint8Array; readonly blindingPublicKey: Uint8Array | null };

const base58check = createBase58check(sha256);
const KEY_BYTES = 33;

/** @throws RangeError for a script that has no address. */
export function makeAddress(network: Network, { script, blindingPublicKey }: Destination): string {
  const kind = scriptKind(script);
  if (kind === 'p2sh' || kind === 'p2pkh') {
    const prefix = kind === 'p2sh' ? network.scriptHashPrefix : network.keyHashPrefix;
    const hash = kind === 'p2sh' ? script.slice(2, 22) : script.slice(3, 23);
    return base58check.encode(
      blindingPublicKey
        ? join(Uint8Array.of(network.confidentialPrefix, prefix), blindingPublicKey, hash)
        : join(Uint8Array.of(prefix), hash),
    );
  }
  if (kind === 'op_return' || kind === 'unknown') throw new RangeError('this script has no address');
  const version = kind === 'v1_p2tr' ? 1 : 0;
  const program = script.slice(2);
  if (blindingPublicKey)
    return encodeBlech32(
      network.blech32,
      [version, ...bech32.toWords(join(blindingPublicKey, program))],
      version === 0 ? 'blech32' : 'blech32m',
    );
  return (version === 0 ? bech32 : bech32m).encode(network.bech32, [version, ...bech32.toWords(program)], false);
}

/** Null for anything that is not an address of this network. */
export function parseAddress(network: Network, text: string): Destination | null {
  try {
    return parseBlech32(network, text) ?? parseBech32(network, text) ?? parseBase58(network, text);
  } catch {
    return null; // the codecs throw on every kind of damage
  }
}

function parseBlech32(network: Network, text: string): Destination | null {
  const decoded = decodeBlech32(network.blech32, text);
  if (!decoded) return null;
  const [version, ...words] = decoded.words;
  const payload = bech32.fromWords(words);
  const script = programScript(version, decoded.variant === 'blech32', payload.slice(KEY_BYTES));
  return script && { script, blindingPublicKey: payload.slice(0, KEY_BYTES) };
}

function parseBech32(network: Network, text: string): Destination | null {
  for (const codec of [bech32, bech32m]) {
    const decoded = codec.decodeUnsafe(text);
    if (decoded?.prefix !== network.bech32) continue;
    const [version, ...words] = decoded.words;
    const script = programScript(version, codec === bech32, codec.fromWords(words));
    return script && { script, blindingPublicKey: null };
  }
  return null;
}

/** Version 0 goes with the older checksum, later ones with the newer. */
function programScript(version: number | undefined, isOldChecksum: boolean, program: Uint8Array): Uint8Array | null {
  if (version === undefined || (version === 0) !== isOldChecksum) return null;
  const script = join(Uint8Array.of(version === 0 ? 0 : 0x50 + version, program.length), program);
  return scriptKind(script) === 'unknown' ? null : script;
}

function parseBase58(network: Network, text: string): Destination | null {
  const bytes = base58check.decode(text);
  if (bytes[0] === network.confidentialPrefix && bytes.length === 2 + KEY_BYTES + 20) {
    const script = hashScript(network, bytes[1], bytes.slice(2 + KEY_BYTES));
    return script && { script, blindingPublicKey: bytes.slice(2, 2 + KEY_BYTES) };
  }
  const script = bytes.length === 21 ? hashScript(network, bytes[0], bytes.slice(1)) : null;
  return script && { script, blindingPublicKey: null };
}

function hashScript(network: Network, prefix: number | undefined, hash: Uint8Array): Uint8Array | null {
  if (prefix === network.scriptHashPrefix) return join(Uint8Array.of(0xa9, 0x14), hash, Uint8Array.of(0x87));
  if (prefix === network.keyHashPrefix) return join(Uint8Array.of(0x76, 0xa9, 0x14), hash, Uint8Array.of(0x88, 0xac));
  return null;
}
