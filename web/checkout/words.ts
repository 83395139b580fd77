/** Every text of the checkout page, by language. A new language is one more entry of LANGUAGES: the type asks for all of it. */
export type Words = typeof ENGLISH;

const ENGLISH = {
  payTo: (merchant: string) => `Payment to ${merchant}`,
  documentTitle: (amount: string, merchant: string) => `${amount} · ${merchant}`,
  paidTitle: (merchant: string) => `Paid · ${merchant}`,
  expiredTitle: (merchant: string) => `Time ran out · ${merchant}`,
  sats: (amount: string) => `${amount} sats`,
  priceHeld: 'price held until the timer ends',
  summary: 'What you pay',
  total: 'Total',
  inBitcoin: 'In bitcoin',
  rate: 'Rate',
  rateOf: (price: string) => `1 BTC = ${price}`,
  reference: 'Reference',
  satsExplained: 'Sats are small units of bitcoin.',
  footer: 'Secured by AvoPay. Your payment goes straight to the shop.',
  problemFooter: 'AvoPay: payments that go straight to the shop.',

  waiting: 'Waiting for your payment',
  checking: 'Checking…',
  checkingText: 'The time is up. We are looking once more whether your payment arrived.',
  timeLeft: 'Time left',
  payUntil: (time: string) => `Pay until ${time}`,
  twoMinutes: 'Two minutes left to pay.',
  halfMinute: '30 seconds left to pay.',
  reconnecting: 'Reconnecting… You can still pay.',
  offline: 'You appear offline. You can still pay; this page will catch up.',
  paymentArea: 'Pay',

  methods: 'How to pay',
  lightning: 'Lightning',
  liquid: 'Liquid (L-BTC)',
  payWithLightning: 'Pay with Lightning',
  payWithLiquid: 'Pay with Liquid (L-BTC)',
  lightningDown: 'Lightning is not available right now.',
  liquidOnly: 'This shop takes Liquid (L-BTC) payments only.',
  liquidBusy: 'Liquid (L-BTC) is not available for this payment.',
  partialText: (received: string, due: string) => `We received ${received} of ${due} L-BTC. Send the rest to finish your payment.`,
  noMethod: 'This shop cannot take payments right now. Nothing was charged.',
  scanLightning: 'Scan with any Lightning wallet. The amount fills in by itself.',
  scanLiquid: 'Scan with a Liquid wallet. The amount fills in by itself.',
  tapToCopy: 'Tap the code to copy it.',
  lightningCode: (amount: string) => `Lightning payment code for ${amount}`,
  liquidCode: (amount: string) => `Liquid payment code for ${amount}`,
  copyInvoice: 'Copy invoice',
  copyAddress: 'Copy address',
  copyAmount: (amount: string) => `Copy amount (${amount})`,
  copied: 'Copied',
  copyRefused: 'Your browser did not allow copying. The text is selected: copy it by hand.',
  openWallet: 'Open wallet',
  nothingOpenedInvoice: 'Nothing opened? Copy the invoice and paste it in your wallet.',
  nothingOpenedAddress: 'Nothing opened? Copy the address and paste it in your wallet.',
  showInvoice: 'Show the invoice text',
  liquidNote: (amount: string) => `Send exactly ${amount} L\u2011BTC on the Liquid network. Ordinary bitcoin sent here will not arrive.`,

  howToPay: 'How to pay',
  newToThis: 'New to this? How to pay',
  steps: [
    'Open a bitcoin wallet app that supports Lightning.',
    'Tap Scan and point it at the square code. Or copy the invoice and paste it.',
    'Check the amount and confirm. This page changes by itself, usually within seconds.',
  ],
  liquidSteps: [
    'Open a wallet app that supports the Liquid network.',
    'Tap Scan and point it at the square code. Or copy the address and the amount.',
    'Check the amount and confirm. This page changes by itself, usually within seconds.',
  ],
  trouble: 'Having trouble?',
  troubles: [
    'The wallet cannot read the code: it may not support Lightning. Try another wallet, or copy the invoice and paste it.',
    'The wallet finds no route: wait a moment and try again, or pay from another wallet.',
    'You paid and nothing changed here: wait a few seconds. This page looks again by itself.',
  ],

  detected: 'We see your payment',
  detectedText: 'It is on its way to the shop, usually within seconds. Please do not pay again.',
  detectedSlow: 'This takes longer than usual. Your payment was seen; please do not pay again, and ask the shop with the reference below.',

  paid: 'Payment received',
  paidText: (amount: string, merchant: string) => `${amount} went to ${merchant}.`,
  paidTo: 'Paid to',
  paidAt: 'Time',
  takingBack: 'Taking you back to the shop…',
  returnToShop: 'Return to the shop',
  mayClose: 'You can close this page.',
  print: 'Print receipt',

  overpaidText: (received: string, due: string) =>
    `You sent ${received} L-BTC; ${due} was due. Ask the shop about the difference, with the reference above.`,
  paidTwiceText: 'This was paid more than once. Ask the shop to return what is too much, with the reference above.',
  droppedText: 'Your transaction has left the network before it was confirmed. Please contact the shop with the reference above.',

  expired: 'Time ran out',
  expiredText: 'No payment arrived. Please do not pay the old code.',
  underpaidText: (received: string, due: string) =>
    `We received ${received} of ${due} L-BTC. Please contact the shop with the reference below.`,
  expiredNext: 'To pay, start again in the shop.',
  startAgain: 'Start again',
  backToShop: 'Back to the shop',
  alreadySent: 'I already sent the payment',
  alreadySentText:
    'A Lightning payment that comes too late goes back to your wallet by itself; this can take a day. If the money does not return, contact the shop with the reference below.',

  sandbox: 'Sandbox: no real money',
  test: 'Test payment: no real money',
  testText: 'Nobody can pay this with real money. Say how it ends: the shop is told as with a real payment.',
  testPaid: 'Mark as paid',
  testExpired: 'Let it expire',
  payAsShopper: 'Pay as the shopper',
  shopperPays: 'The shopper is paying…',
  shopperPaid: 'The shopper has paid.',
  shopperFailed: 'The shopper could not pay.',

  notFound: 'This payment link is not valid',
  notFoundText: 'Check that the address is complete, or start again in the shop. Nothing was charged.',
  unavailable: 'We could not prepare your payment',
  unavailableText: 'Nothing was charged. Please try again in a moment.',
  tryAgain: 'Try again',
} as const satisfies { readonly [name: string]: unknown };

export type Language = { readonly code: string; readonly direction: 'ltr' | 'rtl'; readonly words: Words };

/** TABLE: the languages of the page. The first is used when the browser asks for none of them. */
export const LANGUAGES: readonly [Language, ...Language[]] = [{ code: 'en', direction: 'ltr', words: ENGLISH }];

/** The first language of an Accept-Language header that we have, in the header's order of preference. */
export function pickLanguage(accepted: string): Language {
  const wanted = accepted
    .split(',')
    .map((part) => part.trim().split(';'))
    .map(([tag = '', weight = '']) => ({ code: tag.toLowerCase().split('-')[0], weight: qualityOf(weight) }))
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight);
  for (const { code } of wanted) {
    const found = LANGUAGES.find((language) => language.code === code);
    if (found) return found;
  }
  return LANGUAGES[0];
}

export function languageOf(code: string): Language {
  return LANGUAGES.find((language) => language.code === code) ?? LANGUAGES[0];
}

function qualityOf(weight: string): number {
  const match = /^\s*q=([0-9.]+)\s*$/.exec(weight);
  return match ? Number(match[1]) : 1;
}
