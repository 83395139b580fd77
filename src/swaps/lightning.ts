import type { Tx, Write } from '../lib/database.ts';
import type { Sats } from '../lib/money.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';

/** What an invoice is for. Plans are paid like payments: the backend only knows a subject's id. */
export type LightningSubject = 'payment' | 'registration' | 'renewal';

export type LightningRequest = Readonly<{
  accountId: string;
  subject: LightningSubject;
  subjectId: string;
  /** 0 for the first invoice of a subject, 1, 2, … for each one issued again after the last has lapsed. */
  attempt: number;
  /** No invoice of this subject was asked for before, also by nobody who died: there is nothing to resume. Absent: there may be. */
  isFresh?: boolean;
  /** What the payer pays. */
  amountSats: Sats;
  /** Shown by the payer's wallet. Control and direction characters are removed, the rest is cut at 639 bytes. */
  description: string;
  expiresAt: Date;
  /** What it was priced at: kept with the provider, sealed, for the day when our own records are lost. */
  fiat?: Readonly<{ currency: string; minor: bigint }>;
}>;

export type OpenedInvoice = Readonly<{
  swapId: string;
  invoice: string;
  invoiceExpiresAt: Date;
  /** 32 bytes as hex. */
  paymentHash: string;
  /** What the merchant will not receive: the provider's part, its lockup fee and our claim's fee. */
  feesSats: Sats;
}>;

/** An invoice as it stands in our own records, without a look at provider or chain. */
export type ShownInvoice = Readonly<{ attempt: number; invoice: string; amountSats: Sats; expiresAt: Date; state: LightningState }>;

export type LightningTerms = Readonly<{
  minimumSats: Sats;
  maximumSats: Sats;
  /** The least that a payer has to pay so that this much arrives with the merchant, whoever of the providers carries it. */
  payerSats: (netSats: Sats) => Sats;
}>;
export type LightningState = 'open' | 'held' | 'settled' | 'expired' | 'unknown';

/** Lightning as payments see it. Swaps stand behind it today, the merchant's own node may tomorrow. */
export type LightningBackend = {
  /** Live limits on the invoice amount. Refuses with `provider_unavailable` or `lightning_not_configured`. */
  terms(): Promise<Result<LightningTerms, Refusal>>;
  /**
   * Opens an invoice. `inCommit` runs in the very transaction that stores it verified: nothing can show it earlier.
   * Asked again for the same subject and attempt it resumes; once that commit has happened it answers the same invoice
   * and does not call `inCommit` again. `writes`: the same as `inCommit`, where that needs no answer of the database. They are tried first,
   * in a commit that others share; `inCommit` runs where that was taken back.
   */
  open(
    request: LightningRequest,
    inCommit: (tx: Tx, opened: OpenedInvoice) => Promise<void>,
    writes?: () => readonly Write[],
  ): Promise<Result<OpenedInvoice, Refusal>>;
  /** A fresh look at provider and chain. A time-out or "not found" is 'unknown', never 'expired'. */
  look(subjectId: string): Promise<LightningState>;
  /**
   * Ends an unpaid invoice after a fresh look: 'closed' (committed as expired, progress said; or nothing was open),
   * 'in_flight' (a lockup is known or being checked), 'unknown' (could not look, or the invoice can still be paid: ask again).
   */
  close(subjectId: string): Promise<'closed' | 'in_flight' | 'unknown'>;
  /** Every invoice that this subject was ever shown, newest first, also those that are over. Reads our own records alone. */
  history(subjectId: string): Promise<readonly ShownInvoice[]>;
  /** The newest shown invoice of each subject that has one. */
  invoices(subjectIds: readonly string[]): Promise<ReadonlyMap<string, { invoice: string; expiresAt: Date }>>;
};

/** Said inside the commit that changes the swap; the receiver advances its subject in the same transaction. */
export type LightningProgress = Readonly<{ accountId: string; subject: string; subjectId: string; swapId: string; at: Date }> &
  (
    | Readonly<{ kind: 'detected'; txid: string }> // lockup verified (script, asset, value); the depth rule may still wait
    | Readonly<{ kind: 'lost'; reason: string }> // lockup gone before the preimage left: the payer is refunded by the protocol
    | Readonly<{ kind: 'paid'; txid: string; amountSats: Sats; feesSats: Sats }> // claim accepted by a chain source; amount: what the payer paid
    | Readonly<{ kind: 'expired'; reason: string }> // closed unpaid
    | Readonly<{ kind: 'settled'; txid: string }> // claim buried under 2 blocks
    | Readonly<{ kind: 'payout_lost'; amountSats: Sats }> // lockup taken back after the preimage left: the payer has paid. Alarm
  );

/** The documented text (conformance P-20); the dash is U+2014. */
export const PROVIDER_UNAVAILABLE: Refusal = {
  kind: 'unavailable',
  code: 'provider_unavailable',
  message: 'Payment provider unavailable — please retry',
};

/** The operator runs Liquid only. */
export const LIGHTNING_NOT_CONFIGURED: Refusal = {
  kind: 'unavailable',
  code: 'lightning_not_configured',
  message: 'Lightning is not configured on this server',
};
