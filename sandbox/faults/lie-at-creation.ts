import type { CreateRequest } from '../provider/create-request.ts';
import type { ProviderDeps } from '../provider/provider-deps.ts';
import type { Swap } from '../provider/swap.ts';
import type { ProviderLie } from './fault-table.ts';
import { fromHex, toHex } from '../../src/lib/bytes.ts';
import { branchHash, leafHash, outputKey } from '../elements/taproot.ts';
import { lockTo } from '../provider/lockup-output.ts';
import { openInvoice } from '../provider/open-invoice.ts';
import { makeSwapTree, publicKeyOf, swapOutput } from '../provider/swap-tree.ts';

type Making = { readonly deps: ProviderDeps; readonly request: CreateRequest; readonly swap: Swap };

/** Tapscript of Bitcoin, which Liquid's nodes take for a version of the future: anybody could spend by it. */
const BITCOIN_LEAF_VERSION = 0xc0;
/** Minutes, where the honest timeout is a day. */
const NEAR_TIMEOUT_BLOCKS = 30;
/** Script: push of 32 bytes, and OP_CHECKSIG. */
const PUSH_KEY = 0x20;
const CHECKSIG = 0xac;

/** TABLE: what each lie changes of an honest swap. Everything else stays consistent with it, so that no other check can find it. */
const LIES: { readonly [Lie in ProviderLie]?: (making: Making) => Partial<Swap> } = {
  amount: ({ deps, request }) => {
    const invoiceSats = request.invoiceSats + 1n;
    return { ...openInvoice(deps, { ...request, invoiceSats }), invoiceSats };
  },
  payment_hash: ({ deps, request }) => openInvoice(deps, request, { paymentHash: toHex(deps.random(32)) }),
  payment_secret: ({ deps, request }) => openInvoice(deps, request, { paymentSecret: null }),
  two_payment_hashes: ({ deps, request }) => openInvoice(deps, request, { otherHash: toHex(deps.random(32)) }),
  tree_keys: ({ deps, request, swap }) => {
    const keys = { claim: publicKeyOf(deps.random(32)), refund: fromHex(swap.refundPublicKey) };
    return relock({ deps, request, swap: { ...swap, tree: treeOf(swap, keys) } });
  },
  leaf_version: (making) => {
    const { claimLeaf, refundLeaf } = making.swap.tree;
    const root = branchHash(leafHash(fromHex(claimLeaf.output), BITCOIN_LEAF_VERSION), leafHash(fromHex(refundLeaf.output)));
    return { tree: { claimLeaf: { ...claimLeaf, version: BITCOIN_LEAF_VERSION }, refundLeaf }, ...lockUnder(making, root) };
  },
  extra_leaf: (making) => {
    const { claimLeaf, refundLeaf } = making.swap.tree;
    const own = Uint8Array.of(PUSH_KEY, ...fromHex(making.swap.refundPublicKey).slice(1), CHECKSIG);
    const honest = branchHash(leafHash(fromHex(claimLeaf.output)), leafHash(fromHex(refundLeaf.output)));
    const covenantClaimLeaf = { version: claimLeaf.version, output: toHex(own) };
    return { tree: { claimLeaf, refundLeaf, covenantClaimLeaf }, ...lockUnder(making, branchHash(leafHash(own), honest)) };
  },
  refund_key_parity: ({ swap: { refundPublicKey } }) => {
    return { refundPublicKey: (refundPublicKey.startsWith('02') ? '03' : '02') + refundPublicKey.slice(2) };
  },
  timeout: ({ deps, request, swap }) => {
    const timeoutBlockHeight = deps.chain.height() + NEAR_TIMEOUT_BLOCKS;
    const keys = { claim: request.claimPublicKey, refund: fromHex(swap.refundPublicKey) };
    const tree = treeOf({ ...swap, timeoutBlockHeight }, keys);
    return { timeoutBlockHeight, ...relock({ deps, request, swap: { ...swap, tree } }) };
  },
  blinding_key: ({ deps }) => ({ blindingKey: toHex(deps.random(32)) }),
  address: ({ deps, swap }) => lockTo(deps.wallet.script, fromHex(swap.blindingKey)),
  onchain_amount: ({ swap }) => ({ onchainSats: swap.onchainSats - 1n }),
};

/** The swap with the lie of the day inside, signed and addressed like any other. Lies of the lockup are only written down here. */
export function lieAtCreation(deps: ProviderDeps, request: CreateRequest, swap: Swap): Swap {
  const { provider_lies: lie } = deps.faults.current();
  if (lie === 'none') return swap;
  return { ...swap, ...LIES[lie]?.({ deps, request, swap }), lie };
}

function treeOf({ preimageHash, timeoutBlockHeight }: Swap, keys: { claim: Uint8Array; refund: Uint8Array }): Swap['tree'] {
  return makeSwapTree({ preimageHash: fromHex(preimageHash), timeoutBlockHeight, keys });
}

/** The tree of `swap` with the address that really belongs to it. */
function relock({ deps, request, swap }: Making): Pick<Swap, 'tree' | 'lockupScript' | 'lockupAddress'> {
  const { script } = swapOutput(swap.tree, internalKeyOf({ deps, request, swap }));
  return { tree: swap.tree, ...lockTo(script, fromHex(swap.blindingKey)) };
}

function lockUnder(making: Making, root: Uint8Array): Pick<Swap, 'lockupScript' | 'lockupAddress'> {
  const { key } = outputKey(internalKeyOf(making), root);
  return lockTo(Uint8Array.of(0x51, 0x20, ...key), fromHex(making.swap.blindingKey));
}

function internalKeyOf({ deps, request, swap }: Making): Uint8Array {
  return deps.signer.aggregate([fromHex(swap.refundPublicKey), request.claimPublicKey]);
}
