import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import express from 'express';
import { makeLog } from '../src/lib/log.ts';
import { systemClock } from '../src/lib/time.ts';
import { listen } from './provider/listen.ts';
import { startSandbox } from './start-sandbox.ts';

/** The sandbox alone, for any client of the Boltz API v2 and of Esplora: `npm run sandbox -- --folder ./data/sandbox --port 4100`. */
const { values } = parseArgs({
  options: { folder: { type: 'string', default: './data/sandbox' }, port: { type: 'string', default: '4100' } },
});
const HOST = '127.0.0.1';

const sandbox = await startSandbox({ folder: values.folder, baseClock: systemClock, network: 'regtest', log: makeLog('info') });
const app = express();
app.disable('x-powered-by');
app.use('/sandbox', sandbox.control);
const control = await listen(createServer(app), { host: HOST, port: Number(values.port) });

process.stdout.write(
  [
    'AvoPay sandbox: a Liquid regtest with a swap provider. No real money.',
    `  provider  ${sandbox.providerUrl}`,
    `  chain     ${sandbox.chainUrl}`,
    `  rates     ${sandbox.ratesUrls.coingecko}`,
    `            ${sandbox.ratesUrls.coincap}`,
    `  control   ${control.url}/sandbox`,
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
