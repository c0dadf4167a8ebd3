"""The command line: a module for a command, or for some that belong together. Beyond click, they import late."""
