"""A small client: REST, the event stream, the WebSocket shim and polling, for trying and testing."""
