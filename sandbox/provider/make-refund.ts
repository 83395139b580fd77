import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { schnorr } from '@noble/curves/secp256k1.js';
import { fromHex } from '../../src/lib/bytes.ts';
import { SEQUENCE_LOCKTIME, buildTransaction, withWitness } from '../elements/build-transaction.ts';
import { openOutput } from '../elements/confidential.ts';
import { REGTEST } from '../elements/network.ts';
import { taprootSighash } from '../elements/sighash.ts';
import { controlBlock, leafHash } from '../elements/taproot.ts';
import { parseTransaction, transactionHex, transactionId } from '../elements/transaction.ts';
import { swapOutput } from './swap-tree.ts';

/** About 220 discounted vbytes at 0.1 sat/vB, and some to spare. */
const REFUND_FEE_SATS = 30n;

/** The transaction that takes an unclaimed lockup back by the refund leaf. Valid from the timeout height on. @throws Error when the lockup is gone */
export function makeRefund(deps: ProviderDeps, swap: Swap, lockup: { txid: string; vout: number }): NonNullable<Swap['refund']> {
  const known = deps.chain.transaction(lockup.txid);
  const output = known && parseTransaction(known.hex).outputs[lockup.vout];
  const opened = output && openOutput(deps.zkp, output, fromHex(swap.blindingKey));
  if (!output || !opened) throw new Error('the lockup is not on the chain');
  const { script, blindingPublicKey } = deps.wallet;
  const lbtcAsset = REGTEST.lbtcAsset;
  const { tx } = buildTransaction(deps, {
    coins: [{ ...lockup, output, opened }],
    outputs: [{ script, blindingPublicKey, assetId: lbtcAsset, valueSats: opened.valueSats - REFUND_FEE_SATS }],
    feeSats: REFUND_FEE_SATS,
    lbtcAsset,
    sequence: SEQUENCE_LOCKTIME,
    locktime: swap.timeoutBlockHeight,
  });
  const leaf = fromHex(swap.tree.refundLeaf.output);
  const sighash = taprootSighash({ tx, index: 0, spent: [output] }, REGTEST.genesisHash, leafHash(leaf));
  const signature = schnorr.sign(sighash, fromHex(swap.refundPrivateKey), deps.random(32));
  const signed = withWitness(tx, 0, [signature, leaf, refundControlBlock(deps, swap)]);
  return { txid: transactionId(signed), hex: transactionHex(signed), confirmed: false };
}

function refundControlBlock(deps: ProviderDeps, swap: Swap): Uint8Array {
  const internalKey = deps.signer.aggregate([fromHex(swap.refundPublicKey), fromHex(swap.claimPublicKey)]);
  return controlBlock(internalKey, swapOutput(swap.tree, internalKey).parity, fromHex(swap.tree.claimLeaf.output));
}
