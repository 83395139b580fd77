/** The page of a payment link: a plain form that works without JavaScript, rendered on the server only. */
import type { PageOptions } from '../checkout/contract.ts';
import type { Language } from '../checkout/words.ts';
import type { LinkData, LinkTry } from './contract.ts';
import type { LinkWords } from './link-words.ts';
import { render } from 'preact-render-to-string';
import { htmlDocument } from '../checkout/document.ts';
import { Frame } from '../checkout/frame.tsx';
import { fiatText, groupedSats } from '../checkout/money-text.ts';
import { pickLanguage } from '../checkout/words.ts';
import { linkWords } from './link-words.ts';

/** TABLE: amounts offered at a tap, in whole units: about a coffee, a lunch, a generous tip. */
const QUICK_PICKS: { readonly [currency: string]: readonly [string, string, string] } = {
  JPY: ['500', '1000', '2000'],
  DKK: ['50', '100', '200'],
  BRL: ['20', '50', '100'],
};
const PICKS_DEFAULT = ['5', '10', '20'] as const;
/** Longer than any amount that could be meant. */
const TYPED_CHARS_MAX = 40;

type Part = { readonly link: LinkData; readonly words: LinkWords; readonly language: Language; readonly attempt: LinkTry };

export function linkPage(link: LinkData, attempt: LinkTry, options: PageOptions): string {
  const language = pickLanguage(options.languages);
  const words = linkWords(language.code);
  const part = { link, words, language, attempt };
  const play = options.sandbox ? language.words.sandbox : link.mode === 'TEST' ? language.words.test : null;
  const body = render(
    <Frame merchantName={link.merchant.name} logoPath={null} play={play} footer={language.words.footer}>
      <main class="one">{link.status === 'INACTIVE' ? <Inactive {...part} /> : <Offer {...part} />}</main>
    </Frame>,
  );
  return htmlDocument({ language, title: words.title(link.title, link.merchant.name), body }, options);
}

function Inactive({ link, words }: Part) {
  return (
    <section class="card outcome" aria-labelledby="outcome">
      <p class="what">{link.title}</p>
      <h1 id="outcome">{words.inactive}</h1>
      <p class="lead">{words.inactiveText}</p>
    </section>
  );
}

function Offer(part: Part) {
  const { link, words } = part;
  return (
    <section class="card offer" aria-labelledby="offer">
      <h1 id="offer">{link.title}</h1>
      {link.description && <p class="about">{link.description}</p>}
      <form method="post" action={`/pay/${link.id}`} autocomplete="off">
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
      <p class="sats">{words.about(link.currency, link.approximateSats && groupedSats(link.approximateSats))}</p>
      {attempt.problem && (
        <p class="note" role="alert">
          {attempt.problem === 'too_small' ? words.problems.price_too_small : problemText(attempt.problem, null, words)}
        </p>
      )}
      <button type="submit" class="button primary">
        {words.payFixed(amount)}
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
      <label for="amount">{words.amount(link.currency)}</label>
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
          {words.hint(hint)}
        </p>
      )}
      <button type="submit" class="button primary">
        {words.pay}
      </button>
      <fieldset class="picks">
        <legend>{words.picks}</legend>
        {(QUICK_PICKS[link.currency] ?? PICKS_DEFAULT).map((pick) => (
          <button key={pick} type="submit" class="button" name="pick" value={pick} aria-label={words.pick(money(pick))}>
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

function problemText(problem: LinkTry['problem'] & string, minimum: string | null, words: LinkWords): string {
  return problem === 'too_small' ? words.problems.too_small(minimum) : words.problems[problem];
}

function signOf(currency: string, language: string): string {
  const parts = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).formatToParts(0);
  return parts.find(({ type }) => type === 'currency')?.value ?? currency;
}

/** `€5`: a round amount without its empty decimals. */
function wholeText(amount: string, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 0,
  });
  return format.format(BigInt(amount));
}
