import { cpus } from 'node:os';
import { CAN_PIN } from './child.ts';
import { reportOf, tableOf } from './report.ts';
import { measureCreate } from './rows/create.ts';
import { measureGrowth } from './rows/growth.ts';
import { measurePage } from './rows/page.ts';
import { measurePush } from './rows/push.ts';
import { measureRead } from './rows/read.ts';
import { measureSettle } from './rows/settle.ts';
import { measureSoak } from './rows/soak.ts';
import { measureStart } from './rows/start.ts';
import { measureWebhook } from './rows/webhook.ts';
import { readSizes } from './sizes.ts';
import { PROGRAM, startWorld } from './world.ts';

/**
 * `npm run bench`: every figure beside its baselines in the same run. The table and, as the last line, one JSON object. Only ratios are worth
 * comparing between runs: what else the machine does slows all contenders of a round alike.
 */
const ROWS = {
  ...{ create: measureCreate, read: measureRead, push: measurePush, webhook: measureWebhook, settle: measureSettle },
  ...{ page: measurePage, growth: measureGrowth, start: measureStart },
};
/** Too long for a run of everything: measured when it is named. */
const NAMED = { soak: measureSoak };

const ENGINE = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers'];

async function main(): Promise<void> {
  const sizes = readSizes(process.env);
  const only = process.argv.slice(2);
  const world = await startWorld(sizes);
  try {
    const settings = await Promise.all(ENGINE.map(async (name) => `${name}=${(await world.database.query(`SHOW ${name}`)).rows[0][name]}`));
    console.log(`PostgreSQL: ${settings.join(' ')}`);
    console.log(
      `Node ${process.versions.node}, ${PROGRAM}, ${cpus().length} cores (${cpus()[0]?.model}), ${CAN_PIN ? 'pinned' : 'not pinned'}`,
    );
    console.log(
      Object.entries(sizes)
        .map((size) => size.join('='))
        .join(' '),
    );
    const parts = [];
    for (const [name, measure] of Object.entries(only.length > 0 ? { ...ROWS, ...NAMED } : ROWS)) {
      if (only.length > 0 && !only.includes(name)) continue;
      const part = await measure(world);
      parts.push(part);
      console.log(tableOf(part.rows));
    }
    console.log(`\n${tableOf(parts.flatMap(({ rows }) => rows))}\n`);
    if (only.length === 0) console.log(JSON.stringify(reportOf(parts)));
  } finally {
    await world.stop();
  }
}

await main();
process.exit();
