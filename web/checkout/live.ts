import type { CheckoutFacts } from './contract.ts';
import type { StatusLooks } from './status-looks.ts';
import { startLooks } from './status-looks.ts';
import { factsOf } from './view.ts';

/**
 * Keeps the page true while it is open. The socket makes it fast; looking at the status route makes it sure: on every (re)connect, when the
 * page is seen again, when the network returns, and at intervals.
 */
export type Live = StatusLooks;
export type LinkState = 'live' | 'reconnecting' | 'offline';
export type LiveEvents = {
  readonly onFacts: (facts: CheckoutFacts, heardOf: 'look' | 'socket') => void;
  readonly onLink: (link: LinkState) => void;
};

/** Short breaks are not worth a word. */
const SAY_DOWN_AFTER_MS = 5_000;
/** The socket's own code could not be loaded (offline, a proxy in the way): try again after this. */
const RELOAD_AFTER_MS = 10_000;

export function followPayment(paymentId: string, events: LiveEvents): Live {
  const looks = startLooks(paymentId, (facts) => events.onFacts(facts, 'look'));
  const link = watchLink(events.onLink);
  const stopSocket = keepSocket(paymentId, {
    onOpen() {
      link.socketIs(true);
      looks.look();
    },
    onClose: () => link.socketIs(false),
    onFacts: (facts) => events.onFacts(facts, 'socket'),
  });
  const stopListening = onReturn(looks.look);
  return {
    ...looks,
    stop() {
      looks.stop();
      link.stop();
      stopSocket();
      stopListening();
    },
  };
}

type SocketSink = { readonly onOpen: () => void; readonly onClose: () => void; readonly onFacts: (facts: CheckoutFacts) => void };

/** Loads the socket's code after the page works without it, then keeps it open. */
function keepSocket(paymentId: string, sink: SocketSink): () => void {
  let stopped = false;
  let close = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = async () => {
    const socket = await import('./socket.ts').catch(() => null); // offline: tried again below
    if (stopped) return;
    if (!socket) {
      timer = setTimeout(() => void open(), RELOAD_AFTER_MS);
      return;
    }
    close = socket.openCheckoutSocket(paymentId, {
      ...sink,
      onCheckout(checkout) {
        const facts = factsOf(checkout);
        if (facts) sink.onFacts(facts);
      },
    });
  };
  void open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    close();
  };
}

/** Says how the page is connected: a broken socket after five seconds, a lost network at once. */
function watchLink(onLink: (link: LinkState) => void): { readonly socketIs: (up: boolean) => void; readonly stop: () => void } {
  let down = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const say = () => onLink(!navigator.onLine ? 'offline' : down ? 'reconnecting' : 'live');
  const sayDown = () => {
    down = true;
    say();
  };
  const socketIs = (up: boolean) => {
    if (up) {
      clearTimeout(timer);
      timer = undefined;
      down = false;
      say();
    } else if (timer === undefined) {
      timer = setTimeout(sayDown, SAY_DOWN_AFTER_MS);
    }
  };
  addEventListener('online', say);
  addEventListener('offline', say);
  socketIs(false);
  return {
    socketIs,
    stop() {
      clearTimeout(timer);
      removeEventListener('online', say);
      removeEventListener('offline', say);
    },
  };
}

/** Calls `look` whenever the page may have slept: timers and sockets of a hidden page are not to be trusted. */
function onReturn(look: () => void): () => void {
  const onSeen = () => document.visibilityState === 'visible' && look();
  document.addEventListener('visibilitychange', onSeen);
  for (const name of ['focus', 'pageshow', 'online']) addEventListener(name, onSeen);
  return () => {
    document.removeEventListener('visibilitychange', onSeen);
    for (const name of ['focus', 'pageshow', 'online']) removeEventListener(name, onSeen);
  };
}
