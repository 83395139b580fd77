import { runSeed } from './run-seed.ts';
const seed = Number(process.argv[2] ?? 1);
const result = await runSeed(seed, true);
console.log(result.log.slice(0, Number(process.argv[3] ?? 100000)).join('\n'));
console.log(result.violations, result.happened, result.traceHash);
