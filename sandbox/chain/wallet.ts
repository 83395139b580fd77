import type { Random } from '../../src/lib/random.ts';
import type { Coin, Plan } from '../elements/build-transaction.ts';
import type { Opened, PlainOutput } from '../elements/confidential.ts';
import type { AssetName, ChainWallet, WalletOutput, WalletTransaction } from './chain.ts';
import type { ChangeNote } from './history.ts';
import type { Purse, PurseDeps } from './purse.ts';
import type { RunningChain } from './run-chain.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '../../src/lib/bytes.ts';
import { buildTransaction, leastFeeSats, SEQUENCE_FINAL, SEQUENCE_REPLACEABLE, signKeyHashInputs } from '../elements/build-transaction.ts';
import { REGTEST } from '../elements/network.ts';
import { p2wpkhScript } from '../elements/script.ts';
import { transactionHex, transactionId } from '../elements/transaction.ts';
import { readRecord } from './ledger.ts';
import { makePurse, noteOf, sumOf } from './purse.ts';
import { makeQueue } from './queue.ts';

export type WalletDeps = PurseDeps & { readonly random: Random; readonly submit: RunningChain['submit']; readonly otherAsset: string };
export type WalletKeys = { readonly spendKey: Uint8Array; readonly blindingKey: Uint8Array };

/** All coins of a wallet lie on one script: nobody's privacy is at stake in a sandbox. */
export function walletKeys(seed: string, name: string): WalletKeys {
  return { spendKey: sha256(`${name} spend ${seed}`), blindingKey: sha256(`${name} blind ${seed}`) };
}

export function walletScript(keys: WalletKeys): Uint8Array {
  return p2wpkhScript(secp256k1.getPublicKey(keys.spendKey, true));
}

/** A P2WPKH input's witness at its largest. */
const INPUT_WITNESS = [new Uint8Array(72), new Uint8Array(33)];

type Inside = {
  readonly deps: WalletDeps;
  readonly keys: WalletKeys;
  readonly purse: Purse;
  readonly script: Uint8Array;
  readonly blindingPublicKey: Uint8Array;
};
type Signed = { readonly transaction: WalletTransaction; readonly change: readonly ChangeNote[]; readonly coins: readonly Coin[] };

/** `notes`: what is known of coins from earlier, by `txid:vout`. */
export function makeWallet(deps: WalletDeps, keys: WalletKeys, notes: ReadonlyMap<string, Opened>): ChainWallet {
  const script = walletScript(keys);
  const blindingPublicKey = secp256k1.getPublicKey(keys.blindingKey, true);
  const purse = makePurse(deps, { script, blindingKey: keys.blindingKey }, notes);
  const inside: Inside = { deps, keys, purse, script, blindingPublicKey };
  const { enqueue } = makeQueue();
  return {
    script,
    blindingPublicKey,
    pay: (out) => enqueue(async () => send(inside, draft(inside, out))),
    prepare: (out) =>
      enqueue(async () => {
        const signed = draft(inside, out);
        purse.setAside(signed.coins);
        return signed.transaction;
      }),
    takeBack: (hex) => enqueue(async () => send(inside, draftTakeBack(inside, hex))),
    balanceSats: (asset) => sumOf(purse.unspent(), assetIdOf(deps, asset)),
  };
}

async function send({ deps, purse }: Inside, { transaction, change }: Signed): Promise<WalletTransaction> {
  const answer = await deps.submit(transaction.hex, change);
  if (!answer.ok) throw new Error(`the chain refused a transaction of the sandbox's wallet: ${answer.reason}`);
  purse.remember(transaction.txid, change);
  return transaction;
}

function draft(inside: Inside, out: WalletOutput): Signed {
  const { deps, purse } = inside;
  const paid = {
    script: out.script,
    assetId: assetIdOf(deps, out.asset),
    valueSats: out.amountSats,
    blindingPublicKey: out.blindingPublicKey,
  };
  const frame = { lbtcAsset: REGTEST.lbtcAsset, sequence: out.rbf ? SEQUENCE_REPLACEABLE : SEQUENCE_FINAL, locktime: 0 };
  const isPaidFirst = ((deps.random(1)[0] ?? 0) & 1) === 1; // the payment is not always output 0
  let feeSats = 1n;
  for (;;) {
    const needs = new Map([[REGTEST.lbtcAsset, feeSats]]);
    needs.set(paid.assetId, (needs.get(paid.assetId) ?? 0n) + paid.valueSats);
    const coins = [...needs].flatMap(([asset, amount]) => purse.choose(asset, amount + 1n)); // some change always: it takes up the blinders
    const change = [...needs].map(([asset, amount]) => toSelf(inside, asset, sumOf(coins, asset) - amount));
    const plan = { ...frame, coins, outputs: isPaidFirst ? [paid, ...change] : [...change, paid] };
    const least = leastFeeSats(plan, INPUT_WITNESS);
    if (feeSats >= least) return sign(inside, { ...plan, feeSats }, paid);
    feeSats = least; // which may take another coin, and then a higher fee
  }
}

/** Spends the first input of `hex` to this wallet. The fee is the old one and twice the relay fee of its whole size, so that it may replace it. */
function draftTakeBack(inside: Inside, hex: string): Signed {
  const record = readRecord(hex);
  const [first] = record.tx.inputs;
  const coin = first ? inside.purse.coin(first.txid, first.vout) : null;
  if (!coin || coin.opened.assetId !== REGTEST.lbtcAsset) throw new Error('the first input is not L-BTC of this wallet');
  const feeSats = record.feeSats + (BigInt(record.vsize) + 4n) / 5n; // 0.2 sat per vbyte, rounded up
  const paid = toSelf(inside, REGTEST.lbtcAsset, coin.opened.valueSats - feeSats);
  const plan = { coins: [coin], outputs: [paid], feeSats, lbtcAsset: REGTEST.lbtcAsset, sequence: SEQUENCE_REPLACEABLE, locktime: 0 };
  return sign(inside, plan, paid);
}

/** `paid` is the output of the plan that the caller asked for; whatever else is ours is change. */
function sign({ deps, keys, script }: Inside, plan: Plan, paid: PlainOutput): Signed {
  const built = buildTransaction(deps, plan);
  const spent = plan.coins.map((coin) => coin.output);
  const tx = signKeyHashInputs(built.tx, spent, keys.spendKey);
  const change = plan.outputs.flatMap((output, vout) => {
    const opened = built.opened[vout];
    return opened && output.script === script ? [noteOf(vout, opened)] : [];
  });
  return { transaction: { txid: transactionId(tx), hex: transactionHex(tx), vout: plan.outputs.indexOf(paid) }, change, coins: plan.coins };
}

function toSelf({ script, blindingPublicKey }: Inside, assetId: string, valueSats: bigint): PlainOutput {
  return { script, assetId, valueSats, blindingPublicKey };
}

function assetIdOf(deps: WalletDeps, name: AssetName = 'LBTC'): string {
  return name === 'LBTC' ? REGTEST.lbtcAsset : deps.otherAsset;
}
