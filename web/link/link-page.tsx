/** The page of a payment link: a plain form that works without JavaScript, rendered on the server only. */
import type { PageOptions } from '../checkout/contract.ts';
import type { Language, StillWords } from '../words/words.ts';
import type { LinkData, LinkProblem, LinkTry } from './contract.ts';
import { render } from 'preact-render-to-string';
import { htmlDocument } from '../checkout/document.ts';
import { Frame } from '../checkout/frame.tsx';
import { readableColour } from '../checkout/colour.ts';
import { fiatText, groupedSats, signStyle } from '../checkout/money-text.ts';
import { logoPathOf } from '../checkout/view.ts';
import { fill } from '../words/fill.ts';
import { pickLanguage } from '../words/languages.ts';

/** TABLE: amounts offered at a tap, in whole units: about a coffee, a lunch, a generous tip. */
const QUICK_PICKS: { readonly [currency: string]: readonly [string, string, string] } = {
  JPY: ['500', '1000', '2000'],
  DKK: ['50', '100', '200'],
  BRL: ['20', '50', '100'],
};
const PICKS_DEFAULT = ['5', '10', '20'] as const;
/** Longer than any amount that could be meant. */
const TYPED_CHARS_MAX = 40;

type Part = {
  readonly link: LinkData;
  readonly words: StillWords;
  readonly language: Language;
  readonly attempt: LinkTry;
  readonly keep: string;
};

export function linkPage(link: LinkData, attempt: LinkTry, options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const { page, still: words } = language;
  const part = { link, words, language, attempt, keep: options.keep };
  const play = options.sandbox ? page.sandbox : link.mode === 'TEST' ? page.test : null;
  const body = render(
    <Frame
      merchantName={link.merchant.name}
      colour={readableColour(link.merchant.brandColour)}
      logoPath={logoPathOf(link.merchant.logoUrl)}
      play={play}
      footer={page.footer}
    >
      <main class="one">{link.status === 'INACTIVE' ? <Inactive {...part} /> : <Offer {...part} />}</main>
    </Frame>,
  );
  return htmlDocument({ language, title: fill(words.linkTitle, { title: link.title, merchant: link.merchant.name }), body }, options);
}

function Inactive({ link, words }: Part) {
  return (
    <section class="card outcome" aria-labelledby="outcome">
      <p class="what">
        <bdi>{link.title}</bdi>
      </p>
      <h1 id="outcome">{words.inactive}</h1>
      <p class="lead">{words.inactiveText}</p>
    </section>
  );
}

function Offer(part: Part) {
  const { link, words } = part;
  return (
    <section class="card offer" aria-labelledby="offer">
      <h1 id="offer">
        <bdi>{link.title}</bdi>
      </h1>
      {link.description && (
        <p class="about" dir="auto">
          {link.description}
        </p>
      )}
      <form method="post" action={`/pay/${link.id}${part.keep}`} autocomplete="off">
        {link.amountFiat === null ? <OpenAmount {...part} /> : <FixedAmount {...part} price={link.amountFiat} />}
      </form>
      <p class="hint">{words.explained}</p>
    </section>
  );
}

function FixedAmount({ link, words, language, attempt, price }: Part & { readonly price: string }) {
  const amount = fiatText(price, link.currency, language.code);
  return (
    <>
      <p class="amount">{amount}</p>
      {/* Four of the currencies write the same sign: the code says which it is. */}
      <p class="sats">{aboutText(link, words, language.code)}</p>
      {attempt.problem && (
        <p class="note" role="alert">
          {attempt.problem === 'too_small' ? words.priceTooSmall : problemText(attempt.problem, null, words)}
        </p>
      )}
      <button type="submit" class="button primary">
        {fill(words.payFixed, { amount })}
      </button>
    </>
  );
}

function OpenAmount({ link, words, language, attempt }: Part) {
  const money = (amount: string) => fiatText(amount, link.currency, language.code);
  const { problem } = attempt;
  const minimum = link.minimumFiat && money(link.minimumFiat);
  const hint = problem === 'too_small' ? null : minimum;
  const wrong = problem !== null && OF_THE_FIELD.includes(problem);
  const described = [problem && 'problem', hint && 'limits'].filter(Boolean).join(' ');
  return (
    <>
      <label for="amount">{fill(words.amount, { currency: link.currency })}</label>
      <div class="field">
        <span aria-hidden="true">{signOf(link.currency, language.code)}</span>
        <input
          id="amount"
          name="amount"
          type="text"
          inputmode={money('0').includes('0.0') ? 'decimal' : 'numeric'}
          value={attempt.typed}
          maxlength={TYPED_CHARS_MAX}
          autofocus={wrong}
          aria-invalid={wrong ? 'true' : undefined}
          aria-describedby={described || undefined}
        />
      </div>
      {problem && (
        <p class="note" id="problem" role="alert">
          {problemText(problem, minimum, words)}
        </p>
      )}
      {hint && (
        <p class="limits" id="limits">
          {fill(words.atLeast, { minimum: hint })}
        </p>
      )}
      <button type="submit" class="button primary">
        {words.pay}
      </button>
      <fieldset class="picks">
        <legend>{words.picks}</legend>
        {(QUICK_PICKS[link.currency] ?? PICKS_DEFAULT).map((pick) => (
          <button key={pick} type="submit" class="button" name="pick" value={pick} aria-label={fill(words.pick, { amount: money(pick) })}>
            {wholeText(pick, link.currency, language.code)}
          </button>
        ))}
      </fieldset>
    </>
  );
}

/** What the payer mends in the field; all else is not the field's fault. */
const OF_THE_FIELD: readonly (LinkTry['problem'] & string)[] = [
  'amount_missing',
  'amount_unclear',
  'no_decimals',
  'too_small',
  'too_large',
];

/** TABLE: what a problem is called. */
const PROBLEM_WORDS = {
  amount_missing: 'amountMissing',
  amount_unclear: 'amountUnclear',
  no_decimals: 'noDecimals',
  too_small: 'tooSmall',
  too_large: 'tooLarge',
  no_price: 'noPrice',
  shop_closed: 'shopClosed',
  busy: 'busy',
  unavailable: 'failed',
} as const satisfies { readonly [Problem in LinkProblem]: keyof StillWords };

function problemText(problem: LinkProblem, minimum: string | null, words: StillWords): string {
  if (problem === 'too_small' && minimum !== null) return fill(words.tooSmallBelow, { minimum });
  return words[PROBLEM_WORDS[problem]];
}

function aboutText({ currency, approximateSats }: LinkData, words: StillWords, language: string): string {
  return approximateSats === null ? currency : fill(words.about, { currency, sats: groupedSats(approximateSats, language) });
}

function signOf(currency: string, language: string): string {
  const parts = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: signStyle(currency) }).formatToParts(0);
  return parts.find(({ type }) => type === 'currency')?.value ?? currency;
}

/** `€5`: a round amount without its empty decimals. */
function wholeText(amount: string, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: signStyle(currency),
    maximumFractionDigits: 0,
  });
  return format.format(BigInt(amount));
}
