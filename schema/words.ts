import type { EventRow } from '../src/events/event-store.ts';
import type { EventType } from '../src/events/event.ts';
import type { Rate } from '../src/rates/rate.ts';
import { CURRENCY_EXPONENTS } from '../src/lib/money.ts';

/** TABLE: the timeline in words: what happened, and why. */
const SENTENCES: { readonly [Type in EventType]: string } = {
  'payment.created': 'Payment created; the checkout page is open.',
  'payment.detected': 'Payment seen; the money is being moved to your wallet.',
  'payment.confirmed': 'Paid; the money is on its way into your wallet and cannot be taken back.',
  'payment.expired': 'Ended without payment.',
  'payment.settled': 'The money rests in your wallet, under two blocks.',
  'payment.payout_lost': 'The payer paid, but the money could not be collected in time. A human is looking at it.',
  'payment.partial': 'L-BTC was received, or taken back, that does not make the amount.',
  'payment.extra': 'L-BTC was received, or taken back, on top of the payment.',
  'payment.dropped': 'The transaction that paid has left the network unconfirmed. Do not count on this money.',
  'payment.unsettled': 'The transaction that paid waits for its blocks again.',
  'payment.undetected': 'The transaction that waited for its blocks has left the network. It can be paid again.',
  'payment.test': 'Test event sent.',
  'wallet.connected': 'Wallet connected.',
  'wallet.offer_answered': 'A wallet answered the code that was shown.',
  'wallet.reset': 'Wallet disconnected by the operator; money that still arrives at its addresses counts.',
  'link.created': 'Payment link created.',
  'link.updated': 'Payment link changed.',
  'plan.invoiced': 'Invoice for a plan made.',
  'plan.paid': 'Plan paid.',
  'plan.lapsed': 'The invoice for a plan lapsed unpaid.',
  'registration.active': 'A registration was paid; its account is active.',
  'registration.held': 'A registration was paid for an e-mail address that has an account with another password. A human is looking at it.',
  'endpoint.created': 'Webhook endpoint added.',
  'endpoint.updated': 'Webhook endpoint changed.',
  'endpoint.deleted': 'Webhook endpoint removed; what was still to be sent to it is called off.',
  'key.created': 'API key created.',
  'key.rotated': 'API key rotated; its successor was shown once.',
  'key.revoked': 'API key revoked; it opens nothing any more.',
  'account.closed': 'Account closed; payments that were open go on to their end.',
  'account.suspended': 'Account suspended by the operator; payments that were open go on to their end.',
  'account.resumed': 'Account resumed by the operator.',
};

export function timelineText(entry: EventRow): string {
  return entry.type in SENTENCES ? SENTENCES[entry.type as EventType] : entry.type; // checked by `in`
}

/** The rate in major units with the digits of the currency, rounded down: for people to read, never to reckon with. */
export function rateText(rate: Rate): string {
  const exponent = CURRENCY_EXPONENTS[rate.currency];
  const minor = (rate.minorPerBtcE4 / 10_000n).toString().padStart(exponent + 1, '0');
  return exponent === 0 ? minor : `${minor.slice(0, -exponent)}.${minor.slice(-exponent)}`;
}
