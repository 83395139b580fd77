import type { Words } from '../words/words.ts';
import { useEffect, useState } from 'preact/hooks';

/** A wallet that lives in the browser and offers itself to pages: https://www.webln.dev. Foreign code: nothing it answers is believed. */
type Wallet = { readonly enable: () => Promise<unknown>; readonly sendPayment: (invoice: string) => Promise<unknown> };

type BrowserWalletProps = {
  readonly invoice: string;
  readonly words: Words;
  readonly say: (text: string) => void;
  readonly onSent: () => void;
};

/** A wallet that has not answered by then may have hidden its question. */
const SLOW_AFTER_MS = 20_000;

/** Pays from a wallet in this browser, when there is one. What it says is only a hint: the page believes the server alone that it is paid. */
export function BrowserWallet(props: BrowserWalletProps) {
  const { words } = props;
  const wallet = useWallet();
  const [said, setSaid] = useState<string | null>(null);
  const [asking, setAsking] = useState(false);
  if (!wallet) return null;
  const tell = (text: string) => {
    setSaid(text);
    props.say(text);
  };
  const onClick = async () => {
    setAsking(true);
    tell(words.payHereAsks);
    const slow = setTimeout(() => {
      setAsking(false); // an invoice is paid at most once: asking again is safe
      tell(words.payHereSlow);
    }, SLOW_AFTER_MS);
    const sent = await payFrom(wallet, props.invoice);
    clearTimeout(slow);
    setAsking(false);
    tell(sent ? words.payHereSent : words.payHereRefused);
    if (sent) props.onSent();
  };
  return (
    <div class="here">
      <button type="button" class="button" aria-disabled={asking} onClick={asking ? undefined : onClick}>
        {words.payHere}
      </button>
      {said && <p class="hint">{said}</p>}
    </div>
  );
}

async function payFrom(wallet: Wallet, invoice: string): Promise<boolean> {
  try {
    await wallet.enable(); // first: without leave, some wallets never answer
    await wallet.sendPayment(invoice);
    return true;
  } catch {
    return false; // refused, locked or out of funds: the code is still there
  }
}

/** Null until the browser has a wallet; some announce themselves after the page has loaded. */
function useWallet(): Wallet | null {
  const [wallet, setWallet] = useState<Wallet | null>(null);
  useEffect(() => {
    const look = () => setWallet(walletOf(Reflect.get(globalThis, 'webln')));
    look();
    document.addEventListener('webln:ready', look);
    return () => document.removeEventListener('webln:ready', look);
  }, []);
  return wallet;
}

function walletOf(found: unknown): Wallet | null {
  if (typeof found !== 'object' || found === null) return null;
  const isWallet =
    'enable' in found && typeof found.enable === 'function' && 'sendPayment' in found && typeof found.sendPayment === 'function';
  return isWallet ? (found as Wallet) : null; // both functions are there; what they do is its own affair
}
