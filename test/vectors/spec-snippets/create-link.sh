curl -s -X POST https://api.avopay.dev/api/v1/payment-links \
-H "Authorization: Bearer ak_live_..." \
-H "Content-Type: application/json" \
-d '{
"title": "1hr Consultation",
"amount_fiat": 150.00,
"currency": "USD",
"redirect_url": "https://yoursite.com/booked"
}'
