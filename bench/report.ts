/** What one row of the table says; `figure` in its `unit`, beside its baselines in the same unit. */
export type Row = {
  readonly row: string;
  readonly work: string;
  readonly unit: string;
  readonly ours: number;
  readonly baselines: { readonly [name: string]: number };
};

/** TABLE: the figures of the last JSON object, in its order. Ours over the baseline's, for throughputs and for times. */
export const FIGURES = [
  'create_vs_limit',
  'read_rest_vs_node',
  'read_graphql_vs_yoga',
  'read_graphql_vs_mercurius',
  'push_vs_ws',
  'push_vs_yoga',
  'push_lost',
  'socket_kib',
  'webhook_vs_undici',
  'webhook_idle_p50_ms',
  'settle_vs_crypto',
  'loop_block_ms',
  'growth_read',
  'growth_create',
  'growth_list',
  'growth_watch',
  'start_s',
] as const;
export type FigureName = (typeof FIGURES)[number];
export type Figures = { readonly [Name in FigureName]?: number };

export type Part = { readonly rows: readonly Row[]; readonly figures: Figures };

/** @throws Error when a figure is missing or no number: a report must not look whole when it is not. */
export function reportOf(parts: readonly Part[]): { rows: readonly Row[]; figures: Record<string, number> } {
  const known: Figures = Object.assign({}, ...parts.map(({ figures }) => figures));
  const figures = FIGURES.map((name) => {
    const figure = known[name];
    if (figure === undefined || !Number.isFinite(figure)) throw new Error(`the figure ${name} was not measured`);
    return [name, rounded(figure)] as const;
  });
  return { rows: parts.flatMap(({ rows }) => rows), figures: Object.fromEntries(figures) };
}

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ row, work, unit, ours, baselines }) => {
    const beside = Object.entries(baselines).map(([name, figure]) => `${name} ${rounded(figure)} (x${rounded(ours / figure)})`);
    return [row, work, `${rounded(ours)} ${unit}`, beside.join(', ') || '-'];
  });
  const cells = [['row', 'work', 'AvoPay', 'baselines (AvoPay over baseline)'], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** Three figures that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
