import { useState } from 'preact/hooks';
import type { Words } from './words.ts';

/** The sandbox's shopper pays the invoice, as a wallet would. The page itself learns of it like of any payment. */
export function ShopperButton(props: { readonly invoice: string; readonly words: Words; readonly say: (text: string) => void }) {
  const { words, say } = props;
  const [said, setSaid] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const tell = (text: string) => {
    setSaid(text);
    say(text);
  };
  const onClick = async () => {
    setBusy(true);
    tell(words.shopperPays);
    tell((await payAsShopper(props.invoice)) ? words.shopperPaid : words.shopperFailed);
    setBusy(false);
  };
  return (
    <div class="shopper js">
      <button type="button" class="button" aria-disabled={busy} onClick={busy ? undefined : onClick}>
        {words.payAsShopper}
      </button>
      {said && <p class="hint">{said}</p>}
    </div>
  );
}

async function payAsShopper(invoice: string): Promise<boolean> {
  try {
    const reply = await fetch('/sandbox/pay', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ invoice }),
    });
    const answer: unknown = await reply.json();
    const status = typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : null;
    return reply.ok && status !== 'failed';
  } catch {
    return false; // no network or no JSON: the shopper did not say that it paid
  }
}
