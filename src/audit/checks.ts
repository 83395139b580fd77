/** One thing that must hold of the whole database. */
export type Check = Readonly<{
  name: string;
  /** What it means when it does not hold, as a sentence about the rows that are named. */
  means: string;
  /** How many rows it is about. */
  of: string;
  /** The ids of what breaks it, at most `FINDINGS_MAX`; `$1`, where it stands, is the time of the audit. */
  broken: string;
}>;

/** Enough to see what has happened; the count tells the rest. */
export const FINDINGS_MAX = 1_000;

/** TABLE: the invariants of payments, swaps, addresses, keys and events that can be said of the rows alone. docs/security.md lists them. */
export const CHECKS: readonly Check[] = [
  {
    name: 'paid_has_claim',
    means: 'a payment is paid by Lightning, and no swap of it has a claim that a chain source took',
    of: `SELECT count(*) FROM "Payment" WHERE status = 'paid' AND method = 'lightning' AND mode = 'live'`,
    broken: `SELECT p.id FROM "Payment" p WHERE p.status = 'paid' AND p.method = 'lightning' AND p.mode = 'live'
      AND NOT EXISTS (SELECT 1 FROM "Swap" s WHERE s."subjectId" = p.id AND s."claimTxid" = p.txid AND s."acceptedAt" IS NOT NULL)`,
  },
  {
    name: 'paid_has_coin',
    means: 'a payment is paid with L-BTC, and the coin is not on record',
    of: `SELECT count(*) FROM "Payment" WHERE status = 'paid' AND method = 'liquid' AND mode = 'live'`,
    broken: `SELECT p.id FROM "Payment" p WHERE p.status = 'paid' AND p.method = 'liquid' AND p.mode = 'live' AND p.settlement <> 'dropped'
      AND NOT EXISTS (SELECT 1 FROM "LiquidReceipt" r WHERE r."paymentId" = p.id AND r.txid = p.txid AND r.state IN ('mempool', 'confirmed'))`,
  },
  {
    name: 'received_is_there',
    means: 'a payment says that it received something else than what lies on its address and came by Lightning',
    of: `SELECT count(*) FROM "Payment" WHERE mode = 'live'`,
    broken: `SELECT p.id FROM "Payment" p WHERE p.mode = 'live' AND p."receivedSats" <>
      CASE WHEN p.status = 'paid' AND p.method = 'lightning' THEN p."amountSats" ELSE 0 END
      + coalesce((SELECT sum(r."valueSats") FROM "LiquidReceipt" r WHERE r."paymentId" = p.id AND r.state IN ('mempool', 'confirmed')), 0)`,
  },
  {
    name: 'claim_pays_one',
    means: 'one transaction pays two payments by Lightning',
    of: `SELECT count(*) FROM "Payment" WHERE status = 'paid' AND method = 'lightning' AND mode = 'live'`,
    broken: `SELECT min(id) AS id FROM "Payment" WHERE status = 'paid' AND method = 'lightning' AND mode = 'live' GROUP BY txid HAVING count(*) > 1`,
  },
  {
    name: 'claim_before_preimage',
    means: 'a preimage was let out, and no claim is stored',
    of: `SELECT count(*) FROM "Swap" WHERE "revealedAt" IS NOT NULL`,
    broken: `SELECT id FROM "Swap" WHERE "revealedAt" IS NOT NULL AND ("claimTxSealed" IS NULL OR "claimTxid" IS NULL)`,
  },
  {
    name: 'address_of_one',
    means: 'the address of a claim was promised to somebody else too, or an address to two at once',
    of: `SELECT count(*) FROM "AddressLease"`,
    broken: `SELECT "addressId" AS id FROM "AddressLease" GROUP BY "addressId"
      HAVING count(*) > 1 AND (bool_or(purpose = 'claim') OR count(*) FILTER (WHERE "releasedAt" IS NULL) > 1)`,
  },
  {
    name: 'outcome_is_announced',
    means: 'a payment is paid or expired, and no event says so',
    of: `SELECT count(*) FROM "Payment" WHERE status IN ('paid', 'expired')`,
    broken: `SELECT p.id FROM "Payment" p WHERE p.status IN ('paid', 'expired') AND NOT EXISTS (SELECT 1 FROM "Event" e WHERE e."subjectId" = p.id
      AND e.type = CASE p.status WHEN 'paid' THEN 'payment.confirmed' ELSE 'payment.expired' END)`,
  },
  {
    name: 'announced_is_paid',
    means: 'an event says that a payment is paid, and it is not',
    of: `SELECT count(*) FROM "Event" WHERE type = 'payment.confirmed'`,
    broken: `SELECT e."subjectId" AS id FROM "Event" e WHERE e.type = 'payment.confirmed'
      AND NOT EXISTS (SELECT 1 FROM "Payment" p WHERE p.id = e."subjectId" AND p.status = 'paid')`,
  },
  {
    name: 'paid_is_final',
    means: 'a payment was announced as expired after it had been announced as paid',
    of: `SELECT count(*) FROM "Event" WHERE type = 'payment.expired'`,
    broken: `SELECT e."subjectId" AS id FROM "Event" e JOIN "Event" c ON c."subjectId" = e."subjectId" AND c.type = 'payment.confirmed'
      WHERE e.type = 'payment.expired' AND e.sequence > c.sequence`,
  },
  {
    name: 'events_have_no_gap',
    means: 'an account’s events are not numbered from 1 to its last one',
    of: `SELECT count(*) FROM "Account"`,
    broken: `SELECT a.id FROM "Account" a LEFT JOIN "Event" e ON e."accountId" = a.id GROUP BY a.id
      HAVING a."eventSeq" <> count(e.id) OR coalesce(max(e.sequence), 0) <> count(e.id)`,
  },
  {
    name: 'events_are_passed_on',
    means: 'an event waits to be passed on, or a delivery for its attempt, since more than 15 minutes',
    of: `SELECT (SELECT count(*) FROM "Outbox") + (SELECT count(*) FROM "Delivery" WHERE status = 'pending')`,
    broken: `SELECT "eventId" AS id FROM "Outbox" WHERE "createdAt" < $1::timestamptz - interval '15 minutes'
      UNION ALL SELECT d.id FROM "Delivery" d JOIN "WebhookEndpoint" w ON w.id = d."endpointId" WHERE d.status = 'pending'
      AND d."nextAttemptAt" < $1::timestamptz - interval '15 minutes' AND coalesce(w."breakerOpenUntil" < $1::timestamptz - interval '15 minutes', true)`,
  },
  {
    name: 'fees_are_what_is_missing',
    means: 'what the payer paid is not what the claim brought and the recorded fees together, or the claim’s fee is above 200 sats',
    of: `SELECT count(*) FROM "Swap" WHERE "acceptedAt" IS NOT NULL`,
    broken: `SELECT s.id FROM "Swap" s JOIN "Payment" p ON p.id = s."subjectId" AND p.txid = s."claimTxid" WHERE s."acceptedAt" IS NOT NULL
      AND (s."claimFeeSats" > 200 OR p."amountSats" - p."feesSats" <> s."lockupSats" - s."claimFeeSats")`,
  },
  {
    name: 'lockup_is_whole',
    means: 'a lockup was claimed that held less than was promised',
    of: `SELECT count(*) FROM "Swap" WHERE "claimTxid" IS NOT NULL`,
    broken: `SELECT id FROM "Swap" WHERE "claimTxid" IS NOT NULL AND "lockupSats" < "onchainSats"`,
  },
  {
    name: 'keys_were_counted',
    means: 'a swap has a key that its era has not given out yet, or of an era that is not open',
    of: `SELECT count(*) FROM "Swap"`,
    broken: `SELECT s.id FROM "Swap" s LEFT JOIN "KeyIndex" k ON k.era = s."keyEra"
      WHERE (k.era IS NULL OR s."keyIndex" >= k."nextIndex") AND s."keyEra" = (SELECT max(era) FROM "KeyIndex")
      OR s."keyEra" > (SELECT coalesce(max(era), 0) FROM "KeyIndex")`,
  },
  {
    name: 'addresses_were_counted',
    means: 'an address was promised whose number its wallet has not come to yet',
    of: `SELECT count(*) FROM "AddressLease"`,
    broken: `SELECT DISTINCT a.id FROM "Address" a JOIN "AddressLease" l ON l."addressId" = a.id JOIN "ScriptChain" c ON c.id = a."chainId"
      WHERE a.index >= c."nextIndex"`,
  },
  {
    name: 'expired_has_no_money',
    means: 'a payment is expired while the lockup of its swap is being claimed',
    of: `SELECT count(*) FROM "Payment" WHERE status = 'expired'`,
    broken: `SELECT p.id FROM "Payment" p JOIN "Swap" s ON s."subjectId" = p.id WHERE p.status = 'expired'
      AND s.status IN ('lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'claim_buried')`,
  },
  {
    name: 'claimed_is_paid',
    means: 'a claim was taken by a chain source, and its payment is not paid',
    of: `SELECT count(*) FROM "Swap" WHERE status IN ('claim_accepted', 'claim_buried') AND subject = 'payment'`,
    broken: `SELECT s.id FROM "Swap" s LEFT JOIN "Payment" p ON p.id = s."subjectId"
      WHERE s.status IN ('claim_accepted', 'claim_buried') AND s.subject = 'payment' AND p.status IS DISTINCT FROM 'paid'`,
  },
  {
    name: 'trial_counts_paid',
    means: 'an account has more paid payments than were counted',
    of: `SELECT count(*) FROM "Account"`,
    broken: `SELECT a.id FROM "Account" a JOIN "Payment" p ON p."accountId" = a.id AND p.mode = 'live' AND p.status = 'paid'
      GROUP BY a.id HAVING a."trialUsed" < count(p.id)`,
  },
  {
    name: 'shown_is_verified',
    means: 'an invoice was shown whose amount is not that of its payment',
    of: `SELECT count(*) FROM "Swap" WHERE invoice IS NOT NULL AND subject = 'payment'`,
    broken: `SELECT s.id FROM "Swap" s JOIN "Payment" p ON p.id = s."subjectId" WHERE s.invoice IS NOT NULL AND s."invoiceSats" <> p."amountSats"`,
  },
  {
    name: 'money_is_looked_after',
    means: 'a swap with money in it has not been looked at for 10 minutes, or waits for a human',
    of: `SELECT count(*) FROM "Swap" WHERE status IN ('lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted', 'held')`,
    broken: `SELECT id FROM "Swap" WHERE status = 'held' OR (status IN ('lockup_seen', 'lockup_ok', 'claim_stored', 'revealed', 'claim_accepted')
      AND coalesce("nextLookAt" < $1::timestamptz - interval '10 minutes', true) AND coalesce("leaseUntil" < $1::timestamptz, true))`,
  },
  {
    name: 'plans_are_given',
    means: 'a plan or registration was paid for that nobody got',
    of: `SELECT count(*) FROM "Swap" WHERE subject <> 'payment' AND status IN ('claim_accepted', 'claim_buried')`,
    broken: `SELECT s.id FROM "Swap" s WHERE s.subject <> 'payment' AND s.status IN ('claim_accepted', 'claim_buried')
      AND NOT EXISTS (SELECT 1 FROM "PlanPeriod" p WHERE p."swapId" = s.id AND p.status = 'paid')
      AND NOT EXISTS (SELECT 1 FROM "AuditEntry" a WHERE a.action = 'registration.held' AND a.facts->>'swapId' = s.id)`,
  },
];
