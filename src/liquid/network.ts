/** Constants of the three Liquid networks (Elements `chainparams.cpp`), and where each can be looked at. Pure data: it crosses threads as it is. */
export type NetworkName = 'liquid' | 'testnet' | 'regtest';

export type LiquidNetwork = Readonly<{
  name: NetworkName;
  /** Policy asset, display order. Anything else on an output is worthless to us. */
  lbtcAsset: string;
  /** Display order; the Elements taproot sighash commits to it in byte order. */
  genesisBlockHash: string;
  /** Human-readable part of invoices of the matching Lightning network, after `ln`. */
  bolt11Prefix: 'bc' | 'tb' | 'bcrt';
  /** Scheme of payment URIs, without the colon. */
  uriScheme: 'liquidnetwork' | 'liquidtestnet';
  address: Readonly<{ confidential: number; pubKeyHash: number; scriptHash: number; bech32: string; blech32: string }>;
  /** Version bytes of an extended public key (BIP-32 serialisation). */
  xpubVersion: number;
  /** A public block explorer, which shows transactions under `/tx/…`. */
  explorerUrl: string | null;
}>;

const MAINNET_XPUB = 0x0488b21e;
const TESTNET_XPUB = 0x043587cf;

/** TABLE: what differs between the networks. */
const NETWORKS: { readonly [Name in NetworkName]: LiquidNetwork } = {
  liquid: {
    name: 'liquid',
    lbtcAsset: '6f0279e9ed041c3d710a9f57d0c02928416460c4b722ae3457a11eec381c526d',
    genesisBlockHash: '1466275836220db2944ca059a3a10ef6fd2ea684b0688d2c379296888a206003',
    bolt11Prefix: 'bc',
    uriScheme: 'liquidnetwork',
    address: { confidential: 12, pubKeyHash: 57, scriptHash: 39, bech32: 'ex', blech32: 'lq' },
    xpubVersion: MAINNET_XPUB,
    explorerUrl: 'https://liquid.network',
  },
  testnet: {
    name: 'testnet',
    lbtcAsset: '144c654344aa716d6f3abcc1ca90e5641e4e2a7f633bc09fe3baf64585819a49',
    genesisBlockHash: 'a771da8e52ee6ad581ed1e9a99825e5b3b7992225534eaa2ae23244fe26ab1c1',
    bolt11Prefix: 'tb',
    uriScheme: 'liquidtestnet',
    address: { confidential: 23, pubKeyHash: 36, scriptHash: 19, bech32: 'tex', blech32: 'tlq' },
    xpubVersion: TESTNET_XPUB,
    explorerUrl: 'https://liquid.network/testnet',
  },
  regtest: {
    name: 'regtest',
    lbtcAsset: '5ac9f65c0efcc4775e0baec4ec03abdde22473cd3cf33c0419ca290e0751b225',
    genesisBlockHash: '00902a6b70c2ca83b5d9c815d96a0e2f4202179316970d14ea1847dae5b1ca21',
    bolt11Prefix: 'bcrt',
    uriScheme: 'liquidtestnet',
    address: { confidential: 4, pubKeyHash: 235, scriptHash: 75, bech32: 'ert', blech32: 'el' },
    xpubVersion: TESTNET_XPUB,
    explorerUrl: null,
  },
};

export function liquidNetwork(name: NetworkName): LiquidNetwork {
  return NETWORKS[name];
}
