import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { fromHex, sha256, toHex } from '../../src/lib/bytes.ts';
import { claimSighash, countInputs } from './claim-sighash.ts';
import { ProviderError, UNKNOWN_SWAP } from './provider-error.ts';
import { fieldsOf, optionalHex, optionalNumber, optionalString, requiredHex } from './request-fields.ts';
import { isClaimable } from './swap.ts';
import { swapOutput } from './swap-tree.ts';

type ClaimAnswer = { readonly pubNonce: string; readonly partialSignature: string };
type SigningRequest = { readonly transaction: string; readonly index: number; readonly pubNonce: Uint8Array };

const NOTHING_LOCKED = 'swap not eligible for a cooperative claim';

/**
 * The cooperative claim (Boltz API v2): checks, stores the preimage, settles the payer's invoice, and only then signs whatever transaction it was
 * given. Without a transaction it settles and answers `{}`. May be repeated: each time with a new nonce. @throws ProviderError
 */
export async function claimSwap(deps: ProviderDeps, id: string, body: unknown): Promise<ClaimAnswer | object> {
  const fields = fieldsOf(body);
  const preimage = requiredHex(fields, 'preimage');
  const request = parseSigning(fields);
  return deps.inTurn(id, async () => {
    const swap = deps.book.byId(id);
    if (!swap) throw UNKNOWN_SWAP(id);
    if (!isClaimable(swap) || !swap.lockup) throw new ProviderError(NOTHING_LOCKED);
    if (toHex(sha256(preimage)) !== swap.preimageHash) throw new ProviderError('incorrect preimage');
    if (request && request.index >= countInputs(request.transaction)) throw new ProviderError('input index is out of range');
    if (deps.faults.current().provider === 'signer_off') throw new ProviderError('cooperative claims are disabled');
    const settled = await settle(deps, swap, toHex(preimage));
    return request ? sign(deps, settled, request) : {};
  });
}

function parseSigning(fields: { readonly [name: string]: unknown }): SigningRequest | null {
  const pubNonce = optionalHex(fields, 'pubNonce');
  const transaction = optionalString(fields, 'transaction');
  const index = optionalNumber(fields, 'index');
  if (pubNonce === null && transaction === null && index === null) return null;
  if (pubNonce === null || transaction === null || index === null) {
    throw new ProviderError('pubNonce, index and transaction must be all set or all undefined');
  }
  if (!Number.isInteger(index) || index < 0) throw new ProviderError('input index is out of range');
  return { transaction, index, pubNonce };
}

/** The preimage is stored before it is used: a crash between the two settles at the next call. */
async function settle(deps: ProviderDeps, swap: Swap, preimage: string): Promise<Swap> {
  const stored = swap.preimage === null ? await deps.book.save({ ...swap, preimage }) : swap;
  if (stored.status === 'invoice.settled' || cannotSettle(deps)) return stored;
  return deps.book.save({ ...stored, status: 'invoice.settled', htlc: { state: 'settled' } });
}

/** Its Lightning node does not answer: the payment stays held, and is settled with the stored preimage later. */
export function cannotSettle({ faults }: ProviderDeps): boolean {
  return faults.current().provider === 'settle_fails';
}

function sign(deps: ProviderDeps, swap: Swap, request: SigningRequest): ClaimAnswer {
  const refundKey = fromHex(swap.refundPublicKey);
  const publicKeys = [refundKey, fromHex(swap.claimPublicKey)];
  try {
    const isWrong = deps.faults.current().provider === 'cosign_wrong';
    const sighash = claimSighash(deps.chain, request);
    const { publicNonce, partial } = deps.signer.sign({
      privateKey: fromHex(swap.refundPrivateKey),
      publicKeys,
      tweak: swapOutput(swap.tree, deps.signer.aggregate(publicKeys)).tweak,
      sighash: isWrong ? sha256(sighash) : sighash, // the wrong one is a good signature of another transaction
      theirNonce: request.pubNonce,
    });
    return { pubNonce: toHex(publicNonce), partialSignature: toHex(partial) };
  } catch (error) {
    throw new ProviderError(error instanceof Error ? error.message : 'the claim could not be signed');
  }
}
