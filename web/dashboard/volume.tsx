import type { ResultOf } from 'gql.tada';
import { graphql } from './graphql.ts';
import { useLive } from './hooks.ts';
import { usePlace } from './place.ts';
import { fiatText, groupedSats } from '../checkout/money-text.ts';
import { VolumeChart } from './volume-chart.tsx';

const VOLUME = graphql(`query Volume($days: Int!) {
  month: paymentStats(days: 30) { currency started paid fiat sats days { day fiat sats } }
  chart: paymentStats(days: $days) { currency paid fiat sats days { day paid fiat sats } }
}`);
const CHANGES = graphql(`subscription VolumeChanges { paymentsUpdated(filter: { mode: LIVE }) { id } }`);
/** Sums over many payments: a busy shop's are read this often and no more. */
const GATHER_MS = 1_000;
/** TABLE: for how many days back the chart can be drawn; the first is the usual one. */
const SPANS = [30, 7, 90] as const;

type Month = ResultOf<typeof VOLUME>['month'][number];

/** What came in: the headline numbers, and the same day by day. Of real payments; nothing while there were none. */
export function Volume() {
  const { search, go } = usePlace();
  const days = SPANS.find((span) => String(span) === search.get('days')) ?? SPANS[0];
  const { data } = useLive(VOLUME, { days }, { subscription: CHANGES, gatherMs: GATHER_MS });
  if (!data) return null;
  const chart = data.chart.find(({ currency }) => currency === search.get('currency')) ?? data.chart[0];
  return (
    <>
      <Numbers month={data.month} />
      {chart && (
        <section class="card" aria-labelledby="volume">
          <div class="head">
            <h2 id="volume">What came in</h2>
            <div class="choices">
              {data.chart.length > 1 && (
                <Choice
                  legend="Currency"
                  name="currency"
                  value={chart.currency}
                  choices={data.chart.map(({ currency }) => [currency, currency])}
                  choose={(currency) => go({ currency })}
                />
              )}
              <Choice
                legend="Days"
                name="days"
                value={String(days)}
                choices={SPANS.toSorted((a, b) => a - b).map((span) => [String(span), `${span} days`])}
                choose={(span) => go({ days: span === String(SPANS[0]) ? null : span })}
              />
            </div>
          </div>
          <VolumeChart stats={chart} goTo={(day) => go({ day, after: null })} />
        </section>
      )}
    </>
  );
}

function Choice(props: {
  readonly legend: string;
  readonly name: string;
  readonly value: string;
  readonly choices: readonly (readonly [string, string])[];
  readonly choose: (value: string) => void;
}) {
  return (
    <fieldset class="chips">
      <legend class="sr">{props.legend}</legend>
      {props.choices.map(([value, words]) => (
        <label key={value}>
          <input type="radio" name={props.name} checked={value === props.value} onChange={() => props.choose(value)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Each currency for itself: sums over currencies would be sums of nothing. */
function Numbers({ month }: { readonly month: readonly Month[] }) {
  if (month.length === 0) return null;
  const started = month.reduce((sum, stats) => sum + stats.started, 0);
  const paid = month.reduce((sum, stats) => sum + stats.paid, 0);
  const money = (fiat: string, currency: string, sats: string) =>
    [fiatText(fiat, currency, 'en'), `${groupedSats(sats, 'en')} sats`] as const;
  const rows = [
    ['Today', month.map(({ currency, days }) => money(days.at(-1)?.fiat ?? '0', currency, days.at(-1)?.sats ?? '0'))],
    ['Last 30 days', month.map(({ currency, fiat, sats }) => money(fiat, currency, sats))],
    ['Paid of all started', [[started === 0 ? '–' : `${Math.round((paid * 100) / started)}%`, `${paid} of ${started}`]]],
  ] as const;
  return (
    <dl class={`numbers ${month.length > 1 ? 'many' : ''}`}>
      {rows.map(([name, values]) => (
        <div class="card" key={name}>
          <dt>{name}</dt>
          {values.map(([big, small]) => (
            <dd key={big}>
              <b>{big}</b>
              <small class="mute">{small}</small>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
