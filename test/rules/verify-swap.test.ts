import type { AskedSwap } from '../../src/swaps/verify-swap.ts';
import type { InvoiceSpec } from '../support/swap-answers.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { sats } from '../../src/lib/money.ts';
import { liquidNetwork } from '../../src/liquid/network.ts';
import { CLAIM_FEE_SATS } from '../../src/liquid/claim-transaction.ts';
import { readyLiquid } from '../../src/liquid/zkp.ts';
import { verifySwap } from '../../src/swaps/verify-swap.ts';
import { answerMutants } from '../support/answer-mutants.ts';
import { AT, asked, GOOD, INVOICE_SATS, invoice, VECTOR } from '../support/swap-answers.ts';

beforeAll(readyLiquid);

const verdict = (answer: unknown, change: Partial<AskedSwap> = {}) => {
  const result = verifySwap(asked(change), answer);
  return result.ok ? 'accepted' : result.error;
};

describe('the answer of an honest provider', () => {
  test('is accepted, and its facts are the ones that were checked', () => {
    const result = verifySwap(asked(), GOOD);
    expect(result.ok && result.value).toMatchObject({
      providerSwapId: 'vector1',
      onchainSats: 250_000n,
      timeoutHeight: 31,
      invoiceExpiresAt: new Date(AT.getTime() + 615_000),
    });
    expect(result.ok && Buffer.from(result.value.lockupScript).toString('hex')).toBe(VECTOR.lockupScriptPubKey);
  });

  test('does not print its blinding key', () => {
    const result = verifySwap(asked(), GOOD);
    expect(JSON.stringify(result, (_key, value) => (typeof value === 'bigint' ? value.toString() : value))).not.toContain(
      VECTOR.blindingPrivateKey,
    );
  });

  test('keeps its meaning with fields that the protocol may add outside the tree', () => {
    expect(verdict({ ...GOOD, referralId: 'x' })).toBe('accepted');
  });

  test('may lock up more than the fees demand, never more than the payer pays', () => {
    expect(verdict({ ...GOOD, onchainAmount: 250_001 })).toBe('accepted');
    expect(verdict({ ...GOOD, onchainAmount: INVOICE_SATS })).toBe('accepted');
    expect(verdict({ ...GOOD, onchainAmount: INVOICE_SATS + 1 })).toBe('onchain_amount_too_high');
  });

  test('may ask for the smallest and for the largest amount that it takes', () => {
    const limits = { minimal: INVOICE_SATS, maximal: INVOICE_SATS };
    expect(verdict(GOOD, { pair: { ...asked().pair, limits } })).toBe('accepted');
  });

  test('may come from a clock two minutes ahead, and end at the first or the last moment that was asked for', () => {
    for (const spec of [{ issuedS: 120, expiryS: 600 }, { expiryS: 600 }, { expiryS: 735 }]) {
      expect(verdict({ ...GOOD, invoice: invoice(spec) })).toBe('accepted');
    }
  });
});

