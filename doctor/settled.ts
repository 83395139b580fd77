import type { Checks } from './check.ts';
import type { Json, Patient } from './patient.ts';
import { fits, holds, same } from './check.ts';

const NET = (id: string) => ({ query: `{ payment(id: "${id}") { amountSats feesSats netSats } }` });
const settled = ({ until, read }: Patient, id: string, wanted: (payment: Json) => boolean): Promise<Json> =>
  until('the payment changed', async () => {
    const payment = await read(id);
    return wanted(payment) && payment;
  });
const isPaid = ({ status }: Json) => status === 'paid';
const netOf = async ({ call }: Patient, id: string): Promise<Json> =>
  (await call('POST', '/graphql', { body: NET(id) })).body?.data?.payment;

/** What becomes of money that came. */
export const SETTLED_CHECKS: Checks = {
  'P-23': async (doctor) => {
    const patient = await doctor.shop();
    const [direct, swapped] = [await patient.payment(), await patient.payment()];
    await patient.control('POST', '/send', { address: direct.liquid_address, amount_sats: direct.amount_sats });
    await patient.control('POST', '/pay', { invoice: swapped.lightning_invoice });
    for (const { payment_id } of [direct, swapped]) await settled(patient, payment_id, isPaid);
    same('net of L-BTC', (await netOf(patient, direct.payment_id)).netSats, String(direct.amount_sats));
    const { amountSats, feesSats, netSats } = await netOf(patient, swapped.payment_id);
    holds(`fees of Lightning are ${feesSats}`, Number(feesSats) > 0 && Number(amountSats) - Number(feesSats) === Number(netSats));
  },
  'G-10': async (doctor) => {
    const patient = await doctor.shop();
    const { payment_id, liquid_address: address, amount_sats } = await patient.payment();
    const { txid } = await patient.control('POST', '/send', { address, amount_sats });
    await settled(patient, payment_id, isPaid);
    await patient.control('POST', '/drop', { txid });
    await patient.wind(60);
    const dropped = await settled(patient, payment_id, ({ settlement }) => settlement === 'dropped');
    same('status', dropped.status, 'paid');
  },
  'L-17': async (doctor) => {
    const patient = await doctor.shop();
    const { id } = await patient.link({ title: 'Doctor', amount_fiat: 5, currency: 'EUR', redirect_url: 'https://shop.example/done?a=1' });
    const { payment_id } = (await patient.call('POST', `/api/v1/checkout/link/${id}/pay`, { key: null, body: {} })).body;
    await patient.control('POST', '/pay', { invoice: (await patient.read(payment_id)).lightning_invoice });
    await settled(patient, payment_id, isPaid);
    const { body } = await patient.call('GET', `/pay/${payment_id}/status`, { key: null });
    fits('the way back', body?.redirectUrl, new RegExp(`^https://shop\\.example/done\\?a=1&payment_id=${payment_id}&status=paid$`));
  },
};
