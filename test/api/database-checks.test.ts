import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabaseWithClient } from '../support/database.ts';
import { bytes, insert, ROWS, undone, withParents } from '../support/database-rows.ts';

let db: Awaited<ReturnType<typeof freshDatabaseWithClient>>;
let client: typeof db.client;

beforeAll(async () => {
  db = await freshDatabaseWithClient();
  client = db.client;
});
afterAll(() => db.close());

const PAID = { status: 'paid', method: 'liquid', txid: 'aa', paidAt: '2027-01-01', feesSats: 0, settlement: 'unconfirmed', version: 2 };
const EXPIRED = { status: 'expired', expiryReason: 'unpaid', version: 2 };

/** Restated here, so that a rule is changed twice or not at all: [table, what is wrong with the row, the rule that says so]. */
const REFUSED: readonly (readonly [table: string, wrong: { readonly [column: string]: unknown }, rule: string])[] = [
  ['Account', { status: 'gone' }, 'P8_status'],
  ['Account', { trialUsed: -1 }, 'P8_counts'],
  ['Account', { eventSeq: -1 }, 'P8_counts'],
  ['Account', { logoHash: '00'.repeat(16) }, 'P8_logo'],
  ['User', { role: 'king' }, 'P8_role'],
  ['ApiKey', { kind: 'other' }, 'P8_kind'],
  ['ApiKey', { mode: 'other' }, 'P8_mode'],
  ['ApiKey', { kind: 'secret' }, 'P8_text_of_publishable_only'],
  ['ApiKey', { publicText: null }, 'P8_text_of_publishable_only'],
  ['ScriptChain', { nextIndex: -1 }, 'P8_counts'],
  ['ScriptChain', { lastUsedIndex: -2 }, 'P8_counts'],
  ['Wallet', { via: 'mail' }, 'P8_via'],
  ['Address', { index: -1 }, 'P8_index'],
  ['AddressLease', { purpose: 'other' }, 'P8_purpose'],
  ['AddressLease', { swapId: null }, 'P8_subject'],
  ['AddressLease', { paymentId: 'pmt_1' }, 'P8_subject'],
  ['AddressLease', { amountSats: 0 }, 'P8_amount'],
  ['AddressLease', { releasedAt: '2027-01-01' }, 'P8_claims_stay'],
  ['KeyIndex', { nextIndex: -1 }, 'P8_counts'],
  ['Payment', { mode: 'other' }, 'P8_mode'],
  ['Payment', { status: 'creating' }, 'P8_status'],
  ['Payment', { source: 'other' }, 'P8_source'],
  ['Payment', { lightning: 'other' }, 'P8_lightning'],
  ['Payment', { method: 'card' }, 'P8_method'],
  ['Payment', { exception: 'other' }, 'P8_exception'],
  ['Payment', { settlement: 'other' }, 'P8_settlement'],
  ['Payment', { fiatMinor: 0 }, 'P8_amounts'],
  ['Payment', { receivedSats: -1 }, 'P8_amounts'],
  ['Payment', { feesSats: -1 }, 'P8_amounts'],
  ['Payment', { mode: 'test', amountSats: 0 }, 'P8_amounts'],
  ['Payment', { amountSats: 999 }, 'P8_least_live_amount'],
  ['Payment', { expiresAt: '2027-01-01T00:00:00Z' }, 'P8_times'],
  ['Payment', { metadataText: 'x'.repeat(2_049) }, 'P8_metadata'],
  ['Payment', { status: 'detected', method: 'liquid', txid: 'aa' }, 'P8_detected_facts'],
  ['Payment', { paidAt: '2027-01-01' }, 'P8_paid_has_time'],
  ['Payment', { ...PAID, paidAt: null }, 'P8_paid_has_time'],
  ['Payment', { ...PAID, method: null }, 'P8_paid_facts'],
  ['Payment', { ...PAID, txid: null }, 'P8_paid_facts'],
  ['Payment', { ...EXPIRED, expiryReason: null }, 'P8_expired_has_reason'],
  ['Swap', { subject: 'gift' }, 'P8_subject'],
  ['Swap', { status: 'other' }, 'P8_status'],
  ['Swap', { invoiceSats: 0 }, 'P8_amounts'],
  ['Swap', { onchainSats: 0 }, 'P8_amounts'],
  ['Swap', { lockupSats: 0 }, 'P8_amounts'],
  ['Swap', { claimFeeSats: 0 }, 'P8_amounts'],
  ['Swap', { keyIndex: -1 }, 'P8_indexes'],
  ['Swap', { preimageHash: bytes(31, 1) }, 'P8_lengths'],
  ['Swap', { claimPublicKey: bytes(32, 1) }, 'P8_lengths'],
  ['Swap', { status: 'requested' }, 'P8_nothing_shown_unverified'],
  ['Swap', { status: 'verified', invoice: null }, 'P8_verified_facts'],
  ['Swap', { status: 'verified', lockupScript: null }, 'P8_verified_facts'],
  ['Swap', { status: 'lockup_seen', lockupTxid: null }, 'P8_lockup_facts'],
  ['Swap', { status: 'claim_stored', revealedAt: null, claimTxSealed: null }, 'P8_claim_facts'],
  ['Swap', { status: 'held', claimTxSealed: null }, 'P8_reveal_needs_stored_claim'],
  ['Swap', { status: 'revealed', revealedAt: null }, 'P8_revealed_facts'],
  ['Swap', { status: 'claim_accepted', acceptedAt: null }, 'P8_accepted_facts'],
  ['Swap', { buriedAt: null }, 'P8_buried_facts'],
  ['LiquidReceipt', { verdict: 'other' }, 'P8_verdict'],
  ['LiquidReceipt', { state: 'other' }, 'P8_state'],
  ['LiquidReceipt', { valueSats: -1, verdict: 'extra' }, 'P8_amount'],
  ['LiquidReceipt', { paymentId: null }, 'P8_credited_facts'],
  ['LiquidReceipt', { valueSats: null }, 'P8_credited_facts'],
  ['ChainBlock', { height: -1 }, 'P8_height'],
  ['RateQuote', { minorPerBtcE4: 0 }, 'P8_rate'],
  ['PaymentLink', { mode: 'other' }, 'P8_mode'],
  ['PaymentLink', { status: 'other' }, 'P8_status'],
  ['PaymentLink', { fiatMinor: 0 }, 'P8_amount'],
  ['Event', { sequence: 0 }, 'P8_sequence'],
  ['EventCursor', { sequence: -1 }, 'P8_sequence'],
  ['WebhookEndpoint', { mode: 'other' }, 'P8_mode'],
  ['WebhookEndpoint', { status: 'other' }, 'P8_status'],
  ['Delivery', { status: 'other' }, 'P8_status'],
  ['Delivery', { attempts: -1 }, 'P8_counts'],
  ['Attempt', { number: 0 }, 'P8_counts'],
  ['IdempotencyRecord', { httpStatus: 500 }, 'P8_reply'],
  ['IdempotencyRecord', { httpStatus: 429 }, 'P8_reply'],
  ['Registration', { plan: 'free' }, 'P8_plan'],
  ['Registration', { status: 'other' }, 'P8_status'],
  ['Registration', { usdMinor: 0 }, 'P8_amount'],
  ['Registration', { accountId: null }, 'P8_active_facts'],
  ['PlanPeriod', { plan: 'free' }, 'P8_plan'],
  ['PlanPeriod', { status: 'other', startsAt: null, endsAt: null }, 'P8_status'],
  ['PlanPeriod', { sats: 0 }, 'P8_amounts'],
  ['PlanPeriod', { endsAt: null }, 'P8_paid_facts'],
  ['PlanPeriod', { status: 'open' }, 'P8_paid_facts'],
  ['PlanPeriod', { endsAt: '2026-12-31' }, 'P8_times'],
  ['MailOutbox', { attempts: -1 }, 'P8_counts'],
  ['ProviderHealth', { state: 'ajar' }, 'P8_state'],
];

