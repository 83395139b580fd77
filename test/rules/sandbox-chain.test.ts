import type { OpenedChain } from '../../sandbox/chain/chain.ts';
import type { Transaction, TxOutput } from '../../sandbox/elements/transaction.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openChain } from '../../sandbox/chain/open-chain.ts';
import { SEQUENCE_FINAL, SEQUENCE_LOCKTIME, withWitness } from '../../sandbox/elements/build-transaction.ts';
import { NETWORKS } from '../../sandbox/elements/network.ts';
import { EMPTY, parseTransaction, transactionHex } from '../../sandbox/elements/transaction.ts';
import { fromHex, sha256 } from '../../src/lib/bytes.ts';
import { claim, claimKey, preimage, refund, refundLeaf } from '../support/sandbox-claims.ts';
import swap from '../vectors/swap.json' with { type: 'json' };

const START = new Date('2026-11-22T12:00:00Z');
const claimTx = parseTransaction(swap.scriptPathClaim.hex);

let folder: string;
let now: Date;
let opened: OpenedChain;

const reopen = () => openChain({ folder, now: () => now, mineByClock: false, initialHeight: 20, seedTransactions: [swap.lockup.hex] });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'avopay-chain-'));
  now = START;
  opened = await reopen();
});

afterEach(async () => {
  await opened.chain.close();
  await rm(folder, { recursive: true });
});

/** The recorded script-path claim with one thing changed. */
function tampered(change: (tx: Transaction) => Transaction): string {
  return transactionHex(change(claimTx));
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, (bytes[at] ?? 0) ^ 1);
}

const witnessOf = (change: (witness: readonly Uint8Array[]) => readonly Uint8Array[]) =>
  tampered((tx) => withWitness(tx, 0, change(tx.inputs[0]?.witness ?? [])));
const outputOf = (change: (output: TxOutput) => TxOutput) =>
  tampered((tx) => ({ ...tx, outputs: tx.outputs.map((output, index) => (index === 0 ? change(output) : output)) }));

