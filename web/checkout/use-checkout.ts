import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CheckoutView } from './contract.ts';
import type { LinkState, Live } from './live.ts';
import { followPayment } from './live.ts';
import type { ServerClock } from './server-clock.ts';
import type { Phase } from './view.ts';
import { phaseOf, withFacts } from './view.ts';

export type CheckoutState = {
  readonly view: CheckoutView;
  readonly phase: Phase;
  readonly remainingMs: number;
  readonly link: LinkState;
  readonly live: RefObject<Live | null>;
};

/** Often enough that the timer never seems to skip a second. */
const TICK_MS = 250;

/** The payment as it is now. On the server there is no `clock`, and the state stays as the page was made. */
export function useCheckout(initial: CheckoutView, clock: ServerClock | null): CheckoutState {
  const [view, setView] = useState(initial);
  const [link, setLink] = useState<LinkState>('live');
  const remainingMs = useRemaining(view, clock);
  const phase = phaseOf(view.status, remainingMs);
  const live = useRef<Live>(null);

  useEffect(() => {
    if (!clock || initial.status === 'paid') return;
    const following = followPayment(initial.paymentId, {
      onFacts(facts) {
        if (facts.serverTimeMs !== null) clock.sync(facts.serverTimeMs);
        setView((current) => withFacts(current, facts));
      },
      onLink: setLink,
    });
    live.current = following;
    return () => following.stop();
  }, []);

  useEffect(() => {
    live.current?.setChecking(phase === 'checking');
    if (phase === 'paid') live.current?.stop();
  }, [phase]);

  useEffect(() => {
    // A part has come, or gone: the server draws the code anew, for what is missing now.
    if (clock && phase === 'pending' && view.receivedLbtc !== initial.receivedLbtc) location.reload();
  }, [phase, view.receivedLbtc]);

  return { view, phase, remainingMs, link, live };
}

/** Whole seconds are enough to draw, so the page is drawn anew once a second. */
function useRemaining(view: CheckoutView, clock: ServerClock | null): number {
  const [seconds, setSeconds] = useState(secondsLeft(view.expiresAtMs - view.serverTimeMs));
  useEffect(() => {
    if (!clock || view.status !== 'pending') return;
    const tick = () => setSeconds(secondsLeft(view.expiresAtMs - clock.nowMs()));
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [view.status, view.expiresAtMs]);
  return seconds * 1_000;
}

function secondsLeft(ms: number): number {
  return Math.max(0, Math.ceil(ms / 1_000));
}
