import { parseArgs } from 'node:util';
import { examine } from './examine.ts';

const USAGE = 'npm run doctor -- --url http://localhost:4000 [--only P-14,X-5]';
/** Wide enough for the longest verdict. */
const VERDICT_CHARS = 18;

const { values } = parseArgs({ options: { url: { type: 'string' }, only: { type: 'string' } } });
if (values.url === undefined || !URL.canParse(values.url)) {
  console.error(USAGE);
  process.exit(2);
}
try {
  const only = values.only?.split(',').map((id) => id.trim());
  const rows = await examine({
    url: values.url,
    ...(only ? { only } : {}),
    onRow: ({ id, verdict, says, why }) => console.log(`${id.padEnd(5)} ${verdict.padEnd(VERDICT_CHARS)} ${says}${why ? ` — ${why}` : ''}`),
  });
  const count = (verdict: string) => rows.filter((row) => row.verdict === verdict).length;
  console.log(`\n${count('holds')} hold, ${count('fails')} fail, ${count('not testable here')} are not testable here`);
  process.exitCode = count('fails') > 0 ? 1 : 0;
} catch (error) {
  console.error(`The doctor needs a sandbox at ${values.url}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