describe('claims of a swap', () => {
  test('both recorded claims of the lockup are accepted, each on a chain of its own', async () => {
    expect(await opened.chain.accept(swap.scriptPathClaim.hex)).toEqual({ ok: true, txid: swap.scriptPathClaim.txid });
    await opened.chain.drop(swap.scriptPathClaim.txid);
    expect(await opened.chain.accept(swap.cooperativeClaim.hex)).toEqual({ ok: true, txid: swap.cooperativeClaim.txid });
    expect(opened.chain.spender(swap.lockup.txid, 0)).toEqual({ txid: swap.cooperativeClaim.txid, vin: 0, height: null });
  });

  test('a claim that is built here is accepted, and the same again', async () => {
    const hex = claim();
    const first = await opened.chain.accept(hex);
    expect(first.ok).toBe(true);
    expect(await opened.chain.accept(hex)).toEqual(first);
    await opened.chain.mine(1);
    expect(await opened.chain.accept(hex)).toEqual(first);
    expect(opened.chain.mempool()).toEqual([]);
  });

  const otherPreimage = sha256('not the preimage');
  const script = (reason: string) => `non-mandatory-script-verify-flag (${reason})`;
  const refused: readonly [name: string, hex: () => string, reason: string][] = [
    ['a wrong preimage', () => claim({ preimage: otherPreimage }), script('Script failed an OP_EQUALVERIFY operation')],
    [
      'a preimage of 33 bytes',
      () => claim({ preimage: new Uint8Array([...preimage, 0]) }),
      script('Script failed an OP_EQUALVERIFY operation'),
    ],
    ['another key', () => claim({ key: fromHex(swap.refundPrivateKey) }), script('Invalid Schnorr signature')],
    [
      'a flipped signature',
      () => witnessOf(([signature, ...rest]) => [flip(signature ?? EMPTY, 40), ...rest]),
      script('Invalid Schnorr signature'),
    ],
    [
      'no signature',
      () => witnessOf(([, ...rest]) => [EMPTY, ...rest]),
      script('Script evaluated without error but finished with a false/empty top stack element'),
    ],
    [
      'a short signature',
      () => witnessOf(([signature, ...rest]) => [(signature ?? EMPTY).slice(1), ...rest]),
      script('Invalid Schnorr signature size'),
    ],
    ['a signature for another chain', () => claim({ genesisHash: NETWORKS.testnet.genesisHash }), script('Invalid Schnorr signature')],
    [
      'one item too many',
      () => witnessOf((witness) => [new Uint8Array([1]), ...witness]),
      script('Stack size must be exactly one after execution'),
    ],
    [
      'a cut control block',
      () => witnessOf((witness) => witness.with(-1, (witness.at(-1) ?? EMPTY).slice(1))),
      script('Invalid Taproot control block size'),
    ],
    [
      'a control block of another tree',
      () => witnessOf((witness) => witness.with(-1, flip(witness.at(-1) ?? EMPTY, 40))),
      script('Witness program hash mismatch'),
    ],
    ['another leaf', () => witnessOf((witness) => witness.with(-2, refundLeaf)), script('Witness program hash mismatch')],
    ['no witness', () => tampered((tx) => withWitness(tx, 0, [])), script('Witness program was passed an empty witness')],
    ['an annex', () => witnessOf((witness) => [...witness, new Uint8Array([0x50])]), 'bad-witness-nonstandard'],
    [
      'a flipped range proof',
      () => outputOf((output) => ({ ...output, rangeProof: flip(output.rangeProof, 2_000) })),
      'bad-txns-in-ne-out',
    ],
    ['no range proof', () => outputOf((output) => ({ ...output, rangeProof: EMPTY })), 'bad-txns-in-ne-out'],
    [
      'a flipped surjection proof',
      () => outputOf((output) => ({ ...output, surjectionProof: flip(output.surjectionProof, 20) })),
      'bad-txns-in-ne-out',
    ],
    ['another value', () => outputOf((output) => ({ ...output, value: flip(output.value, 9) })), 'bad-txns-in-ne-out'],
    ['an explicit output alone', () => claim({ isExplicit: true }), 'bad-txns-in-ne-out'],
    ['a fee of 5 sats', () => claim({ feeSats: 5n }), 'min relay fee not met, 5 < 23'],
    ['a lock time that has not come', () => claim({ locktime: 21 }), 'non-final'],
    [
      'an unknown input',
      () => tampered((tx) => ({ ...tx, inputs: tx.inputs.map((input) => ({ ...input, txid: '11'.repeat(32) })) })),
      'bad-txns-inputs-missingorspent',
    ],
    ['the same input twice', () => tampered((tx) => ({ ...tx, inputs: [...tx.inputs, ...tx.inputs] })), 'bad-txns-inputs-duplicate'],
    ['a script nobody knows', () => outputOf((output) => ({ ...output, script: Uint8Array.of(0x51) })), 'scriptpubkey'],
    ['half a transaction', () => swap.scriptPathClaim.hex.slice(0, 400), 'TX decode failed. Make sure the tx has at least one input.'],
  ];
  test.each(refused)('a claim with %s is refused as elementsd refuses it', async (_name, hex, reason) => {
    const height = opened.chain.height();
    expect(await opened.chain.accept(hex())).toEqual({ ok: false, reason });
    expect(opened.chain.mempool()).toEqual([]);
    expect(await opened.chain.mine(1)).toBe(height + 1);
    expect(opened.chain.spender(swap.lockup.txid, 0)).toBeNull();
  });

  test('a cooperative claim with a changed signature is refused', async () => {
    const tx = parseTransaction(swap.cooperativeClaim.hex);
    const hex = transactionHex(withWitness(tx, 0, [flip(tx.inputs[0]?.witness[0] ?? EMPTY, 3)]));
    expect(await opened.chain.accept(hex)).toEqual({ ok: false, reason: script('Invalid Schnorr signature') });
  });

  test('a refund is refused before its height in every way of asking, and accepted from it on', async () => {
    const { chain } = opened;
    const early = script('Locktime requirement not satisfied');
    const timeout = swap.timeoutBlockHeight;
    expect(await chain.accept(refund({ locktime: timeout, sequence: SEQUENCE_LOCKTIME }))).toEqual({ ok: false, reason: 'non-final' });
    expect(await chain.accept(refund({ locktime: chain.height(), sequence: SEQUENCE_LOCKTIME }))).toEqual({ ok: false, reason: early });
    expect(await chain.accept(refund({ locktime: timeout, sequence: SEQUENCE_FINAL }))).toEqual({ ok: false, reason: early });
    await chain.mine(timeout - chain.height() - 1);
    expect(await chain.accept(refund({ locktime: timeout, sequence: SEQUENCE_LOCKTIME }))).toEqual({ ok: false, reason: 'non-final' });
    await chain.mine(1);
    expect(await chain.accept(refund({ locktime: timeout, sequence: SEQUENCE_LOCKTIME, key: claimKey }))).toEqual({
      ok: false,
      reason: script('Invalid Schnorr signature'),
    });
    expect((await chain.accept(refund({ locktime: timeout, sequence: SEQUENCE_LOCKTIME }))).ok).toBe(true);
  });
});
