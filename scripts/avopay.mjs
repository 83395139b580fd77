// npm run avopay -- COMMAND: what an operator does by hand. Installs and builds what is missing first.
import process from 'node:process';
import { main } from './prepare.mjs';
import { runDoctor } from './run-doctor.mjs';
import { runServer } from './run-server.mjs';

const [command, ...args] = process.argv.slice(2);
// The doctor judges from outside: it is no part of the server's build, and needs none of its settings.
await main(() => (command === 'doctor' ? runDoctor(args) : runServer('dist/cli.js', process.argv.slice(2))));
