"""A small Python client: REST, the event stream, the WebSocket shim and polling. Made for trying and testing."""
