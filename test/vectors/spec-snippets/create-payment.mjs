const resp = await fetch('https://api.avopay.dev/api/v1/payments', { method: 'POST', headers: { 'Authorization': `Bearer ${process.env.AVOPAY_SECRET_KEY}`, 'Content-Type': 'application/json', }, body: JSON.stringify({ amount: 49.99, currency: 'EUR', redirect_url: 'https://yoursite.com/order/complete', }), });
const { checkout_url } = await resp.json(); // redirect the customer to checkout_url
