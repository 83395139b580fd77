/** Every text of the payment link's page, by language. Kept apart from the checkout's: the browser script of the checkout carries none of them. */
export type LinkWords = typeof ENGLISH;

const ENGLISH = {
  title: (title: string, merchant: string) => `${title} · ${merchant}`,
  payFixed: (amount: string) => `Pay ${amount} with bitcoin`,
  pay: 'Pay with bitcoin',
  about: (currency: string, sats: string | null) => (sats === null ? currency : `${currency} · about ${sats} sats today`),
  amount: (currency: string) => `Amount in ${currency}`,
  hint: (minimum: string) => `At least about ${minimum}.`,
  picks: 'Or choose',
  pick: (amount: string) => `Pay ${amount}`,
  explained: 'The next page shows a code to scan with a bitcoin wallet. Nothing is charged before you confirm there.',
  inactive: 'This link is switched off.',
  inactiveText: 'The shop takes no payments here any more. Nothing was charged.',
  problems: {
    amount_missing: 'Please enter an amount.',
    amount_unclear: 'Please write the amount like 4.50 or 4,50.',
    no_decimals: 'This amount has too many decimals.',
    too_small: (minimum: string | null) => (minimum === null ? 'This amount is too small.' : `The smallest amount is about ${minimum}.`),
    price_too_small: 'This price is too small to be paid with bitcoin today. Please tell the shop.',
    too_large: 'This amount is too large to be paid at once.',
    no_price: 'Could not get today’s price. Try again.',
    shop_closed: 'This shop cannot take payments right now. Nothing was charged.',
    busy: 'Many people are paying here right now. Please try again in a few minutes.',
    unavailable: 'We could not prepare your payment. Nothing was charged. Please try again.',
  },
} as const satisfies { readonly [name: string]: unknown };

const BY_LANGUAGE: { readonly [code: string]: LinkWords } = { en: ENGLISH };

export function linkWords(language: string): LinkWords {
  return BY_LANGUAGE[language] ?? ENGLISH;
}
