import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CheckoutView } from './contract.ts';
import type { Live } from './live.ts';
import { Frame } from './frame.tsx';
import { Methods } from './methods.tsx';
import { Detected, Expired, Receipt } from './outcomes.tsx';
import { Facts } from './pieces.tsx';
import type { ServerClock } from './server-clock.ts';
import type { CheckoutState } from './use-checkout.ts';
import { useCheckout } from './use-checkout.ts';
import { TestButtons } from './test-buttons.tsx';
import { countdownText, timeText } from './view.ts';
import { fill } from '../words/fill.ts';
import type { Words } from '../words/words.ts';

/** The drawn codes; the server alone has them. */
export type Codes = { readonly lightning: string | null; readonly liquid: string | null };
export type PanelProps = {
  readonly view: CheckoutView;
  readonly words: Words;
  readonly codes: Codes | null;
  readonly live: RefObject<Live | null>;
  readonly say: (text: string) => void;
};
type AppProps = { readonly view: CheckoutView; readonly words: Words; readonly codes: Codes | null; readonly clock: ServerClock | null };

/** The whole page of one payment, the same on the server and in the browser. */
export function App(props: AppProps) {
  const { words, codes } = props;
  const state = useCheckout(props.view, props.clock);
  const { view, phase, live } = state;
  const [said, say] = useState('');
  const changed = view.status !== props.view.status;
  useAnnouncements(state, words, say);
  return (
    <Frame
      merchantName={view.merchantName}
      colour={view.colour}
      logoPath={view.logoPath}
      play={playWords(view, words)}
      footer={words.footer}
    >
      {phase === 'paid' ? (
        <main class="one">
          <Receipt view={view} words={words} live={changed} />
        </main>
      ) : phase === 'expired' ? (
        <main class="one">
          <Expired view={view} words={words} live={changed} />
        </main>
      ) : (
        <main class="two">
          <Summary view={view} words={words} payable={phase === 'pending'} />
          <section class="card" aria-label={words.paymentArea}>
            <Panel state={state} panel={{ view, words, codes, live, say }} />
          </section>
        </main>
      )}
      <p class="sr" role="status">
        {said}
      </p>
    </Frame>
  );
}

function Summary({ view, words, payable }: { readonly view: CheckoutView; readonly words: Words; readonly payable: boolean }) {
  return (
    <section class="summary" aria-label={words.summary}>
      <p class="what">{view.title === null ? fill(words.payTo, { merchant: view.merchantName }) : <bdi>{view.title}</bdi>}</p>
      <h1 class="amount">{view.fiat}</h1>
      <p class="sats">
        <span class="nowrap">{fill(words.sats, { amount: view.sats })}</span>
        {payable && ` · ${words.priceHeld}`}
      </p>
      <div class="wide-only">
        <Facts
          rows={[
            [words.total, view.fiat],
            [words.inBitcoin, fill(words.sats, { amount: view.sats })],
            ...(view.rate === null ? [] : [[words.rate, fill(words.rateOf, { price: view.rate })] as const]),
            [words.reference, <code key="reference">{view.paymentId}</code>],
          ]}
        />
        {payable && view.play !== 'test' && (
          <>
            <h2>{words.howToPay}</h2>
            <Steps view={view} words={words} />
          </>
        )}
      </div>
    </section>
  );
}

function Panel({ state, panel }: { readonly state: CheckoutState; readonly panel: PanelProps }) {
  const { phase, remainingMs } = state;
  const { words } = panel;
  const stuck = useIdle(TROUBLE_AFTER_MS);
  if (phase === 'detected') return <Detected view={panel.view} words={words} />;
  return (
    <>
      <StatusLine state={state} words={words} />
      {phase === 'checking' && <p class="checking">{words.checkingText}</p>}
      <div hidden={phase === 'checking'}>
        {panel.view.play === 'test' ? <TestButtons view={panel.view} words={words} /> : <Methods {...panel} />}
        {panel.view.play !== 'test' && (
          <details class="fold narrow-only">
            <summary>{words.newToThis}</summary>
            <Steps view={panel.view} words={words} />
          </details>
        )}
        {stuck && remainingMs > 0 && (
          <details class="fold">
            <summary>{words.trouble}</summary>
            <ul>
              {words.troubles.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </>
  );
}

/** The documented length of a payment's window; a longer one starts with a full bar. */
const WINDOW_MS = 600_000;
const LOW_MS = 120_000;
const HALF_MINUTE_MS = 30_000;
/** Whoever still waits after a minute may need help. */
const TROUBLE_AFTER_MS = 60_000;

function StatusLine({ state, words }: { readonly state: CheckoutState; readonly words: Words }) {
  const { phase, remainingMs, link } = state;
  const share = Math.min(100, (remainingMs / WINDOW_MS) * 100);
  return (
    <div class={remainingMs <= LOW_MS ? 'status low' : 'status'}>
      <p>
        <span class={link === 'live' ? 'dot live' : 'dot'} />
        <span class="state">{phase === 'checking' ? words.checking : words.waiting}</span>
        <span class="timer js" role="timer" aria-label={words.timeLeft}>
          {countdownText(remainingMs)}
        </span>
      </p>
      <p class="no-js">{fill(words.payUntil, { time: timeText(state.view.expiresAtMs, state.view.language) })}</p>
      <svg class="bar js" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="3" />
        <rect width={share} height="3" />
      </svg>
      {link !== 'live' && <p class="link">{link === 'offline' ? words.offline : words.reconnecting}</p>}
    </div>
  );
}

function Steps({ view, words }: { readonly view: CheckoutView; readonly words: Words }) {
  const steps = view.lightning || !view.liquid ? words.steps : words.liquidSteps;
  return (
    <>
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      <p class="explained">{words.satsExplained}</p>
    </>
  );
}

/** Tells a screen reader what changed: few words, and the time only twice. */
function useAnnouncements(state: CheckoutState, words: Words, say: (text: string) => void): void {
  const { phase, remainingMs, link, view } = state;
  useEffect(() => {
    if (phase === 'detected') say(`${words.detected}. ${words.detectedText}`);
    if (phase === 'checking') say(words.checkingText);
    if (phase === 'paid') document.title = fill(words.paidTitle, { merchant: view.merchantName });
    if (phase === 'expired') document.title = fill(words.expiredTitle, { merchant: view.merchantName });
  }, [phase]);
  useEffect(() => {
    if (link !== 'live') say(link === 'offline' ? words.offline : words.reconnecting);
  }, [link]);
  const mark = remainingMs === LOW_MS ? words.twoMinutes : remainingMs === HALF_MINUTE_MS ? words.halfMinute : '';
  useEffect(() => {
    if (mark !== '' && phase === 'pending') say(mark);
  }, [mark]);
}

function useIdle(afterMs: number): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIdle(true), afterMs);
    return () => clearTimeout(timer);
  }, []);
  return idle;
}

function playWords(view: CheckoutView, words: Words): string | null {
  if (view.play === null) return null;
  return view.play === 'sandbox' ? words.sandbox : words.test;
}
