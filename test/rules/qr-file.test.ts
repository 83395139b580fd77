import { expect, test } from 'vitest';
import { qrFileName } from '../../web/dashboard/qr-file.ts';

test.each([
  ['Coffee beans, 1 kg', 'Coffee-beans-1-kg-qr.png'],
  ['../../etc/passwd', 'etc-passwd-qr.png'],
  ['C:\\con', 'C-con-qr.png'],
  ['con', 'con-qr.png'],
  ['.bashrc', 'bashrc-qr.png'],
  ['Crème brûlée', 'Crème-brûlée-qr.png'],
  ['コーヒー豆', 'コーヒー豆-qr.png'],
  ['☕ <b>"%00\u202egnp.exe', 'b-00-gnp-exe-qr.png'],
  ['☕', 'payment-link-qr.png'],
  ['x'.repeat(200), `${'x'.repeat(60)}-qr.png`],
])('the file of the link %s is called %s', (title, name) => {
  expect(qrFileName(title, 'png')).toBe(name);
});
