"""The endpoints that stream: Server-Sent Events and WebSocket."""
