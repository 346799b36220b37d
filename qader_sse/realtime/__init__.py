"""Getting committed events to those who watch. gevent lives here; nothing here writes to the database."""
