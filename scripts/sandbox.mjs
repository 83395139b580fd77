// npm run sandbox: the sandbox alone, a provider, a chain and a shopper for a server that runs elsewhere.
import process from 'node:process';
import { main } from './prepare.mjs';
import { runServer } from './run-server.mjs';

await main(() => runServer('dist/sandbox.js', process.argv.slice(2)));
