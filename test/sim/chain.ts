import type { LiquidTransaction } from '../../src/liquid/transaction.ts';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { asBuffer, parseTransaction } from '../../src/liquid/transaction.ts';

export const NETWORK = liquidNetwork('regtest');
export const WORTHLESS_ASSET = 'ab'.repeat(32);
export const TIP_START = 1_000;

export type NewOutput = Readonly<{ script: Uint8Array; asset?: string; valueSats: bigint; nonce?: Uint8Array; unreadable?: boolean }>;
export type NewInput = Readonly<{ txid: string; vout: number; sequence?: number; witness?: readonly Uint8Array[] }>;

/** A whole Liquid transaction with open amounts: what confidential ones hide is of no matter to orders and crashes. */
export function makeTransaction(inputs: readonly NewInput[], outputs: readonly NewOutput[]): { hex: string; txid: string } {
  const transaction = new Transaction();
  transaction.version = 2;
  for (const { txid, vout, sequence } of inputs) transaction.addInput(asBuffer(fromHex(txid).reverse()), vout, sequence ?? 0xffffffff);
  for (const { script, asset, valueSats, nonce, unreadable } of outputs) {
    const value = Buffer.alloc(9);
    value[0] = 1;
    value.writeBigUInt64BE(valueSats, 1);
    const mark = unreadable ? UNREADABLE : (nonce ?? Uint8Array.of(0));
    const id = Buffer.concat([Uint8Array.of(1), fromHex(asset ?? NETWORK.lbtcAsset).reverse()]);
    transaction.addOutput(asBuffer(script), value, id, asBuffer(mark));
  }
  inputs.forEach(({ witness }, i) => {
    const input = transaction.ins[i];
    if (witness && input) input.witness = witness.map((item) => asBuffer(item));
  });
  return { hex: transaction.toHex(), txid: transaction.getId() };
}

/** The nonce of an output that the swap's blinding key does not open. */
export const UNREADABLE = Uint8Array.from([3, ...new Uint8Array(32)]);

export function witnessOf(hex: string): readonly Uint8Array[] {
  return Transaction.fromHex(hex).ins[0]?.witness ?? [];
}

type Known = {
  readonly txid: string;
  hex: string;
  readonly parsed: LiquidTransaction;
  readonly seenAtMs: number;
  height: number | null;
  gone: boolean;
};

/** One Liquid network: mempool, blocks, eviction, reorganisations of one block. */
export class SimChain {
  tip = TIP_START;
  /** Counts every change: followers look when it has moved. */
  version = 0;
  readonly known = new Map<string, Known>();
  readonly #spenders = new Map<string, string>();
  readonly #byScript = new Map<string, Set<string>>();
  /** Told of each transaction that comes in, before it is judged. */
  onOffer: (hex: string) => void = () => {};

  /** Takes a transaction into the mempool. `force`: of a miner's own, over what spends the same. */
  add(hex: string, atMs: number, force = false): { accepted: true } | { accepted: false; reason: string } {
    const parsed = parseTransaction(hex);
    const there = this.known.get(parsed.txid);
    if (there && !there.gone) return { accepted: true };
    for (const input of parsed.inputs) {
      const parent = this.known.get(input.txid);
      if (parent?.gone) return { accepted: false, reason: 'bad-txns-inputs-missingorspent' };
      const spender = this.#spenders.get(`${input.txid}:${input.vout}`);
      if (spender === undefined) continue;
      if (!force) return { accepted: false, reason: 'txn-mempool-conflict' };
      this.drop(spender);
    }
    for (const input of parsed.inputs) this.#spenders.set(`${input.txid}:${input.vout}`, parsed.txid);
    this.known.set(parsed.txid, { txid: parsed.txid, hex, parsed, seenAtMs: atMs, height: null, gone: false });
    for (const input of parsed.inputs) {
      const spent = this.known.get(input.txid)?.parsed.outputs[input.vout];
      if (spent) this.#index(spent.script, parsed.txid);
    }
    for (const output of parsed.outputs) this.#index(output.script, parsed.txid);
    this.version++;
    return { accepted: true };
  }

  /** Leaves the network, with everything that spends it. */
  drop(txid: string): void {
    const known = this.known.get(txid);
    if (!known || known.gone) return;
    known.gone = true;
    known.height = null;
    this.version++;
    for (const input of known.parsed.inputs) this.#spenders.delete(`${input.txid}:${input.vout}`);
    known.parsed.outputs.forEach((_output, vout) => {
      const child = this.#spenders.get(`${txid}:${vout}`);
      if (child) this.drop(child);
    });
  }

  mine(keepOut: (txid: string) => boolean): void {
    this.tip++;
    this.version++;
    for (const known of this.known.values()) {
      const parentsIn = known.parsed.inputs.every(({ txid }) => (this.known.get(txid)?.height ?? 0) !== null);
      if (!known.gone && known.height === null && parentsIn && !keepOut(known.txid)) known.height = this.tip;
    }
  }

  /** The newest block is no more; what stood in it waits again. */
  unmine(): void {
    for (const known of this.known.values()) if (known.height === this.tip) known.height = null;
    this.tip--;
    this.version++;
  }

  spender(txid: string, vout: number): Known | null {
    const spender = this.#spenders.get(`${txid}:${vout}`);
    return (spender !== undefined && this.known.get(spender)) || null;
  }

  /** What lies on a script or spends from it, and is in the network now. */
  onScript(script: Uint8Array): readonly Known[] {
    return [...(this.#byScript.get(toHex(script)) ?? [])].flatMap((txid) => {
      const known = this.known.get(txid);
      return known && !known.gone ? [known] : [];
    });
  }

  #index(script: Uint8Array, txid: string): void {
    const name = toHex(script);
    this.#byScript.set(name, (this.#byScript.get(name) ?? new Set()).add(txid));
  }
}

/** An open output as the swap's blinding key would show it. */
export function unblindOpen({ asset, value, nonce }: { asset: Uint8Array; value: Uint8Array; nonce: Uint8Array }) {
  if (nonce[0] === UNREADABLE[0]) return null;
  const valueSats = Buffer.from(value).readBigUInt64BE(1);
  const blank = new Uint8Array(32);
  const assetId = toHex(Uint8Array.from(asset.slice(1)).reverse());
  return { assetId, valueSats, assetBlinder: blank, valueBlinder: blank, confidential: true };
}

/** A script that nobody else has. */
export function scriptFor(name: string): Uint8Array {
  return Uint8Array.from([0x51, 0x20, ...sha256(name)]);
}
