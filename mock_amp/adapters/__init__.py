"""The world as the engine's ports want it: clocks, ids, the SQLite store, the HTTP client, files."""
