import type { CreateRequest } from './create-request.ts';
import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { base32Id } from '../../src/lib/ids.ts';
import { lieAtCreation } from '../faults/lie-at-creation.ts';
import { lockTo } from './lockup-output.ts';
import { openInvoice } from './open-invoice.ts';
import { TIMEOUT_DELTA_BLOCKS } from './pair.ts';
import { ProviderError } from './provider-error.ts';
import { makeSwapTree, publicKeyOf, swapOutput } from './swap-tree.ts';

const SWAP_ID_CHARS = 12;

/** Opens a reverse swap: hold invoice, tree and lockup address. It is journalled before it is returned; no two swaps share a preimage hash. */
export async function createSwap(deps: ProviderDeps, request: CreateRequest): Promise<Swap> {
  return deps.inTurn(`hash ${request.preimageHash}`, async () => {
    if (deps.book.byPreimageHash(request.preimageHash)) throw new ProviderError('a swap with this preimage hash exists already', 409);
    if (deps.faults.current().provider === 'refuse_create') throw new ProviderError('reverse swaps are suspended');
    if (!hasLiquidity(deps, request)) throw new ProviderError('insufficient liquidity');
    return deps.book.save(lieAtCreation(deps, request, makeSwap(deps, request)));
  });
}

function hasLiquidity({ wallet, faults }: ProviderDeps, { onchainSats }: CreateRequest): boolean {
  return faults.current().provider !== 'insufficient_liquidity' && wallet.balanceSats() >= onchainSats;
}

function makeSwap(deps: ProviderDeps, request: CreateRequest): Swap {
  const refundPrivateKey = deps.random(32);
  const blindingKey = deps.random(32);
  const refundPublicKey = publicKeyOf(refundPrivateKey);
  const timeoutBlockHeight = deps.chain.height() + TIMEOUT_DELTA_BLOCKS;
  const keys = { claim: request.claimPublicKey, refund: refundPublicKey };
  const tree = makeSwapTree({ preimageHash: fromHex(request.preimageHash), timeoutBlockHeight, keys });
  const internalKey = deps.signer.aggregate([keys.refund, keys.claim]);
  const { script } = swapOutput(tree, internalKey);
  return {
    id: base32Id('', deps.random(17)).slice(0, SWAP_ID_CHARS),
    createdMs: deps.now().getTime(),
    status: 'swap.created',
    preimageHash: request.preimageHash,
    claimPublicKey: toHex(request.claimPublicKey),
    refundPrivateKey: toHex(refundPrivateKey),
    refundPublicKey: toHex(refundPublicKey),
    blindingKey: toHex(blindingKey),
    timeoutBlockHeight,
    tree,
    ...lockTo(script, blindingKey),
    ...openInvoice(deps, request),
    invoiceSats: request.invoiceSats,
    onchainSats: request.onchainSats,
    onchainGiven: request.onchainGiven,
    referralId: request.referralId,
    metadata: request.metadata,
    webhook: request.webhook,
    htlc: { state: 'none' },
    preimage: null,
    lockup: null,
    refund: null,
    failureReason: null,
    lie: null,
    takeBackMs: null,
  };
}

/** The answer to a creation (Boltz API v2). */
export function createdView(swap: Swap): object {
  return {
    id: swap.id,
    invoice: swap.invoice,
    swapTree: swap.tree,
    lockupAddress: swap.lockupAddress,
    refundPublicKey: swap.refundPublicKey,
    timeoutBlockHeight: swap.timeoutBlockHeight,
    blindingKey: swap.blindingKey,
    ...(swap.referralId === null ? {} : { referralId: swap.referralId }),
    ...(swap.onchainGiven ? {} : { onchainAmount: Number(swap.onchainSats) }),
  };
}
