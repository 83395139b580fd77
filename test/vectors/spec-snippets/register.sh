curl -s -X POST https://api.avopay.dev/api/v1/account/register \
-H "Content-Type: application/json" \
-d '{
"email": "[email protected]",
"password": "YourSecurePass123",
"plan": "monthly",
"terms_accepted": true
}'
