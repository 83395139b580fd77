import type { MutantResult } from '@stryker-mutator/api/core';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { CORE } from './mutation-table.ts';

const { positionals } = parseArgs({ allowPositionals: true });
const began = performance.now();
const results = await new Stryker({
  mutate: positionals.length > 0 ? positionals : [...CORE],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutation.config.ts', related: true },
  coverageAnalysis: 'perTest',
  concurrency: availableParallelism(),
  reporters: ['clear-text'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  ignorePatterns: ['dist', 'data', 'web/dist', 'docs/images'],
  tempDirName: '.tmp/mutation',
  allowConsoleColors: false,
  logLevel: 'info' as never,
} as never).runMutationTest();
const count = (status: string, rs: MutantResult[] = results) => rs.filter((r) => r.status === status).length;
console.log(
  JSON.stringify({
    mutants: results.length,
    killed: count('Killed'),
    survived: count('Survived') + count('NoCoverage'),
    timeout: count('Timeout'),
    errors: count('RuntimeError') + count('CompileError'),
    seconds: Math.round((performance.now() - began) / 1000),
  }),
);
