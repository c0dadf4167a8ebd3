"""HTTP: the emulated service with its stages, the control plane with its problems, and the table of both."""
