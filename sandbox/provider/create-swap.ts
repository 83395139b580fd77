import type { CreateRequest } from './create-request.ts';
import type { ProviderDeps } from './provider-deps.ts';
import type { Swap } from './swap.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { base32Id } from '../../src/lib/ids.ts';
import { SECOND_MS } from '../../src/lib/time.ts';
import { makeAddress } from '../elements/address.ts';
import { REGTEST } from '../elements/network.ts';
import { makeInvoice } from './bolt11-invoice.ts';
import { TIMEOUT_DELTA_BLOCKS } from './pair.ts';
import { ProviderError } from './provider-error.ts';
import { makeSwapTree, publicKeyOf, swapOutput } from './swap-tree.ts';

const SWAP_ID_CHARS = 12;

/** Opens a reverse swap: hold invoice, tree and lockup address. It is journalled before it is returned; no two swaps share a preimage hash. */
export async function createSwap(deps: ProviderDeps, request: CreateRequest): Promise<Swap> {
  return deps.inTurn(`hash ${request.preimageHash}`, async () => {
    if (deps.book.byPreimageHash(request.preimageHash)) throw new ProviderError('a swap with this preimage hash exists already', 409);
    if (deps.wallet.balanceSats() < request.onchainSats) throw new ProviderError('insufficient liquidity');
    return deps.book.save(makeSwap(deps, request));
  });
}

function makeSwap(deps: ProviderDeps, request: CreateRequest): Swap {
  const refundPrivateKey = deps.random(32);
  const blindingKey = deps.random(32);
  const refundPublicKey = publicKeyOf(refundPrivateKey);
  const timeoutBlockHeight = deps.chain.height() + TIMEOUT_DELTA_BLOCKS;
  const keys = { claim: request.claimPublicKey, refund: refundPublicKey };
  const tree = makeSwapTree({ preimageHash: fromHex(request.preimageHash), timeoutBlockHeight, keys });
  const internalKey = deps.signer.aggregate([keys.refund, keys.claim]);
  const lockupScript = swapOutput(tree, internalKey).script;
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
    lockupScript: toHex(lockupScript),
    lockupAddress: makeAddress(REGTEST, { script: lockupScript, blindingPublicKey: publicKeyOf(blindingKey) }),
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
  };
}

/** A BOLT 11 timestamp counts whole seconds; the expiry is counted from there. */
function openInvoice(deps: ProviderDeps, request: CreateRequest): Pick<Swap, 'invoice' | 'paymentSecret' | 'invoiceExpiresMs'> {
  const createdAtSeconds = Math.floor(deps.now().getTime() / SECOND_MS);
  const paymentSecret = toHex(deps.random(32));
  const { paymentHash, expirySeconds } = { paymentHash: request.preimageHash, expirySeconds: request.expirySeconds };
  const { description, descriptionHash, invoiceSats: amountSats } = request;
  const terms = { paymentHash, paymentSecret, amountSats, description, descriptionHash, expirySeconds, createdAtSeconds };
  return {
    invoice: makeInvoice(terms, deps.book.nodeKey),
    paymentSecret,
    invoiceExpiresMs: (createdAtSeconds + expirySeconds) * SECOND_MS,
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
