"""How hypothesis runs here: the same examples every time, and no clock of its own."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
