// POST handler for your checkout page
app.post('/checkout', async (req, res) => {
const resp = await fetch('https://api.avopay.dev/api/v1/payments', { method: 'POST', headers: { 'Authorization': `Bearer ${process.env.AVOPAY_SECRET_KEY}`, 'Content-Type': 'application/json', }, body: JSON.stringify({ amount: req.body.total, currency: 'EUR', redirect_url: `https://yoursite.com/orders/${req.body.orderId}`, metadata: { order_id: req.body.orderId }, }), });
if (!resp.ok) throw new Error('Payment creation failed');
const { checkout_url } = await resp.json();
res.redirect(303, checkout_url); });
