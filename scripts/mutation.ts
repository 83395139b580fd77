import { isAbsolute, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { belowPromise, scoreOf } from './mutation-score.ts';
import { CORE } from './mutation-table.ts';

/** Beyond what the guards of one mutant take, and half as much again: they have hung. On a busy machine a worker alone takes seconds to start. */
const HUNG_MS = 20_000;

const { positionals: chosen } = parseArgs({ allowPositionals: true });
const begun = performance.now();
const mutants = await new Stryker({
  mutate: chosen.length > 0 ? chosen : [...CORE],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts' },
  coverageAnalysis: 'perTest',
  timeoutMS: HUNG_MS,
  reporters: ['clear-text'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  ignorePatterns: ['dist', 'data', 'docs', 'web'],
  tempDirName: '.tmp/mutation',
  allowConsoleColors: false,
}).runMutationTest();

const judged = mutants.map(({ fileName, status }) => ({
  status,
  fileName: isAbsolute(fileName) ? relative(process.cwd(), fileName) : fileName,
}));
for (const { status, fileName, location, statusReason } of mutants) {
  if (status === 'RuntimeError') console.log(`not loaded: ${fileName}:${location.start.line} ${statusReason?.split('\n')[0] ?? ''}`);
}
const { files, ...whole } = scoreOf(judged);
const low = belowPromise({ files, ...whole });
for (const line of low) console.log(`below what is promised: ${line}`);
console.log(JSON.stringify({ ...whole, seconds: Math.round((performance.now() - begun) / 1_000), files }));
process.exitCode = low.length > 0 ? 1 : 0;
