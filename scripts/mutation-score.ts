/** What became of one changed program: `status` in the words of the mutation tester. */
export type JudgedMutant = { readonly fileName: string; readonly status: string };

export type FileScore = {
  readonly file: string;
  readonly mutants: number;
  /** A test failed. */
  readonly killed: number;
  /** All tests passed, or none asked. */
  readonly survived: number;
  /** The tests did not come to an end, which they do without the change. */
  readonly timeout: number;
  /** Percent of the mutants that were noticed, with two decimals, rounded down. Those that could not be loaded at all do not count. */
  readonly score: number;
};
export type MutationScore = Omit<FileScore, 'file'> & { readonly files: readonly FileScore[] };

/** Percent, of all the core together and of each file (issue: mutation score of the pure core). */
export const SCORE_LEAST = 85;
export const FILE_SCORE_LEAST = 80;

/** Counts the verdicts, in all and file by file. Pure. */
export function scoreOf(mutants: readonly JudgedMutant[]): MutationScore {
  const files = [...new Set(mutants.map(({ fileName }) => fileName))].sort();
  const scores = files.map((file) => ({ file, ...count(mutants.filter(({ fileName }) => fileName === file)) }));
  return { ...count(mutants), files: scores };
}

/** The files, or the whole, that are below what is promised; a run without a mutant proves nothing. */
export function belowPromise({ score, files }: MutationScore): readonly string[] {
  const low = files.filter((file) => file.score < FILE_SCORE_LEAST).map(({ file, score }) => `${file}: ${score} %`);
  return score < SCORE_LEAST ? [`all: ${score} %`, ...low] : low;
}

function count(mutants: readonly JudgedMutant[]): Omit<FileScore, 'file'> {
  const of = (...wanted: readonly string[]) => mutants.filter(({ status }) => wanted.includes(status)).length;
  const [killed, timeout, survived] = [of('Killed'), of('Timeout'), of('Survived', 'NoCoverage')];
  const judged = killed + timeout + survived;
  const score = judged === 0 ? 0 : Math.floor(((killed + timeout) * 10_000) / judged) / 100;
  return { mutants: judged, killed, survived, timeout, score };
}
