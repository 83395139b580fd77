/** What differs between Liquid's networks (Elements' chainparams). Ids and hashes in display order. */
export type Network = {
  readonly name: 'liquid' | 'testnet' | 'regtest';
  readonly confidentialPrefix: number;
  readonly scriptHashPrefix: number;
  readonly keyHashPrefix: number;
  readonly bech32: string;
  readonly blech32: string;
  readonly lbtcAsset: string;
  readonly genesisHash: string;
};

/** TABLE: the sandbox runs on regtest alone; the others are here so that addresses can be held to all vectors. */
export const NETWORKS: { readonly [Name in Network['name']]: Network } = {
  liquid: {
    name: 'liquid',
    confidentialPrefix: 12,
    scriptHashPrefix: 39,
    keyHashPrefix: 57,
    bech32: 'ex',
    blech32: 'lq',
    lbtcAsset: '6f0279e9ed041c3d710a9f57d0c02928416460c4b722ae3457a11eec381c526d',
    genesisHash: '1466275836220db2944ca059a3a10ef6fd2ea684b0688d2c379296888a206003',
  },
  testnet: {
    name: 'testnet',
    confidentialPrefix: 23,
    scriptHashPrefix: 19,
    keyHashPrefix: 36,
    bech32: 'tex',
    blech32: 'tlq',
    lbtcAsset: '144c654344aa716d6f3abcc1ca90e5641e4e2a7f633bc09fe3baf64585819a49',
    genesisHash: 'a771da8e52ee6ad581ed1e9a99825e5b3b7992225534eaa2ae23244fe26ab1c1',
  },
  regtest: {
    name: 'regtest',
    confidentialPrefix: 4,
    scriptHashPrefix: 75,
    keyHashPrefix: 235,
    bech32: 'ert',
    blech32: 'el',
    lbtcAsset: '5ac9f65c0efcc4775e0baec4ec03abdde22473cd3cf33c0419ca290e0751b225',
    genesisHash: '00902a6b70c2ca83b5d9c815d96a0e2f4202179316970d14ea1847dae5b1ca21',
  },
};
export const REGTEST = NETWORKS.regtest;
