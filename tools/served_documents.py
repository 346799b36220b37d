"""Writes both published documents to a folder, as a service answers them."""

import json
from pathlib import Path

from qader_client.rest import Api

from cluster.local_server import LocalServer

DOCUMENTS = {"openapi.json": "/openapi/openapi.json", "asyncapi.json": "/asyncapi.json"}


def write(folder: Path) -> None:
    with LocalServer() as server:
        api = Api(server.base_url)
        for name, path in DOCUMENTS.items():
            (folder / name).write_text(json.dumps(api.get(path).body, ensure_ascii=False))
        api.close()
