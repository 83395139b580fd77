import type { CheckoutFacts } from './contract.ts';
import { factsOf } from './view.ts';

/** Asks the status route at intervals, whatever the socket says. */
export type StatusLooks = {
  /** Asks now. */
  readonly look: () => void;
  /** The payer went to their wallet: look often for a minute. */
  readonly hurry: () => void;
  /** The time is up: look often until the server has decided. */
  readonly setChecking: (checking: boolean) => void;
  readonly stop: () => void;
};

/** An event that was missed is found within this time at the latest. */
const LOOK_EVERY_MS = 20_000;
const HURRIED_LOOK_MS = 5_000;
const HURRY_FOR_MS = 60_000;
/** Between the end of the time and the server's verdict, at most 90 s. */
const CHECKING_LOOK_MS = 3_000;
/** A server that does not answer must not hold up the next look. */
const LOOK_DEADLINE_MS = 10_000;

export function startLooks(paymentId: string, onFacts: (facts: CheckoutFacts) => void): StatusLooks {
  let stopped = false;
  let checking = false;
  let hurriedUntilMs = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const schedule = () => {
    clearTimeout(timer);
    const hurried = performance.now() < hurriedUntilMs;
    timer = setTimeout(() => void look(), checking ? CHECKING_LOOK_MS : hurried ? HURRIED_LOOK_MS : LOOK_EVERY_MS);
  };
  const look = async () => {
    if (stopped) return;
    schedule();
    const facts = await fetchFacts(paymentId);
    if (facts && !stopped) onFacts(facts);
  };

  schedule();
  return {
    look: () => void look(),
    hurry() {
      hurriedUntilMs = performance.now() + HURRY_FOR_MS;
      if (!stopped) schedule();
    },
    setChecking(now) {
      if (now === checking) return;
      checking = now;
      if (now) void look();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Null when the server could not be reached or did not answer with a status: then nothing is known, and nothing changes. */
async function fetchFacts(paymentId: string): Promise<CheckoutFacts | null> {
  try {
    const reply = await fetch(`/pay/${encodeURIComponent(paymentId)}/status`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(LOOK_DEADLINE_MS),
    });
    return reply.ok ? factsOf(await reply.json()) : null;
  } catch {
    return null; // no network, too slow, or not JSON: the next look comes by itself
  }
}
