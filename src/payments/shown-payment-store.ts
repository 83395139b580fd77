import type { Database } from '../lib/database.ts';
import type { LeasedPlace } from '../wallets/direct-lease-store.ts';
import type { StoredPayment } from './payment-store.ts';
import type { Payment } from './payment.ts';
import { rowsOf, statement } from '../lib/row-statements.ts';
import { paymentFromRow } from './payment-store.ts';

/** A payment of an account, and how it was offered to its payer. */
export type ShownPayment = {
  readonly payment: Payment;
  /** The newest that was shown, while its swap is not over. */
  readonly invoice: { readonly invoice: string; readonly expiresAt: Date } | null;
  /** Where its L-BTC address stands. */
  readonly place: LeasedPlace | null;
};

type Row = StoredPayment & { readonly invoice: string | null; readonly invoiceExpiresAt: Date | null } & {
  [Name in Exclude<keyof LeasedPlace, 'paymentId'>]: LeasedPlace[Name] | null;
};

/**
 * The account stands in the look-up: nobody is shown another's. One statement, since shops ask for it again and again until it is paid.
 * Each payment is looked up by itself, whatever the table's size. The lists go through a SELECT: where PostgreSQL sees how long they are,
 * it plans anew at each call, which takes longer than the reading.
 */
const SHOWN = statement<Row>(`
  SELECT p.id, p."accountId", p.mode, p.status, p.version, p.source, p."linkId", p.currency, p."fiatMinor", p."amountSats", p."quoteId",
    p."redirectUrl", p."metadataText", p.lightning, p."createdAt", p."expiresAt", p."detectedAt", p.method, p.txid, p."paidAt", p.late,
    p."receivedSats", p."feesSats", p."expiryReason", p.exception, p.settlement,
    s.invoice, s."invoiceExpiresAt", l."index", l."chainId", l."descriptorSealed"
  FROM unnest(ARRAY(SELECT unnest($1::text[])), ARRAY(SELECT unnest($2::text[]))) AS asked(id, "accountId")
  CROSS JOIN LATERAL (SELECT * FROM "Payment" WHERE id = asked.id AND "accountId" = asked."accountId" LIMIT 1) p
  LEFT JOIN LATERAL (
    SELECT invoice, "invoiceExpiresAt" FROM "Swap"
    WHERE "subjectId" = p.id AND invoice IS NOT NULL AND "invoiceExpiresAt" IS NOT NULL AND status NOT IN ('expired', 'refunded', 'rejected')
    ORDER BY attempt DESC LIMIT 1
  ) s ON true
  LEFT JOIN LATERAL (
    SELECT a."index", c.id AS "chainId", c."descriptorSealed" FROM "AddressLease"
    JOIN "Address" a ON a.id = "addressId" JOIN "ScriptChain" c ON c.id = a."chainId"
    WHERE "paymentId" = p.id LIMIT 1
  ) l ON true`);

/** Those of these payments that are in these accounts, by id. An account may be asked for a payment of another: it is not among them. */
export async function findShownPayments(
  database: Database,
  asked: readonly { readonly accountId: string; readonly id: string }[],
): Promise<readonly ShownPayment[]> {
  const ids = asked.map(({ id }) => id);
  const accountIds = asked.map(({ accountId }) => accountId);
  const rows = await rowsOf(database.ask, SHOWN(ids, accountIds));
  return rows.map((row) => {
    const { invoice, invoiceExpiresAt: expiresAt, index, chainId, descriptorSealed } = row;
    return {
      payment: paymentFromRow(row),
      invoice: invoice === null || expiresAt === null ? null : { invoice, expiresAt },
      place:
        index === null || chainId === null || descriptorSealed === null ? null : { paymentId: row.id, index, chainId, descriptorSealed },
    };
  });
}
