/** Middle of the values; the mean of both middles of an even number. @throws RangeError when there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new RangeError('no values have no middle');
  return (lower + upper) / 2;
}

/** The smallest value that `share` (0 to 1) of all values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export type Contender = { readonly name: string; readonly measure: () => Promise<number> };

/** One figure for each round of each contender, in the order of the rounds. */
export type Rounds = ReadonlyMap<string, readonly number[]>;

/**
 * Measures all contenders in turn, round after round: what slows the machine for a while slows them all. Every other round goes backwards, so
 * that nobody always comes after the same one. The first round, in which everything is cold, is thrown away.
 */
export async function alternate(contenders: readonly Contender[], rounds: number): Promise<Rounds> {
  const measured = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, measure } of round % 2 ? contenders.toReversed() : contenders) {
      const figure = await measure();
      if (round > 0) measured.get(name)?.push(figure);
    }
  }
  return measured;
}

/** The median of the ratios of the same rounds. */
export function ratio(rounds: Rounds, ours: string, baseline: string): number {
  const [above, below] = [rounds.get(ours) ?? [], rounds.get(baseline) ?? []];
  return median(above.map((figure, round) => figure / (below[round] ?? Number.NaN)));
}

export function middle(rounds: Rounds, name: string): number {
  return median(rounds.get(name) ?? []);
}

/** By how much the values rise in a second: the straight line that misses them least (least squares). */
export function slope(looks: readonly { readonly atS: number; readonly value: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [atS, value] = [mean(looks.map((look) => look.atS)), mean(looks.map((look) => look.value))];
  const rise = mean(looks.map((look) => (look.atS - atS) * (look.value - value)));
  return rise / mean(looks.map((look) => (look.atS - atS) ** 2));
}
