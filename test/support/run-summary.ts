import type { Reporter } from 'vitest/node';

/** Ends a run with what was left out and why, and one line that a machine can read: `N passed, N failed`. */
export function runSummary(): Reporter {
  let byName = false;
  return {
    onInit(vitest) {
      byName = vitest.config.testNamePattern !== undefined; // then the rest was not skipped but not asked for
    },
    onTestRunEnd(modules, unhandledErrors) {
      let passed = 0;
      let failed = unhandledErrors.length;
      const skipped: string[] = [];
      for (const module of modules) {
        if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) failed += 1; // it did not even load
        for (const test of module.children.allTests()) {
          const result = test.result();
          if (result.state === 'passed') passed += 1;
          else if (result.state === 'failed') failed += 1;
          else if (!byName)
            skipped.push(`  ${module.relativeModuleId} > ${test.fullName}: ${('note' in result && result.note) || 'no reason given'}`);
        }
      }
      if (skipped.length > 0) process.stdout.write(`\nskipped ${skipped.length}:\n${skipped.join('\n')}\n`);
      process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
    },
  };
}
