import { startWorld, headersOf, makePayment } from './world.ts';
import { SIZES } from './sizes.ts';
const w = await startWorld(SIZES);
const what = process.argv[2];
const id = await makePayment(w.avopay, w.avopay.secretKey);
const body = JSON.stringify({ amount: 49.99, currency: 'EUR' });
if (what === 'create') {
  for (let i = 0; i < 3; i++) { const c0 = await w.avopay.ask<number>('cpuMs'); const r: any = await w.load.ask('http', { url: w.avopay.url + '/api/v1/payments', method: 'POST', headers: headersOf(w.avopay.secretKey), bodies: [body], connections: 16, ms: 4000, status: 201 }); console.log(r, 'cpu/each', ((await w.avopay.ask<number>('cpuMs')) - c0) / r.count); }
} else {
  const n = Number(process.argv[3] ?? 0); for (let i = 0; i < n; i++) await makePayment(w.avopay, w.avopay.secretKey);
  const pid = n ? await makePayment(w.avopay, w.avopay.secretKey) : id;
  for (let i = 0; i < 3; i++) { const c0 = await w.avopay.ask<number>('cpuMs'); const r: any = await w.load.ask('http', { url: w.avopay.url + '/api/v1/payments/' + pid, method: 'GET', headers: headersOf(w.avopay.secretKey), connections: 16, ms: 3000, status: 200 }); console.log(r, 'cpu/each', ((await w.avopay.ask<number>('cpuMs')) - c0) / r.count); }
}
await w.stop(); process.exit();