describe('rows that cannot be stored', () => {
  test.each(REFUSED)('%s with %j breaks %s', async (table, wrong, rule) => {
    await undone(client, async () => {
      await expect(insert(client, table, wrong)).rejects.toMatchObject({ code: '23514', constraint: rule, table });
    });
  });

  test('every row that the rules are tried on is itself storable', async () => {
    for (const table of Object.keys(ROWS)) await undone(client, () => expect(withParents(client, table), table).resolves.toBeUndefined());
  });

  test('Account with a logo of one byte too many breaks P8_logo_length', async () => {
    const wrong = { logo: bytes(262_145, 1), logoHash: '00'.repeat(16) };
    await undone(client, () => expect(insert(client, 'Account', wrong)).rejects.toMatchObject({ constraint: 'P8_logo_length' }));
  });

  test('every CHECK of the database is tried above', async () => {
    const { rows } = await client.query<{ rule: string }>(
      `SELECT conrelid::regclass::text || ' ' || conname AS rule FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace`,
    );
    const tried = new Set([...REFUSED.map(([table, , rule]) => `"${table}" "${rule}"`), '"Account" "P8_logo_length"']);
    expect(rows.map(({ rule }) => rule.replace(/^"?(\w+)"? "?(\w+)"?$/, '"$1" "$2"')).filter((rule) => !tried.has(rule))).toEqual([]);
    expect(tried.size).toBe(rows.length);
  });
});
