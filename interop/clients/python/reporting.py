"""What all client programs here share: their arguments, and one line of JSON for each report."""

import json
import sys
from typing import Any

url, cookie = sys.argv[1:3]
headers = {"Cookie": f"sessionid={cookie}"}


def report(**said: Any) -> None:
    print(json.dumps(said), flush=True)
