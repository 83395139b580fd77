import type { NewEvent } from './events/event.ts';
import type { Database, Tx } from './lib/database.ts';
import type { PaymentId } from './lib/ids.ts';
import type { Log } from './lib/log.ts';
import type { Currency } from './lib/money.ts';
import type { Random } from './lib/random.ts';
import type { Refusal } from './lib/refusal.ts';
import type { Result } from './lib/result.ts';
import type { Sealer } from './lib/sealed.ts';
import type { Secret } from './lib/secret.ts';
import type { Clock } from './lib/time.ts';
import type { ChainSource } from './liquid/chain-source.ts';
import type { NetworkName } from './liquid/network.ts';
import type { ProofPool } from './liquid/proof-pool.ts';
import type { LightningDeps, SwapBackend } from './swaps/make-lightning-backend.ts';
import type { ProviderEndpoint } from './swaps/provider-client.ts';
import type { RecoveryRecord } from './swaps/recovery-record.ts';
import { ensureRecoveredAccount } from './accounts/recovered-account-store.ts';
import { sha256 } from './lib/bytes.ts';
import { httpCall } from './lib/http-client.ts';
import { base32Id, ID_PREFIXES, newId } from './lib/ids.ts';
import { CURRENCIES, SATS_PER_BTC, sats } from './lib/money.ts';
import { ok, refuse } from './lib/result.ts';
import { liquidNetwork } from './liquid/network.ts';
import { findPaymentForUpdate, insertPayment } from './payments/payment-store.ts';
import { insertQuote } from './rates/quote-store.ts';
import { recoverSwaps } from './swaps/recover-swaps.ts';
import { sealRecord } from './swaps/recovery-record.ts';
import { readRecoveryDestination } from './wallets/recovery-destination.ts';
import { skipIndexes } from './wallets/script-chain-store.ts';
import { takeSeenAddress } from './wallets/take-seen-address.ts';
import { findWallet } from './wallets/wallet-store.ts';

export type RecoveryParts = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly recordKey: Secret<Uint8Array>;
  readonly network: NetworkName;
  readonly random: Random;
  readonly now: Clock;
  readonly log: Log;
};

/** What every new swap leaves with its provider, sealed, for the day when our own records are lost. */
export function makeRecoveryRecords({ database, sealer, recordKey: key, network, random }: RecoveryParts): LightningDeps['recoveryRecord'] {
  return async (facts) => {
    const destination = await readRecoveryDestination({ database, sealer, network }, facts.accountId);
    return destination && sealRecord({ key, random }, facts, { ...facts, ...destination });
  };
}

export type RecoveringParts = RecoveryParts & {
  readonly providers: readonly ProviderEndpoint[];
  readonly chains: readonly ChainSource[];
  readonly proofs: Pick<ProofPool, 'unblind'>;
  readonly onProgress: LightningDeps['onProgress'];
  readonly lightning: Pick<SwapBackend, 'reconcile'>;
  readonly connectWallet: (accountId: string, descriptor: string, via: 'operator') => Promise<Result<unknown, Refusal>>;
  /** Appends to the event log. It locks the account, so it comes last. */
  readonly record: (tx: Tx, event: NewEvent) => Promise<unknown>;
};

/** The operator's `recover`, bound to this world. The seed is given by the command: a server never holds it. */
export function buildRecovery(parts: RecoveringParts) {
  const { network, lightning } = parts;
  const wallet = { sealer: parts.sealer, network, random: parts.random };
  const deps = {
    ...{ ...parts, http: httpCall, network: liquidNetwork(network), reconcile: lightning.reconcile },
    takeSeenAddress: (tx: Tx, seen: Parameters<Parameters<typeof recoverSwaps>[0]['takeSeenAddress']>[1]) =>
      takeSeenAddress(wallet, tx, { ...seen, amountSats: sats(seen.amountSats) }),
    rebuildMerchant: (record: RecoveryRecord) => rebuildMerchant(parts, record),
    rebuildSubject: (tx: Tx, record: RecoveryRecord) => rebuildPayment(parts, tx, record),
  };
  return (seed: Secret<Uint8Array>, how: { act: boolean }) => recoverSwaps({ ...deps, seed }, how);
}

/** Plans are paid to the operator's account: the one that takes registrations and renewals. */
async function rebuildMerchant(parts: RecoveringParts, record: RecoveryRecord): Promise<Result<null, string>> {
  const { accountId, subject, createdAt, descriptor, nextAddressIndex } = record;
  await parts.database.transact((tx) => ensureRecoveredAccount(tx, { id: accountId, isOperator: subject !== 'payment', at: createdAt }));
  if (!(await findWallet(parts, accountId))) {
    const connected = await parts.connectWallet(accountId, descriptor.reveal(), 'operator');
    if (!connected.ok) return refuse(connected.error.code);
  }
  const wallet = await findWallet(parts, accountId);
  const current = wallet && (await readRecoveryDestination(parts, accountId));
  if (wallet && current?.descriptor.reveal() === descriptor.reveal()) {
    await parts.database.transact((tx) => skipIndexes(tx, wallet.claimChainId, nextAddressIndex));
  }
  return ok(null);
}

/** Says in metadata, which is otherwise lost, that this payment was put back. */
const METADATA = '{"recovered":true}';

/**
 * A payment that our records had lost, as it was when its invoice was shown. What a lost plan or registration was for is not known any more:
 * its money is put on record as a payment to the operator.
 */
async function rebuildPayment(
  parts: RecoveringParts,
  tx: Tx,
  record: RecoveryRecord,
): Promise<Pick<RecoveryRecord, 'subject' | 'subjectId'>> {
  const subject = { subject: 'payment', subjectId: record.subject === 'payment' ? record.subjectId : paymentIdOf(record.swapId) } as const;
  if (await findPaymentForUpdate(tx, subject.subjectId)) return subject;
  const { accountId, createdAt, expiresAt, invoiceSats } = record;
  const fiat = { currency: currencyOf(record), minor: record.fiat?.minor ?? 1n };
  const minorPerBtcE4 = (fiat.minor * SATS_PER_BTC * 10_000n) / invoiceSats;
  const quote = { currency: fiat.currency, minorPerBtcE4: minorPerBtcE4 > 0n ? minorPerBtcE4 : 1n, sources: [], takenAt: createdAt };
  const quoteId = await insertQuote(tx, { ...quote, id: newId(parts.random, 'quote') });
  await insertPayment(tx, {
    ...{ id: subject.subjectId as PaymentId, accountId, mode: 'live', source: 'secret', fiat, quoteId }, // sealed by us: it is an id
    ...{ linkId: null, apiKeyId: null, visitorHash: null },
    ...{ amountSats: sats(invoiceSats), redirectUrl: null, metadataText: METADATA, lightning: 'offered', createdAt, expiresAt },
  });
  const facts = { recovered: true, amountSats: invoiceSats.toString() };
  const event = { accountId, type: 'payment.created', subjectId: subject.subjectId, subjectVersion: 0, facts, webhookBody: null } as const;
  await parts.record(tx, { ...event, at: createdAt });
  return subject;
}

/** The same every time, so that putting back twice makes one. */
function paymentIdOf(swapId: string): string {
  return base32Id(ID_PREFIXES.payment, sha256(`recovered payment of ${swapId}`));
}

function currencyOf({ fiat }: RecoveryRecord): Currency {
  return CURRENCIES.find((known) => known === fiat?.currency) ?? 'USD';
}
