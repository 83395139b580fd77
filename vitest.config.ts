import { defineConfig } from 'vitest/config';
import { runSummary } from './test/support/run-summary.ts';

export default defineConfig({
  // Vite would take graphql's ES module while the libraries load its CommonJS one: two copies do not know each other's schemas.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/database-for-run.ts'],
    reporters: ['default', runSummary()],
    pool: 'forks',
    // Our modules hold no state of their own (a rule of the house), so files share what a worker has loaded: a third of the suite's work.
    isolate: false,
    maxWorkers: 4, // on two cores: a test waits for real deadlines half of its time
    // Far beyond what anything takes: a deadline here finds what hangs, and says nothing about speed on a shared machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: {
      requireAssertions: true, // a test that claims nothing proves nothing
      poll: { timeout: 60_000 },
    },
  },
});
