"""The Store port: whole accounts as rows (D11)."""

import re

from mock_amp.adapters.account_book import ALL_THAT_HAPPENED
from mock_amp.adapters.queries import read_sql

NOT_OF_A_LIFE = {"token"}
"""Tables of accounts that outlive a reset and are in no snapshot."""


def test_all_that_an_account_lives_through_is_cleared_and_in_its_snapshot() -> None:
    """A table that comes later is in the list, or here with its reason."""
    tables = re.findall(r"CREATE TABLE (\w+) \((.*?)\n\)", read_sql("schema"), re.DOTALL)
    of_accounts = {name for name, columns in tables if re.search(r"^\s+account ", columns, re.MULTILINE)}

    assert of_accounts == set(ALL_THAT_HAPPENED) | NOT_OF_A_LIFE
