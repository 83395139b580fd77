import type { CheckoutView } from './contract.ts';
import type { Words } from '../words/words.ts';

/** A test payment has no invoice and no address: whoever tries the shop out says how it ends. A plain form, so that it works without scripts. */
export function TestButtons({ view, words }: { readonly view: CheckoutView; readonly words: Words }) {
  return (
    <form method="post" action={`/pay/${view.paymentId}/simulate${view.keep}`} class="shopper">
      <p class="hint">{words.testText}</p>
      <button type="submit" class="button" name="outcome" value="paid">
        {words.testPaid}
      </button>
      <button type="submit" class="button" name="outcome" value="expired">
        {words.testExpired}
      </button>
    </form>
  );
}
