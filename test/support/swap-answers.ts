import type { AskedSwap } from '../../src/swaps/verify-swap.ts';
import { readFileSync } from 'node:fs';
import { encode, sign } from 'bolt11';
import { fromHex } from '../../src/lib/bytes.ts';
import { sats } from '../../src/lib/money.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';

export const VECTOR = JSON.parse(readFileSync(new URL('../vectors/swap.json', import.meta.url), 'utf8'));
const NETWORK = liquidNetwork('regtest');
export const AT = new Date('2027-01-01T12:00:00.000Z');
const PAYEE = 'd404eed99502d74f1f5362e0a456bff5b5d50f1b368c7d8c65b3eca26e2afd51';
const REGTEST = { bech32: 'bcrt', pubKeyHash: 0x6f, scriptHash: 0xc4, validWitnessVersions: [0, 1] };
const FEATURES = {
  word_length: 4,
  var_onion_optin: { required: false, supported: true },
  payment_secret: { required: false, supported: true },
};
export const INVOICE_SATS = 250_653; // 250_653 - ceil(0.25 %) 627 - lockup fee 26 = 250_000, the vector's lockup

export type InvoiceSpec = {
  hash?: string;
  sats?: number;
  issuedS?: number;
  expiryS?: number;
  secret?: boolean;
  network?: typeof REGTEST | undefined;
};

/** A signed invoice of the vector's payment hash. */
export function invoice(spec: InvoiceSpec = {}) {
  const network = 'network' in spec ? spec.network : REGTEST;
  const { hash = VECTOR.preimageHash, sats: amount = INVOICE_SATS, issuedS = 0, expiryS = 615, secret = true } = spec;
  const tags = [
    { tagName: 'payment_hash', data: hash },
    { tagName: 'description', data: 'Coffee' },
    { tagName: 'expire_time', data: expiryS },
    ...(secret
      ? [
          { tagName: 'payment_secret', data: '11'.repeat(32) },
          { tagName: 'feature_bits', data: FEATURES },
        ]
      : []),
  ];
  const unsigned = encode({ ...(network ? { network } : {}), satoshis: amount, timestamp: AT.getTime() / 1_000 + issuedS, tags }, false);
  return sign(unsigned, PAYEE).paymentRequest ?? '';
}

/** What was asked for before `GOOD` was answered. */
export function asked(change: Partial<AskedSwap> = {}): AskedSwap {
  return {
    network: NETWORK,
    claimPublicKey: fromHex(VECTOR.claimPublicKey),
    preimageHash: fromHex(VECTOR.preimageHash),
    invoiceSats: sats(BigInt(INVOICE_SATS)),
    pair: {
      hash: 'ab'.repeat(32),
      rate: 1,
      limits: { minimal: 100, maximal: 25_000_000 },
      fees: { percentage: 0.25, minerFees: { claim: 20, lockup: 26 } },
    },
    // The vector's timeout (31) is far below any policy; heights below zero put it a day ahead.
    tipHeight: VECTOR.timeoutBlockHeight - 1_440,
    at: AT,
    invoiceEnds: { earliest: new Date(AT.getTime() + 600_000), latest: new Date(AT.getTime() + 735_000) },
    ...change,
  };
}

/** What an honest provider answers. */
export const GOOD = { ...VECTOR.boltzResponse, invoice: invoice() };
