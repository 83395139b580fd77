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
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000, // a hook may build the pages or start a browser
    expect: { requireAssertions: true }, // a test that claims nothing proves nothing
  },
});
