import type { LiquidNetwork } from '../liquid/network.ts';
import type { SwapTree } from '../liquid/swap-tree.ts';
import type { LiquidOutput } from '../liquid/transaction.ts';
import type { ClaimOnRecord } from './signer.ts';
import { fromHex, sameBytes } from '../lib/bytes.ts';
import { parseTransaction } from '../liquid/transaction.ts';

/** More than any claim of ours pays, and enough for one bump (a replacement pays for its full size: 159 sats). Beyond it, it is a theft by fee. */
export const FEE_CAP_SATS = 200n;
const EXPLICIT = 0x01;

/**
 * Why the claim on record must not be signed; null when it may. It spends exactly the recorded lockup, and pays nothing but the recorded
 * destination and an open L-BTC fee: the amounts balance by consensus, so what is not fee reaches the destination. `tree` is made from the
 * record's terms.
 */
export function claimFault(network: LiquidNetwork, record: ClaimOnRecord, tree: SwapTree): string | null {
  const claim = tryParse(record.claim.hex.reveal());
  if (!claim) return 'claim_unreadable';
  if (claim.txid !== record.claim.txid) return 'claim_txid';
  const [input, ...moreInputs] = claim.inputs;
  if (!input || moreInputs.length > 0) return 'claim_inputs';
  if (input.txid !== record.lockup.txid || input.vout !== record.lockup.vout) return 'claim_of_other_outpoint';
  if (!sameBytes(record.lockupOutput.script, tree.scriptPubKey)) return 'lockup_of_other_swap';
  const fees = claim.outputs.filter((output) => output.script.length === 0);
  const paid = claim.outputs.filter((output) => output.script.length > 0);
  if (paid.length !== 1 || fees.length !== 1) return 'claim_outputs';
  if (record.destinationScript.length === 0 || !paid.every((output) => sameBytes(output.script, record.destinationScript))) {
    return 'claim_to_other_destination';
  }
  const fee = fees.map((output) => explicitSats(network, output))[0] ?? null;
  if (fee === null) return 'claim_fee_unclear';
  return fee > FEE_CAP_SATS ? 'claim_fee_above_cap' : null;
}

/** Open L-BTC only: a fee in another asset or under a commitment is none. */
export function explicitSats(network: LiquidNetwork, { asset, value }: LiquidOutput): bigint | null {
  if (asset.length !== 33 || asset[0] !== EXPLICIT || !sameBytes(asset.slice(1), fromHex(network.lbtcAsset).reverse())) return null;
  if (value.length !== 9 || value[0] !== EXPLICIT) return null;
  return new DataView(value.buffer, value.byteOffset).getBigUint64(1);
}

function tryParse(hex: string) {
  try {
    return parseTransaction(hex);
  } catch {
    return null; // anything that is not one whole transaction
  }
}
