"""`python -m mock_amp` is `mock-amp`."""

from mock_amp.cli import main

main()
