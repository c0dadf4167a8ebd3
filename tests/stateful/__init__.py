"""A machine that lives whole lives through the HTTP API, and a small model of what has to come of them."""
