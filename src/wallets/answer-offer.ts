import type { NewEvent } from '../events/event.ts';
import type { Database, Tx } from '../lib/database.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { Result } from '../lib/result.ts';
import type { Sealer } from '../lib/sealed.ts';
import type { Clock } from '../lib/time.ts';
import type { ConnectWalletInput, WalletConnected } from './connect-wallet.ts';
import type { OfferResult } from './wallet-offer.ts';
import { isOfferId } from '../lib/ids.ts';
import { refuse } from '../lib/result.ts';
import { readSamrockSetup } from './samrock-wire.ts';
import { isOfferPassword, offerHash } from './wallet-offer.ts';
import { findOffer, settleOffer, takeOffer } from './wallet-offer-store.ts';

export type AnswerOfferDeps = {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly now: Clock;
  /** `inCommit` runs with the connection, and gets what was connected. */
  readonly connect: (
    input: ConnectWalletInput,
    inCommit: (tx: Tx, connected: WalletConnected) => Promise<void>,
  ) => Promise<Result<WalletConnected, Refusal>>;
  /** Appends to the event log in this transaction. It locks the account, so it comes last. */
  readonly recordEvent: (tx: Tx, event: NewEvent) => Promise<unknown>;
};
export type OfferAnswer = Readonly<{ offerId: string; password: string; body: Uint8Array }>;

const UNKNOWN: Refusal = { kind: 'not-found', code: 'wallet_offer_not_found', message: 'This code is not known — show a new one' };
const SPENT: Refusal = { kind: 'gone', code: 'wallet_offer_spent', message: 'This code was used or has expired — show a new one' };
const UNREADABLE: Refusal = {
  kind: 'invalid',
  code: 'wallet_setup_unreadable',
  message: 'The wallet sent nothing that could be understood — update the wallet, then scan a new code',
};
const UNEXPECTED = { code: 'unexpected', message: 'Something went wrong on our side — show a new code and scan it again' };

/**
 * A wallet answers an offer. The offer is spent before anything is done with the answer, whatever comes of it, and its end is written in
 * the commit that connects: a process that dies in between has connected nothing, and the offer says so once its time is over.
 */
export async function answerOffer(deps: AnswerOfferDeps, answer: OfferAnswer): Promise<Result<WalletConnected, Refusal>> {
  const { offerId, password, body } = answer;
  if (!isOfferId(offerId) || !isOfferPassword(deps.sealer, offerId, password)) return refuse(UNKNOWN);
  const hash = offerHash(deps.sealer, offerId);
  const offer = await findOffer(deps.database, hash);
  if (!offer) return refuse(UNKNOWN);
  if (!(await takeOffer(deps.database, hash, deps.now()))) return refuse(SPENT);
  const { accountId } = offer;
  const settle = (tx: Tx, result: OfferResult) => settled(deps, tx, { offerId, accountId, result });
  const fail = ({ code, message }: Pick<Refusal, 'code' | 'message'>) =>
    deps.database.transact((tx) => settle(tx, { state: 'error', code, message }));
  const setup = readSamrockSetup(body);
  if (!setup) {
    await fail(UNREADABLE);
    return refuse(UNREADABLE);
  }
  try {
    const connected = await deps.connect({ ...setup, accountId, via: 'samrock' }, (tx, { firstAddress, fingerprint }) =>
      settle(tx, { state: 'success', firstAddress, fingerprint }),
    );
    if (!connected.ok) await fail(connected.error);
    return connected;
  } catch (fault) {
    await fail(UNEXPECTED);
    throw fault;
  }
}

async function settled(
  deps: AnswerOfferDeps,
  tx: Tx,
  { offerId, accountId, result }: { offerId: string; accountId: string; result: OfferResult },
): Promise<void> {
  if (!(await settleOffer(tx, offerHash(deps.sealer, offerId), result))) return;
  const facts = result.state === 'success' ? { state: result.state } : { state: result.state, code: result.code };
  const subject = { accountId, subjectId: offerId, subjectVersion: 1 };
  await deps.recordEvent(tx, { ...subject, type: 'wallet.offer_answered', facts, webhookBody: null, at: deps.now() });
}