describe('a lying answer', () => {
  test.each(VECTOR.invalidResponses as { id: string; response: object }[])('of the kind $id is refused', ({ response }) => {
    expect(verdict({ ...response, invoice: invoice() })).not.toBe('accepted');
  });

  test.each([
    ['claim_leaf', { swapTree: { ...GOOD.swapTree, claimLeaf: { ...GOOD.swapTree.claimLeaf, output: GOOD.swapTree.refundLeaf.output } } }],
    ['refund_leaf', { timeoutBlockHeight: 32 }],
    ['leaf_version', { swapTree: { ...GOOD.swapTree, refundLeaf: { ...GOOD.swapTree.refundLeaf, version: 192 } } }],
    ['answer_unreadable', { swapTree: { ...GOOD.swapTree, covenantClaimLeaf: GOOD.swapTree.claimLeaf } }],
    ['refund_key_is_ours', { refundPublicKey: VECTOR.claimPublicKey }],
    ['refund_key_is_ours', { refundPublicKey: `03${VECTOR.claimPublicKey.slice(2)}` }],
    ['refund_key_invalid', { refundPublicKey: `02${'ff'.repeat(32)}` }],
    ['blinding_key', { blindingKey: VECTOR.claimPrivateKey }],
    ['blinding_key_invalid', { blindingKey: '00'.repeat(32) }],
    ['lockup_address', { refundPublicKey: `02${VECTOR.refundPublicKey.slice(2)}` }],
    ['lockup_address_unreadable', { lockupAddress: VECTOR.lockupUnconfidentialAddress }],
    ['lockup_address', { lockupAddress: VECTOR.merchant.confidential }],
    ['onchain_amount_too_low', { onchainAmount: 249_999 }],
    ['answer_unreadable', { onchainAmount: 250_000.5 }],
    ['answer_unreadable', { id: '../v2/swap' }],
    ['answer_unreadable', { invoice: undefined }],
  ])('is refused: %s', (reason, change) => {
    expect(verdict({ ...GOOD, ...change })).toBe(reason);
  });

  test.each<[string, InvoiceSpec]>([
    ['invoice_hash', { hash: '22'.repeat(32) }],
    ['invoice_amount', { sats: INVOICE_SATS + 1 }],
    ['invoice_amount', { sats: INVOICE_SATS - 1 }],
    ['invoice_expires_too_early', { expiryS: 599 }],
    ['invoice_expires_too_late', { expiryS: 736 }],
    ['invoice_from_the_future', { issuedS: 121, expiryS: 600 }],
    ['invoice_without_payment_secret', { secret: false }],
  ])('is refused for its invoice: %s', (reason, spec) => {
    expect(verdict({ ...GOOD, invoice: invoice(spec) })).toBe(reason);
  });

  test('is refused for an invoice of another network', () => {
    const mainnet = invoice({ network: undefined });
    expect(verdict({ ...GOOD, invoice: mainnet })).toBe('invoice_of_other_network');
  });

  test('is refused when its timeout leaves no room to claim, or holds a payer for days', () => {
    expect(verdict(GOOD, { tipHeight: 31 - 131 })).toBe('accepted'); // 11 blocks of invoice and 120 to claim
    expect(verdict(GOOD, { tipHeight: 31 - 130 })).toBe('timeout_too_near');
    expect(verdict(GOOD, { tipHeight: 31 - 2_880 })).toBe('accepted');
    expect(verdict(GOOD, { tipHeight: 31 - 2_881 })).toBe('timeout_too_far');
  });

  test('is refused when the amount is outside the limits that were read', () => {
    const pair = asked().pair;
    expect(verdict(GOOD, { pair: { ...pair, limits: { minimal: INVOICE_SATS + 1, maximal: 25_000_000 } } })).toBe('amount_out_of_limits');
    expect(verdict(GOOD, { pair: { ...pair, limits: { minimal: 1, maximal: INVOICE_SATS - 1 } } })).toBe('amount_out_of_limits');
  });

  test('is refused when the lockup does not pay for more than its own claim', () => {
    const small = (onchainAmount: number) => {
      const invoiceSats = sats(BigInt(onchainAmount) + 5n);
      const pair = { ...asked().pair, limits: { minimal: 1, maximal: 1_000 }, fees: { percentage: 0, minerFees: { claim: 0, lockup: 5 } } };
      return verdict({ ...GOOD, onchainAmount, invoice: invoice({ sats: Number(invoiceSats) }) }, { invoiceSats, pair });
    };
    expect([small(Number(CLAIM_FEE_SATS)), small(Number(CLAIM_FEE_SATS) + 1)]).toEqual(['onchain_amount_below_fee', 'accepted']);
  });

  test('is refused on another network than ours', () => {
    expect(verdict(GOOD, { network: liquidNetwork('liquid') })).not.toBe('accepted');
  });

  test('is refused when it is not an answer at all', () => {
    for (const body of [null, undefined, 1, 'x', [], {}, { error: 'no' }]) expect(verdict(body)).toBe('answer_unreadable');
  });
});

const MUTANTS = answerMutants(GOOD, 12);

test('every mutant of an honest answer is refused', () => {
  expect(MUTANTS.length).toBeGreaterThan(100);
  const accepted = MUTANTS.filter(([, change]) => {
    const answer = structuredClone(GOOD);
    change(answer);
    return verdict(answer) === 'accepted';
  });
  expect(accepted.map(([name]) => name)).toEqual([]);
});
