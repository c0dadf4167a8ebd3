"""What is done: each use case loads, lets the core decide, commits, and only then does what is owed."""
