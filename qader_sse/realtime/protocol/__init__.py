"""How messages, cursors and control messages are written on the wire: Server-Sent Events and WebSocket."""
