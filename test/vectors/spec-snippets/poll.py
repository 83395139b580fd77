import time, requests
reg_id = "a1b2c3d4..."
while True:
    r = requests.get(f"https://api.avopay.dev/api/v1/account/register/status/{reg_id}")
    data = r.json()
    if data["status"] == "active" and "api_key" in data:
        api_key = data["api_key"] # store api_key securely — shown only once
        break
    elif data["status"] == "expired":
        raise Exception("Registration expired — create a new one")
    time.sleep(5)
