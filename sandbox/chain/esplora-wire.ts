import type { Transaction, TxInput, TxOutput } from '../elements/transaction.ts';
import type { Block, Chain } from './chain.ts';
import { toHex } from '../../src/lib/bytes.ts';
import { makeAddress } from '../elements/address.ts';
import { fromDisplay, join, toDisplay } from '../elements/codec.ts';
import { explicitValue } from '../elements/confidential.ts';
import { REGTEST } from '../elements/network.ts';
import { scriptKind } from '../elements/script.ts';
import { doubleSha256, isCoinbase, parseTransaction } from '../elements/transaction.ts';
import { transactionSizes } from '../elements/transaction-size.ts';
import { feeSats } from './ledger.ts';

/** Esplora's JSON for Liquid (API.md of Blockstream/esplora): commitments in place of hidden values, and no proofs. Amounts are JSON numbers. */
export type Json = { readonly [name: string]: unknown };

export function statusJson(chain: Chain, height: number | null): Json {
  const block = height === null ? null : chain.block(height);
  if (!block) return { confirmed: false };
  return { confirmed: true, block_height: block.height, block_hash: block.hash, block_time: seconds(block.time) };
}

/** Null when the chain does not know it. */
export function transactionJson(chain: Chain, txid: string): Json | null {
  const found = chain.transaction(txid);
  if (!found) return null;
  const tx = parseTransaction(found.hex);
  const { size, weight, vsize, discountVsize } = transactionSizes(tx);
  return {
    txid,
    version: tx.version,
    locktime: tx.locktime,
    vin: tx.inputs.map((input) => inputJson(chain, input, isCoinbase(tx))),
    vout: tx.outputs.map(outputJson),
    size,
    weight,
    vsize,
    discount_vsize: discountVsize,
    fee: Number(feeSats(tx)), // below 2^53: all the sats there are
    status: statusJson(chain, found.height),
  };
}

function inputJson(chain: Chain, input: TxInput, isFromNowhere: boolean): Json {
  const spent = isFromNowhere ? null : spentOutput(chain, input);
  return {
    txid: input.txid,
    vout: input.vout,
    prevout: spent && outputJson(spent),
    scriptsig: toHex(input.script),
    scriptsig_asm: assembly(input.script),
    ...(input.witness.length > 0 ? { witness: input.witness.map(toHex) } : {}),
    is_coinbase: isFromNowhere,
    sequence: input.sequence,
    is_pegin: input.isPegin,
  };
}

function spentOutput(chain: Chain, { txid, vout }: TxInput): TxOutput | null {
  const parent = chain.transaction(txid);
  return (parent && parseTransaction(parent.hex).outputs[vout]) ?? null;
}

function outputJson(output: TxOutput): Json {
  const kind = output.script.length === 0 ? 'fee' : scriptKind(output.script);
  const hasAddress = kind !== 'fee' && kind !== 'op_return' && kind !== 'unknown';
  return {
    scriptpubkey: toHex(output.script),
    scriptpubkey_asm: assembly(output.script),
    scriptpubkey_type: kind,
    ...(hasAddress ? { scriptpubkey_address: makeAddress(REGTEST, { script: output.script, blindingPublicKey: null }) } : {}),
    ...amountJson(output),
  };
}

function amountJson(output: TxOutput): Json {
  return {
    ...(output.value[0] === 1 ? { value: Number(explicitValue(output)) } : { valuecommitment: toHex(output.value) }), // below 2^53, as above
    ...(output.asset[0] === 1 ? { asset: toDisplay(output.asset.slice(1)) } : { assetcommitment: toHex(output.asset) }),
  };
}

/** Unspent outputs on a script, the mempool's view. */
export function utxoJson(chain: Chain, script: Uint8Array): Json[] {
  return chain.transactionsOfScript(script).flatMap(({ txid, height }) =>
    outputsOf(chain, txid).flatMap((output, vout) => {
      if (Buffer.compare(output.script, script) !== 0 || chain.spender(txid, vout)) return [];
      const nonce = output.nonce.length > 1 ? { noncecommitment: toHex(output.nonce) } : {};
      return [{ txid, vout, status: statusJson(chain, height), ...amountJson(output), ...nonce }];
    }),
  );
}

function outputsOf(chain: Chain, txid: string): Transaction['outputs'] {
  const found = chain.transaction(txid);
  return found ? parseTransaction(found.hex).outputs : [];
}

export function outspendJson(chain: Chain, txid: string, vout: number): Json {
  const spender = chain.spender(txid, vout);
  if (!spender) return { spent: false };
  return { spent: true, txid: spender.txid, vin: spender.vin, status: statusJson(chain, spender.height) };
}

export function blockJson(chain: Chain, block: Block): Json {
  const sizes = block.txids.flatMap((txid) => {
    const found = chain.transaction(txid);
    return found ? [transactionSizes(parseTransaction(found.hex))] : [];
  });
  return {
    id: block.hash,
    height: block.height,
    version: 0x2000_0000,
    timestamp: seconds(block.time),
    mediantime: seconds(block.time),
    tx_count: block.txids.length,
    size: sizes.reduce((sum, each) => sum + each.size, 0),
    weight: sizes.reduce((sum, each) => sum + each.weight, 0),
    merkle_root: merkleRoot(block.txids),
    previousblockhash: chain.block(block.height - 1)?.hash ?? null,
  };
}

function merkleRoot(txids: readonly string[]): string {
  let row = txids.map(fromDisplay);
  if (row.length === 0) return '00'.repeat(32);
  while (row.length > 1) {
    row = row.flatMap((left, index) => (index % 2 === 0 ? [doubleSha256(join(left, row[index + 1] ?? left))] : []));
  }
  return toDisplay(row[0] ?? new Uint8Array(32));
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

const OPCODE_NAMES: ReadonlyMap<number, string> = new Map([
  [0x76, 'OP_DUP'],
  [0x6a, 'OP_RETURN'],
  [0x87, 'OP_EQUAL'],
  [0x88, 'OP_EQUALVERIFY'],
  [0xa9, 'OP_HASH160'],
  [0xac, 'OP_CHECKSIG'],
]);

/** The script as words; only what output scripts hold. */
function assembly(script: Uint8Array): string {
  const words: string[] = [];
  for (let at = 0; at < script.length; ) {
    const opcode = script[at++] ?? 0;
    if (opcode === 0) words.push('OP_0');
    else if (opcode <= 75) {
      words.push(`OP_PUSHBYTES_${opcode}`, toHex(script.slice(at, at + opcode)));
      at += opcode;
    } else if (opcode >= 0x51 && opcode <= 0x60) words.push(`OP_PUSHNUM_${opcode - 0x50}`);
    else words.push(OPCODE_NAMES.get(opcode) ?? `OP_RETURN_${opcode}`);
  }
  return words.join(' ');
}
