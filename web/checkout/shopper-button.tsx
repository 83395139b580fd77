import { useState } from 'preact/hooks';
import type { Words } from '../words/words.ts';

/** The sandbox's shopper pays, as a wallet would. The page itself learns of it like of any payment. */
export function ShopperButton(props: {
  readonly path: '/sandbox/pay' | '/sandbox/send';
  readonly order: object;
  readonly words: Words;
  readonly say: (text: string) => void;
}) {
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
    tell((await payAsShopper(props.path, props.order)) ? words.shopperPaid : words.shopperFailed);
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

async function payAsShopper(path: string, order: object): Promise<boolean> {
  try {
    const reply = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    const answer: unknown = await reply.json();
    const status = typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : null;
    return reply.ok && status !== 'failed';
  } catch {
    return false; // no network or no JSON: the shopper did not say that it paid
  }
}
