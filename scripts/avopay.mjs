// npm run avopay -- COMMAND: what an operator does by hand. Installs and builds what is missing first.
import process from 'node:process';
import { main } from './prepare.mjs';
import { runServer } from './run-server.mjs';

await main(() => runServer('dist/src/cli.js', process.argv.slice(2)));
