// npm start: installs what is missing, builds, and runs AvoPay until it is stopped.
import process from 'node:process';
import { main } from './prepare.mjs';
import { runServer } from './run-server.mjs';

await main(() => runServer('dist/main.js', process.argv.slice(2)));
