curl -s -X POST https://api.avopay.dev/api/v1/connect/descriptor \
-H "Authorization: Bearer ak_live_..." \
-H "Content-Type: application/json" \
-d '{
"lbtc_descriptor": "ct(slip77(aabbcc...),elsh(wpkh([fp/49'"'"'/1776'"'"'/0'"'"']xpub.../0/*)))",
"btcln_descriptor": "ct(slip77(aabbcc...),elsh(wpkh([fp/49'"'"'/1776'"'"'/0'"'"']xpub.../0/*)))"
}'
