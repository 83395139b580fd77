import type { KnownSwap } from '../../src/swaps/verify-swap.ts';
import type { InvoiceSpec } from '../support/swap-answers.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { verifyRestored } from '../../src/swaps/verify-swap.ts';
import { AT, asked, GOOD, INVOICE_SATS, invoice, VECTOR } from '../support/swap-answers.ts';

beforeAll(readyLiquid);

const FLOOR_SATS = 250_000n;
const known = (change: Partial<KnownSwap> = {}): KnownSwap => {
  const { network, claimPublicKey, preimageHash, invoiceSats } = asked();
  return { network, claimPublicKey, preimageHash, invoiceSats, floorSats: FLOOR_SATS, ...change };
};
const verdict = (answer: unknown, change: Partial<KnownSwap> = {}) => {
  const result = verifyRestored(known(change), answer);
  return result.ok ? 'accepted' : result.error;
};

describe('an answer that is given again after our records are lost', () => {
  test('is taken with the facts that were checked', () => {
    const result = verifyRestored(known(), GOOD);
    expect(result.ok && result.value).toMatchObject({
      providerSwapId: 'vector1',
      invoice: GOOD.invoice,
      invoiceExpiresAt: new Date(AT.getTime() + 615_000),
      onchainSats: 250_000n,
      timeoutHeight: 31,
    });
    expect(result.ok && Buffer.from(result.value.lockupScript).toString('hex')).toBe(VECTOR.lockupScriptPubKey);
  });

  test('is taken however long ago its invoice ended: a payer may have paid it in time', () => {
    expect(verdict({ ...GOOD, invoice: invoice({ issuedS: -86_400, expiryS: 1 }) })).toBe('accepted');
  });

  test.each<[string, object, Partial<KnownSwap>]>([
    ['answer_unreadable', { onchainAmount: 250_000.5 }, {}],
    ['answer_unreadable', { swapTree: undefined }, {}],
    ['refund_leaf', { timeoutBlockHeight: 32 }, {}],
    ['lockup_address', { lockupAddress: VECTOR.merchant.confidential }, {}],
    ['blinding_key_invalid', { blindingKey: '00'.repeat(32) }, {}],
    ['onchain_amount_too_low', { onchainAmount: 249_999 }, {}],
    ['onchain_amount_too_low', { onchainAmount: Number(CLAIM_FEE_SATS) }, { floorSats: 0n }],
    ['accepted', { onchainAmount: Number(CLAIM_FEE_SATS) + 1 }, { floorSats: 0n }],
    ['onchain_amount_too_high', { onchainAmount: INVOICE_SATS + 1 }, {}],
    ['accepted', { onchainAmount: INVOICE_SATS }, {}],
    ['invoice_without_amount', { invoice: 'lnbcrt1nothing' }, {}],
    ['lockup_address_unreadable', {}, { network: liquidNetwork('liquid') }],
  ])('is judged: %s', (reason, change, facts) => {
    expect(verdict({ ...GOOD, ...change }, facts)).toBe(reason);
  });

  test.each<[string, InvoiceSpec]>([
    ['invoice_hash', { hash: '22'.repeat(32) }],
    ['invoice_amount', { sats: INVOICE_SATS + 1 }],
    ['invoice_amount', { sats: INVOICE_SATS - 1 }],
    ['invoice_of_other_network', { network: undefined }],
  ])('is refused for its invoice: %s', (reason, spec) => {
    expect(verdict({ ...GOOD, invoice: invoice(spec) })).toBe(reason);
  });

  test('is refused when it is of another key or hash of ours', () => {
    expect(verdict(GOOD, { preimageHash: new Uint8Array(32).fill(1) })).toBe('claim_leaf');
    expect(verdict(GOOD, { claimPublicKey: Buffer.from(VECTOR.refundPublicKey, 'hex') })).toBe('refund_key_is_ours');
  });
});
