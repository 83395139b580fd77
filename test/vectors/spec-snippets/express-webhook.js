const crypto = require('crypto');
app.post('/webhooks/avopay', express.raw({ type: 'application/json' }), (req, res) => {
const secret = process.env.AVOPAY_WEBHOOK_SECRET;
const signature = req.headers['x-avopay-signature'];
if (secret && signature) {
const expected = 'sha256=' + crypto .createHmac('sha256', secret) .update(req.body) .digest('hex');
const sigBuf = Buffer.from(signature);
const expBuf = Buffer.from(expected);
if (sigBuf.length !== expBuf.length || !crypto.timingSafeEqual(sigBuf, expBuf)) { return res.sendStatus(401); } }
const event = JSON.parse(req.body.toString());
if (event.event === 'payment.confirmed') {
// mark order paid in your database
console.log('Paid:', event.payment_id, event.amount_fiat, event.currency); }
res.sendStatus(200); });
