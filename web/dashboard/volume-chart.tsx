import { fiatText, groupedSats } from '../checkout/money-text.ts';

type Day = { readonly day: string; readonly paid: number; readonly fiat: string; readonly sats: string };
type Stats = { readonly currency: string; readonly paid: number; readonly fiat: string; readonly days: readonly Day[] };

/** Drawn in units of its own: one wide for each day, and this high; the page stretches it. */
const HEIGHT = 100;
/** What came in on a day is seen, however little it is beside the best day. */
const LOWEST = 2;
/** Of the width of a day; the rest keeps it apart from the next. */
const BAR = 0.7;

/** A bar for each day. Who cannot see or point at it has the sentence and the table. */
export function VolumeChart({ stats, goTo }: { readonly stats: Stats; readonly goTo: (day: string) => void }) {
  const { days, currency } = stats;
  const best = days.reduce<Day | null>((top, day) => (Number(day.fiat) > Number(top?.fiat ?? 0) ? day : top), null);
  const words = sentence(stats, best);
  if (!best) return <p class="mute">{words}</p>;
  return (
    <>
      <figure class="volume">
        <figcaption class="mute">{fiatText(best.fiat, currency, 'en')} at most on one day</figcaption>
        <svg viewBox={`0 0 ${days.length} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
          <title>{words}</title>
          {days.map((day, index) => (
            <Bar key={day.day} day={day} index={index} best={Number(best.fiat)} currency={currency} goTo={goTo} />
          ))}
        </svg>
        <p class="ends mute">
          <span>{dayName(days[0]?.day ?? '')}</span>
          <span>{dayName(days.at(-1)?.day ?? '')}</span>
        </p>
      </figure>
      <details>
        <summary>Show as table</summary>
        <DayTable stats={stats} goTo={goTo} />
      </details>
    </>
  );
}

type BarProps = {
  readonly day: Day;
  readonly index: number;
  readonly best: number;
  readonly currency: string;
  readonly goTo: (day: string) => void;
};
function Bar({ day, index, best, currency, goTo }: BarProps) {
  const height = day.paid === 0 ? 0 : Math.max(LOWEST, (Number(day.fiat) * HEIGHT) / best);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table below has a button for each of these days
    <g class="day" onClick={() => goTo(day.day)}>
      <title>{`${dayName(day.day)}: ${fiatText(day.fiat, currency, 'en')}, ${day.paid} paid`}</title>
      <rect class="whole" x={index} y={0} width={1} height={HEIGHT} />
      <rect class="bar" x={index + (1 - BAR) / 2} y={HEIGHT - height} width={BAR} height={height} />
    </g>
  );
}

function DayTable({ stats, goTo }: { readonly stats: Stats; readonly goTo: (day: string) => void }) {
  return (
    <table class="rows narrow">
      <caption class="mute">Days of UTC on which something was paid, the latest first.</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">Payments</th>
          <th scope="col">Amount</th>
        </tr>
      </thead>
      <tbody>
        {stats.days
          .filter(({ paid }) => paid > 0)
          .toReversed()
          .map(({ day, paid, fiat, sats }) => (
            <tr key={day}>
              <td>
                <button type="button" class="link" onClick={() => goTo(day)}>
                  {dayName(day)}
                </button>
              </td>
              <td>{paid} paid</td>
              <td class="money">
                <b class="amount">{fiatText(fiat, stats.currency, 'en')}</b> <small class="mute">{groupedSats(sats, 'en')} sats</small>
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function sentence({ days, currency, paid, fiat }: Stats, best: Day | null): string {
  if (!best) return `Nothing was paid in ${currency} in the last ${days.length} days.`;
  const sum = `${fiatText(fiat, currency, 'en')} in ${paid} ${paid === 1 ? 'payment' : 'payments'} in the last ${days.length} days`;
  return `${sum}, most of it on ${dayName(best.day)}: ${fiatText(best.fiat, currency, 'en')}.`;
}

/** `22 Nov`, of UTC as the server counts. */
export function dayName(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
}
