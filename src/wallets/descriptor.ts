import type { NetworkName } from '../liquid/network.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { ExtendedKey } from './extended-key.ts';
import { fromHex, sha256, toHex } from '../lib/bytes.ts';
import { ok, refuse } from '../lib/result.ts';
import { Secret } from '../lib/secret.ts';
import { descriptorChecksum, isDescriptorText } from './descriptor-checksum.ts';
import { PATTERNS } from './descriptor-patterns.ts';
import { descriptorRefusal } from './descriptor-refusal.ts';
import { parseExtendedKey, receiveBranch } from './extended-key.ts';

/** Everything that is needed to derive a merchant's addresses and to see what arrives there, and nothing that could spend it. */
export type Descriptor = Readonly<{
  network: NetworkName;
  scriptType: ScriptType;
  /** SLIP-77 master blinding key, 32 bytes: it shows the whole wallet's amounts, for ever. */
  masterBlindingKey: Secret<Uint8Array>;
  /** Public key and chain code of branch 0, the receiving one. */
  branch: Readonly<{ publicKey: Uint8Array; chainCode: Uint8Array }>;
  /** Identity of the scripts (hex): the same for every spelling of the descriptor that gives the same addresses. */
  chainId: string;
  /** Of the wallet's master key, eight hex digits, when the descriptor says it. */
  fingerprint: string | null;
  warnings: readonly DescriptorWarning[];
  /** As it was given: to be sealed. */
  text: Secret<string>;
}>;

export type ScriptType = 'sh-wpkh' | 'wpkh';

/** TABLE: what is unusual but not wrong. */
export const DESCRIPTOR_WARNINGS = {
  no_checksum: 'The descriptor has no checksum, so a typing mistake in it cannot be found.',
  no_origin: 'The descriptor does not say which wallet it comes from.',
  unusual_purpose: 'The derivation path is not the usual one for this kind of address.',
  unusual_coin_type: 'The derivation path is not the usual one for this network.',
} as const;
export type DescriptorWarning = keyof typeof DESCRIPTOR_WARNINGS;

/** The documented limit (web API, POST /connect/descriptor). */
export const DESCRIPTOR_CHARS_MAX = 500;
const SCRIPTS: readonly (readonly [ScriptType, RegExp])[] = [
  ['sh-wpkh', PATTERNS.nested],
  ['wpkh', PATTERNS.native],
];

/**
 * Parses `ct(slip77(HEX),elsh(wpkh(KEY)))` or `ct(slip77(HEX),elwpkh(KEY))`, strictly: what is not understood to the last character is
 * refused. Linear in the text; refusals never repeat any of it. Regtest and testnet cannot be told apart.
 */
export function parseDescriptor(text: string, network: NetworkName): Result<Descriptor, Refusal> {
  const body = checkedBody(text);
  if (!body.ok) return body;
  const confidential = PATTERNS.confidential.exec(body.value);
  if (!confidential?.[1]) return refuse(descriptorRefusal('form'));
  const blinding = PATTERNS.blinding.exec(confidential[1]);
  if (!blinding?.[1] || !blinding[2]) return refuse(descriptorRefusal('blinding'));
  const masterBlindingKey = fromHex(blinding[1]);
  if (masterBlindingKey.every((byte) => byte === 0)) return refuse(descriptorRefusal('blinding'));
  const inner = parseScript(blinding[2]);
  if (!inner) return refuse(descriptorRefusal('script'));
  const key = parseExtendedKey(inner.key, network);
  if (!key.ok) return key;
  return ok({
    network,
    scriptType: inner.scriptType,
    masterBlindingKey: new Secret(masterBlindingKey),
    branch: receiveBranch(key.value),
    chainId: chainIdOf(network, inner.scriptType, key.value),
    fingerprint: key.value.origin?.fingerprint ?? null,
    warnings: warningsOf(network, inner.scriptType, key.value, text.includes('#')),
    text: new Secret(text),
  });
}

/** The text without its checksum, once length, characters and checksum are right and it holds nothing that is private. */
function checkedBody(text: string): Result<string, Refusal> {
  // First, whatever else is wrong: who pasted it must know what they did.
  if (PATTERNS.privateKey.test(text)) return refuse(descriptorRefusal('private_key'));
  if (text.length > DESCRIPTOR_CHARS_MAX) return refuse(descriptorRefusal('too_long'));
  if (PATTERNS.recoveryWords.test(text)) return refuse(descriptorRefusal('recovery_words'));
  if (!isDescriptorText(text)) return refuse(descriptorRefusal('characters'));
  const [body = '', checksum, ...more] = text.split('#');
  if (more.length > 0) return refuse(descriptorRefusal('checksum'));
  if (checksum !== undefined && (!PATTERNS.checksum.test(checksum) || descriptorChecksum(body) !== checksum)) {
    return refuse(descriptorRefusal('checksum'));
  }
  return ok(body);
}

function parseScript(inner: string): { scriptType: ScriptType; key: string } | null {
  for (const [scriptType, form] of SCRIPTS) {
    const key = form.exec(inner)?.[1];
    if (key) return { scriptType, key };
  }
  return null;
}

function chainIdOf(network: NetworkName, scriptType: ScriptType, key: ExtendedKey): string {
  return toHex(sha256([network, scriptType, toHex(key.publicKey), toHex(key.chainCode), '0'].join('|')));
}

/** SLIP-44: 1776 is Liquid, 1 is every test network. BIP-49 and BIP-84: the purpose that goes with the kind of script. */
function warningsOf(network: NetworkName, scriptType: ScriptType, key: ExtendedKey, hasChecksum: boolean): DescriptorWarning[] {
  const warnings: DescriptorWarning[] = [];
  if (!hasChecksum) warnings.push('no_checksum');
  if (!key.origin) return [...warnings, 'no_origin'];
  const [purpose, coinType] = key.origin.path;
  if (!purpose?.hardened || purpose.index !== (scriptType === 'sh-wpkh' ? 49 : 84)) warnings.push('unusual_purpose');
  if (!coinType?.hardened || coinType.index !== (network === 'liquid' ? 1776 : 1)) warnings.push('unusual_coin_type');
  return warnings;
}
