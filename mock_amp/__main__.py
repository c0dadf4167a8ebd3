"""`python -m mock_amp` is `mock-amp`."""

from mock_amp.cli.main import main

main()
