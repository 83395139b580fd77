curl -X POST https://api.avopay.dev/api/v1/payments \
-H "Authorization: Bearer $AVOPAY_SECRET_KEY" \
-H "Content-Type: application/json" \
-d '{"amount":49.99,"currency":"EUR","redirect_url":"https://yoursite.com/order/complete"}'
