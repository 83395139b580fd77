import type { LiquidNetwork } from '../../src/liquid/network.ts';
import { Transaction } from 'liquidjs-lib/src/transaction.js';
import { fromHex } from '../../src/lib/bytes.ts';
import { type LiquidTransaction, parseTransaction } from '../../src/liquid/transaction.ts';

/** A transaction that pays the same open amount of L-BTC to each script. */
export function lockupTo(
  network: LiquidNetwork,
  scripts: readonly Uint8Array[],
  amountSats: bigint,
  sequence = 0xffffffff,
): LiquidTransaction {
  const transaction = new Transaction();
  transaction.version = 2;
  transaction.addInput(Buffer.alloc(32, 9), 0, sequence);
  const value = Buffer.alloc(9, 1);
  value.writeBigUInt64BE(amountSats, 1);
  const asset = Buffer.concat([Buffer.of(1), fromHex(network.lbtcAsset).reverse()]);
  for (const script of scripts) transaction.addOutput(Buffer.from(script), value, asset, Buffer.of(0), Buffer.alloc(0), Buffer.alloc(0));
  return parseTransaction(transaction.toHex());
}

/** A transaction without witnesses that spends one outpoint, as a source that lies, or a refund, would show it. */
export function spendOf(txid: string, vout: number): LiquidTransaction {
  const transaction = new Transaction();
  transaction.version = 2;
  transaction.addInput(Buffer.from(fromHex(txid).reverse()), vout, 0xfffffffe);
  const value = Buffer.alloc(9, 1);
  transaction.addOutput(Buffer.of(0x51), value, Buffer.alloc(33, 1), Buffer.of(0), Buffer.alloc(0), Buffer.alloc(0));
  return parseTransaction(transaction.toHex());
}
