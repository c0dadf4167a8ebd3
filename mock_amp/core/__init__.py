"""What is decided: plain functions on frozen values. Nothing here waits, reads a clock, or touches a file."""
