// npm run doctor -- --url URL: asks a running sandbox the documented API line by line, over the wire.
import process from 'node:process';
import { main } from './prepare.mjs';
import { runDoctor } from './run-doctor.mjs';

await main(() => runDoctor(process.argv.slice(2)));
