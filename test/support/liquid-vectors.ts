import { readFileSync } from 'node:fs';

export type NetworkText = 'liquid' | 'testnet' | 'regtest';
export type AddressRow = {
  index: number;
  pubkey?: string;
  scriptPubKey: string;
  confidential: string;
  unconfidential?: string;
  blindingPubkey?: string;
  blindingPrivkey?: string;
  esploraScripthash?: string;
};
export type DescriptorVectors = {
  descriptors: {
    id: string;
    network: NetworkText;
    type: string;
    seedHex: string;
    descriptor: string;
    multipathDescriptor: string;
    xpub: string;
    slip77MasterKey: string;
    addresses: AddressRow[];
    highIndices?: AddressRow[];
  }[];
  known: { source: string; network: NetworkText; descriptor: string; addresses: AddressRow[] }[];
  invalid: { id: string; network: NetworkText; descriptor: string; expectedReason: string; ownError: { code: string } }[];
  taprootLockupAddresses: {
    network: NetworkText;
    scriptPubKey: string;
    blindingPubkey: string;
    confidential: string;
    unconfidential: string;
  }[];
  slip77Known: { slip77MasterKey: string; scriptPubKey: string; confidentialAddressRegtest: string; blindingPubkey: string }[];
  gdkExample: { network: NetworkText; descriptor: string };
};
export type UnblindVectors = {
  lbtc: string;
  cases: {
    id: string;
    txid: string;
    hex: string;
    outputs: {
      vout: number;
      slip77MasterKey: string;
      scriptPubKey: string;
      blindingPrivateKey: string;
      confidential: boolean;
      asset: string;
      isLbtc: boolean;
      value: string;
      assetBlinder: string;
      valueBlinder: string;
    }[];
  }[];
};
type VectorClaim = { txid: string; hex: string; sighash: string; vsize: number; discountVsize: number };
export type SwapVectors = {
  preimage: string;
  preimageHash: string;
  claimPrivateKey: string;
  claimPublicKey: string;
  refundPrivateKey: string;
  refundPublicKey: string;
  blindingPrivateKey: string;
  blindingPublicKey: string;
  timeoutBlockHeight: number;
  internalKey: string;
  claimLeafHash: string;
  refundLeafHash: string;
  merkleRoot: string;
  taprootTweak: string;
  outputKey: string;
  outputKeyParity: 0 | 1;
  swapTree: { claimLeaf: { version: number; output: string }; refundLeaf: { version: number; output: string } };
  lockupScriptPubKey: string;
  lockupAddress: string;
  lockupUnconfidentialAddress: string;
  lockup: { txid: string; hex: string; vout: number; value: number; asset: string };
  merchant: { descriptor: string; index: number; confidential: string; scriptPubKey: string; blindingPrivateKey: string };
  cooperativeClaim: VectorClaim & {
    signature: string;
    fee: number;
    ourPubNonce: string;
    boltzPubNonce: string;
    boltzPartialSignature: string;
    claimedValue: number;
  };
  scriptPathClaim: VectorClaim & { controlBlock: string };
};

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8'));
}

export const descriptorVectors = read<DescriptorVectors>('descriptors');
export const unblindVectors = read<UnblindVectors>('unblind');
export const swapVectors = read<SwapVectors>('swap');
