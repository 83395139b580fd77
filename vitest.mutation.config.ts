import { defineConfig } from 'vitest/config';
import { GUARDS } from './scripts/mutation-table.ts';

/** What `npm run mutation` asks of every mutant: the pure tests that guard the core, without a database, each file with modules of its own. */
export default defineConfig({
  test: {
    include: [...GUARDS],
    pool: 'forks',
    expect: { requireAssertions: true },
  },
});
