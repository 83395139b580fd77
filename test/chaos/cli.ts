import { parseArgs } from 'node:util';
import { runChaos } from './run-chaos.ts';

const { values } = parseArgs({
  options: {
    payments: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '200' },
    stops: { type: 'string', default: '50' },
    pauses: { type: 'string' },
    seed: { type: 'string', default: '1' },
    embedded: { type: 'boolean', default: false },
  },
});
const isEmbedded = values.embedded;
const order = {
  ...{ payments: Number(values.payments), kills: Number(values.kills), stops: Number(values.stops), seed: Number(values.seed), isEmbedded },
  pauses: isEmbedded ? 0 : Number(values.pauses ?? 500), // alone, it has nobody to take over from it
};
if (Object.values(order).some(Number.isNaN) || order.payments < 1) throw new Error('every number must be a number');

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupt.abort());

const { figures, words, played, ownEnds, takeovers, isClean } = await runChaos(order, interrupt.signal);
for (const line of ownEnds) console.error(`ended by itself: ${line}`);
for (const line of words) console.error(line);
console.error(JSON.stringify({ ...order, ...played, takeovers, ended_by_themselves: ownEnds.length }));
console.log(JSON.stringify(figures));
process.exit(isClean ? 0 : 1);
