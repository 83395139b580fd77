import { useEffect, useRef, useState } from 'preact/hooks';
import type { CheckoutView } from './contract.ts';
import { Facts } from './pieces.tsx';
import { timeText } from './view.ts';
import { fill } from '../words/fill.ts';
import type { Words } from '../words/words.ts';

type OutcomeProps = {
  readonly view: CheckoutView;
  readonly words: Words /** The page saw it happen: it did not load this way. */;
  readonly live: boolean;
};

/** Long enough to read "Payment received", short enough not to wait. */
const RETURN_AFTER_MS = 2_500;
/** A page that loads as paid later than this after the payment is a look back, not a payer on the way: it stays a receipt. */
const RETURN_WITHIN_MS = 15 * 60_000;

export function Receipt(props: OutcomeProps) {
  const { view, words } = props;
  const heading = useFocusedHeading(props.live);
  const leaving = useReturn(props);
  const oddity = oddityOf(view, words);
  return (
    <section class="card outcome" aria-labelledby="outcome">
      <svg class="tick" viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="24" />
        <path d="M14 25l7 7 13-15" />
      </svg>
      <h1 id="outcome" tabIndex={-1} ref={heading}>
        {words.paid}
      </h1>
      <p class="lead">{fill(words.paidText, { amount: view.fiat, merchant: view.merchantName })}</p>
      <Facts
        rows={[
          [words.paidTo, <bdi key="merchant">{view.merchantName}</bdi>],
          [words.total, view.fiat],
          [words.inBitcoin, fill(words.sats, { amount: view.sats })],
          ...(view.paidAtMs === null ? [] : [[words.paidAt, timeText(view.paidAtMs, view.language)] as const]),
          [words.reference, <code key="reference">{view.paymentId}</code>],
        ]}
      />
      {oddity !== null && <p class="note">{oddity}</p>}
      {leaving && <p class="hint">{words.takingBack}</p>}
      {view.redirectUrl ? (
        <a class="button primary" href={view.redirectUrl}>
          {words.returnToShop}
        </a>
      ) : (
        <p class="hint">{words.mayClose}</p>
      )}
      <button type="button" class="button quiet js" onClick={() => print()}>
        {words.print}
      </button>
      <p class="check">
        {words.checkReceipt} <a href={view.receiptUrl}>{view.receiptUrl}</a>
      </p>
    </section>
  );
}

/** What the payer should know of a payment that arrived otherwise than asked. */
function oddityOf(view: CheckoutView, words: Words): string | null {
  if (view.exception === 'OVERPAID' && view.receivedLbtc !== null)
    return fill(words.overpaidText, { received: view.receivedLbtc, due: view.amountLbtc });
  if (view.exception === 'PAID_TWICE') return words.paidTwiceText;
  if (view.exception === 'DROPPED') return words.droppedText;
  return view.late ? words.lateText : null;
}

export function Expired(props: OutcomeProps) {
  const { view, words } = props;
  const heading = useFocusedHeading(props.live);
  const underpaid = view.exception === 'UNDERPAID' && view.receivedLbtc !== null;
  const reference = <Facts rows={[[words.reference, <code key="reference">{view.paymentId}</code>]]} />;
  return (
    <section class="card outcome" aria-labelledby="outcome">
      <h1 id="outcome" tabIndex={-1} ref={heading}>
        {words.expired}
      </h1>
      {underpaid ? (
        <p class="note">{fill(words.underpaidText, { received: view.receivedLbtc, due: view.amountLbtc })}</p>
      ) : (
        <p class="lead">
          {words.expiredText} {view.againPath === null && words.expiredNext}
        </p>
      )}
      {underpaid && reference}
      {view.againPath && !underpaid && (
        <a class="button primary" href={view.againPath}>
          {words.startAgain}
        </a>
      )}
      {view.backUrl && (
        <a class={view.againPath && !underpaid ? 'button' : 'button primary'} href={view.backUrl}>
          {words.backToShop}
        </a>
      )}
      {!underpaid && (
        <details class="fold">
          <summary>{words.alreadySent}</summary>
          <p>{words.alreadySentText}</p>
          {reference}
        </details>
      )}
    </section>
  );
}

/** Inside the card, where the codes were: the money is seen, the shop does not have it yet. */
export function Detected(props: { readonly view: CheckoutView; readonly words: Words }) {
  const { view, words } = props;
  const slow = view.exception === 'PAYOUT_LOST';
  return (
    <div class="detected">
      <svg class="ring" viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="20" />
        <path d="M24 4a20 20 0 0 1 20 20" />
      </svg>
      <h2>{words.detected}</h2>
      <p>{slow ? words.detectedSlow : words.detectedText}</p>
      {slow && <Facts rows={[[words.reference, <code key="reference">{view.paymentId}</code>]]} />}
    </div>
  );
}

/** A screen reader and a keyboard start at the news, when the page changed under them. */
function useFocusedHeading(live: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (live) heading.current?.focus();
  }, []);
  return heading;
}

/** Takes the payer back to the shop, once per tab: whoever comes back with the browser's Back button stays on the receipt. */
function useReturn({ view, live }: OutcomeProps): boolean {
  const [leaving, setLeaving] = useState(false);
  const url = view.redirectUrl;
  useEffect(() => {
    const fresh = live || (view.paidAtMs !== null && view.serverTimeMs - view.paidAtMs < RETURN_WITHIN_MS);
    if (url === null || !fresh || hasReturned(view.paymentId)) return;
    setLeaving(true);
    const timer = setTimeout(() => {
      markReturned(view.paymentId);
      setLeaving(false); // the page may be kept whole and shown again by the Back button
      location.assign(url);
    }, RETURN_AFTER_MS);
    return () => clearTimeout(timer);
  }, [url]);
  return leaving;
}

function hasReturned(paymentId: string): boolean {
  try {
    return sessionStorage.getItem(`avopay.returned.${paymentId}`) !== null;
  } catch {
    return false; // storage is switched off: the payer is taken back each time
  }
}

function markReturned(paymentId: string): void {
  try {
    sessionStorage.setItem(`avopay.returned.${paymentId}`, '1');
  } catch {
    // Storage is switched off; see hasReturned.
  }
}
