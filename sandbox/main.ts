import { parseArgs } from 'node:util';
import { makeLog } from '../src/lib/log.ts';
import { systemClock } from '../src/lib/time.ts';
import { serveControl } from './link/serve-control.ts';
import { startSandbox } from './start-sandbox.ts';

/**
 * The sandbox alone, for any client of the Boltz API v2 and of Esplora, and for every AvoPay whose SANDBOX_URL names its control address:
 * `npm run sandbox -- --folder ./data/sandbox --port 4100`.
 */
const { values } = parseArgs({
  options: { folder: { type: 'string', default: './data/sandbox' }, port: { type: 'string', default: '4100' } },
});
const HOST = '127.0.0.1';

const log = makeLog('info');
const sandbox = await startSandbox({ folder: values.folder, baseClock: systemClock, network: 'regtest', log });
const control = await serveControl(sandbox, { host: HOST, port: Number(values.port), log });

process.stdout.write(
  [
    'AvoPay sandbox: a Liquid regtest with a swap provider. No real money.',
    `  provider  ${sandbox.providerUrl}`,
    `  chain     ${sandbox.chainUrl}`,
    `  rates     ${sandbox.ratesUrls.coingecko}`,
    `            ${sandbox.ratesUrls.coincap}`,
    `  control   ${control.url}/sandbox`,
    `AvoPay plays here with SANDBOX_URL=${control.url}`,
    '',
  ].join('\n'),
);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await control.close();
  await sandbox.close();
  process.exit(0);
}
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
// Started by a script that has died: nobody is left who could stop it.
process.on('disconnect', () => void stop());
