import type { Spending } from './sighash.ts';
import type { TxInput, TxOutput } from './transaction.ts';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { chunks, join } from './codec.ts';
import { hash160, nestedP2wpkhScript, p2wpkhScript, pushBytes, scriptKind } from './script.ts';
import { keyHashScriptCode, SIGHASH_ALL, SIGHASH_DEFAULT, SIGHASH_RANGEPROOF, segwitSighash, taprootSighash } from './sighash.ts';
import { isControlBlockSize, leafHash, provesLeaf, TAPSCRIPT_LEAF_VERSION } from './taproot.ts';
import { runTapscript, ScriptError } from './tapscript.ts';

const ANNEX_TAG = 0x50;
/** elementsd's policy: longer items on a tapscript's stack are not relayed. */
const STACK_ITEM_BYTES_MAX = 80;

/**
 * May this input spend what it spends? Knows P2WPKH, P2WPKH in P2SH, and both taproot paths.
 * @returns null, or elementsd's reason
 */
export function verifyInput(spending: Spending, genesisHash: string): string | null {
  const input = spending.tx.inputs[spending.index];
  const prevout = spending.spent[spending.index];
  if (!input || !prevout) throw new RangeError('no such input');
  try {
    switch (scriptKind(prevout.script)) {
      case 'v0_p2wpkh':
        if (input.script.length > 0) throw new ScriptError('Witness requires empty scriptSig');
        verifyKeyHash(spending, input, prevout.script.slice(2));
        return null;
      case 'p2sh':
        verifyNested(spending, input, prevout);
        return null;
      case 'v1_p2tr':
        if (input.script.length > 0) throw new ScriptError('Witness requires empty scriptSig');
        return verifyTaproot(spending, input, { key: prevout.script.slice(2), genesisHash });
      default:
        return 'bad-txns-nonstandard-inputs';
    }
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return `non-mandatory-script-verify-flag (${error.message})`;
  }
}

function verifyNested(spending: Spending, input: TxInput, prevout: TxOutput): void {
  const key = input.witness[1] ?? new Uint8Array();
  if (Buffer.compare(input.script, pushBytes(p2wpkhScript(key))) !== 0) {
    throw new ScriptError(input.witness.length === 2 ? 'Witness requires only-redeemscript scriptSig' : 'Witness program hash mismatch');
  }
  if (Buffer.compare(nestedP2wpkhScript(key), prevout.script) !== 0) {
    throw new ScriptError('Script evaluated without error but finished with a false/empty top stack element');
  }
  verifyKeyHash(spending, input, hash160(key));
}

function verifyKeyHash(spending: Spending, input: TxInput, keyHash: Uint8Array): void {
  const [signature, key] = input.witness;
  if (!signature || !key || input.witness.length !== 2)
    throw new ScriptError(input.witness.length === 0 ? 'Witness program was passed an empty witness' : 'Witness program hash mismatch');
  if (Buffer.compare(hash160(key), keyHash) !== 0) throw new ScriptError('Script failed an OP_EQUALVERIFY operation');
  if (key.length !== 33) throw new ScriptError('Using non-compressed keys in segwit');
  const hashType = signature.at(-1) ?? 0;
  if (hashType !== SIGHASH_ALL && hashType !== (SIGHASH_ALL | SIGHASH_RANGEPROOF))
    throw new ScriptError('Signature hash type missing or not understood');
  const sighash = segwitSighash(spending, keyHashScriptCode(keyHash), hashType);
  if (!isEcdsaSignature(signature.slice(0, -1), sighash, key))
    throw new ScriptError('Signature must be zero for failed CHECK(MULTI)SIG operation');
}

function isEcdsaSignature(der: Uint8Array, sighash: Uint8Array, key: Uint8Array): boolean {
  let signature: ReturnType<typeof secp256k1.Signature.fromBytes>;
  try {
    signature = secp256k1.Signature.fromBytes(der, 'der');
  } catch {
    throw new ScriptError('Non-canonical DER signature');
  }
  if (signature.hasHighS()) throw new ScriptError('Non-canonical signature: S value is unnecessarily high');
  try {
    return secp256k1.verify(signature.toBytes('compact'), sighash, key, { prehash: false });
  } catch {
    return false; // the key is not on the curve
  }
}

type Taproot = { readonly key: Uint8Array; readonly genesisHash: string };

function verifyTaproot(spending: Spending, input: TxInput, { key, genesisHash }: Taproot): string | null {
  const { witness } = input;
  if (witness.length === 0) throw new ScriptError('Witness program was passed an empty witness');
  if (witness.length >= 2 && witness.at(-1)?.[0] === ANNEX_TAG) return 'bad-witness-nonstandard';
  const signatureChecker = (leaf: Uint8Array | null) => (signature: Uint8Array, signer: Uint8Array) =>
    verifySchnorr(spending, { signature, signer, leaf, genesisHash });
  const [signature] = witness;
  if (signature && witness.length === 1) {
    signatureChecker(null)(signature, key);
    return null;
  }
  const control = witness.at(-1) ?? new Uint8Array();
  const script = witness.at(-2) ?? new Uint8Array();
  if (!isControlBlockSize(control.length)) throw new ScriptError('Invalid Taproot control block size');
  if (!provesLeaf(control, script, key)) throw new ScriptError('Witness program hash mismatch');
  if (((control[0] ?? 0) & 0xfe) !== TAPSCRIPT_LEAF_VERSION) throw new ScriptError('Taproot version reserved for soft-fork upgrades');
  const stack = witness.slice(0, -2);
  if (stack.some((item) => item.length > STACK_ITEM_BYTES_MAX)) return 'bad-witness-nonstandard';
  runTapscript(script, stack, {
    checkSignature: signatureChecker(leafHash(script)),
    locktime: spending.tx.locktime,
    sequence: input.sequence,
    witnessBytes: join(chunks(witness)).length,
  });
  return null;
}

type SchnorrCheck = {
  readonly signature: Uint8Array;
  readonly signer: Uint8Array;
  readonly leaf: Uint8Array | null;
  readonly genesisHash: string;
};

/** 64 bytes sign SIGHASH_DEFAULT; 65 bytes name their type, of which only SIGHASH_ALL is known here. */
function verifySchnorr(spending: Spending, { signature, signer, leaf, genesisHash }: SchnorrCheck): true {
  if (signature.length !== 64 && signature.length !== 65) throw new ScriptError('Invalid Schnorr signature size');
  const hashType = signature.length === 65 ? (signature[64] ?? 0) : SIGHASH_DEFAULT;
  if (signature.length === 65 && hashType !== SIGHASH_ALL) throw new ScriptError('Invalid Schnorr signature hash type');
  const sighash = taprootSighash(spending, genesisHash, leaf, hashType);
  if (!schnorr.verify(signature.slice(0, 64), sighash, signer)) throw new ScriptError('Invalid Schnorr signature');
  return true;
}
