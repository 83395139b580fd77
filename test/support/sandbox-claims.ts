import type { Coin } from '../../sandbox/elements/build-transaction.ts';
import type { Transaction, TxOutput } from '../../sandbox/elements/transaction.ts';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { buildTransaction, SEQUENCE_REPLACEABLE, withWitness } from '../../sandbox/elements/build-transaction.ts';
import { explicitOutput, openOutput } from '../../sandbox/elements/confidential.ts';
import { REGTEST } from '../../sandbox/elements/network.ts';
import { p2wpkhScript } from '../../sandbox/elements/script.ts';
import { taprootSighash } from '../../sandbox/elements/sighash.ts';
import { controlBlock, leafHash } from '../../sandbox/elements/taproot.ts';
import { parseTransaction, transactionHex } from '../../sandbox/elements/transaction.ts';
import { loadZkp } from '../../sandbox/elements/zkp.ts';
import { fromHex } from '../../src/lib/bytes.ts';
import { systemRandom } from '../../src/lib/random.ts';
import swap from '../vectors/swap.json' with { type: 'json' };

/** The far end of a recorded swap: builds and signs spends of its lockup with the sandbox's own primitives. */
export const zkp = await loadZkp();
export const lockupOutput = parseTransaction(swap.lockup.hex).outputs[0] as TxOutput; // the vector's lockup
export const claimKey = fromHex(swap.claimPrivateKey);
export const claimLeaf = fromHex(swap.swapTree.claimLeaf.output);
export const refundLeaf = fromHex(swap.swapTree.refundLeaf.output);
export const preimage = fromHex(swap.preimage);
export const blindingKey = systemRandom(32);
export const home = { script: p2wpkhScript(secp256k1.getPublicKey(claimKey)), blindingPublicKey: secp256k1.getPublicKey(blindingKey) };

/** The vector's lockup, opened. */
function lockupCoin(): Coin {
  const inside = openOutput(zkp, lockupOutput, fromHex(swap.blindingPrivateKey));
  if (!inside) throw new Error('the lockup does not open');
  return { txid: swap.lockup.txid, vout: swap.lockup.vout, output: lockupOutput, opened: inside };
}

type Shape = { feeSats?: bigint; locktime?: number; sequence?: number; isExplicit?: boolean };

function unsigned({ feeSats = 30n, locktime = 0, sequence = SEQUENCE_REPLACEABLE, isExplicit = false }: Shape): Transaction {
  const coin = lockupCoin();
  const output = { ...home, assetId: REGTEST.lbtcAsset, valueSats: coin.opened.valueSats - feeSats };
  const plan = { coins: [coin], outputs: [output], feeSats, lbtcAsset: REGTEST.lbtcAsset, sequence, locktime };
  const { tx } = buildTransaction({ zkp, random: systemRandom }, plan);
  return isExplicit ? { ...tx, outputs: tx.outputs.map((each, index) => (index === 0 ? explicitOutput(output) : each)) } : tx;
}

function sign(tx: Transaction, key: Uint8Array, leaf: Uint8Array | null, genesisHash: string = REGTEST.genesisHash): Uint8Array {
  return schnorr.sign(taprootSighash({ tx, index: 0, spent: [lockupOutput] }, genesisHash, leaf && leafHash(leaf)), key);
}

/** A claim by the script path, with any part replaced. */
export function claim(parts: Shape & { key?: Uint8Array; preimage?: Uint8Array; genesisHash?: string; control?: Uint8Array } = {}): string {
  const tx = unsigned(parts);
  const control = parts.control ?? fromHex(swap.scriptPathClaim.controlBlock);
  return transactionHex(
    withWitness(tx, 0, [sign(tx, parts.key ?? claimKey, claimLeaf, parts.genesisHash), parts.preimage ?? preimage, claimLeaf, control]),
  );
}

export function refund(parts: Shape & { key?: Uint8Array }): string {
  const tx = unsigned(parts);
  const control = controlBlock(fromHex(swap.internalKey), 1, claimLeaf);
  return transactionHex(withWitness(tx, 0, [sign(tx, parts.key ?? fromHex(swap.refundPrivateKey), refundLeaf), refundLeaf, control]));
}
