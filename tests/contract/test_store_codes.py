"""The Store port: two-factor codes (F-3 to F-5)."""

from dataclasses import replace

from mock_amp.core.codes import Code
from mock_amp.ports import Store
from tests.contract.samples import T0, keep_account, later

_CODE = Code(token="t", client_ref="login/ü\u0000", code="123456", case_sensitive=True, made_at=T0)


async def _put(store: Store, account: int, code: Code) -> None:
    await store.transact(lambda books: books.codes.put(account, code))


def _get(store: Store, account: int, code: Code = _CODE) -> Code | None:
    return store.read(lambda books: books.codes.get(account, code.token, code.client_ref))


async def test_a_code_comes_back_as_it_was_kept(store: Store) -> None:
    """F-3: with its case, its time and whether it was used."""
    account = await keep_account(store)
    used = replace(_CODE, client_ref="other", case_sensitive=False, used_at=later(1))
    for each in (_CODE, used):
        await _put(store, account, each)

    assert (_get(store, account), _get(store, account, used)) == (_CODE, used)


async def test_a_second_code_takes_the_place_of_the_first(store: Store) -> None:
    """F-4: used or not."""
    account = await keep_account(store)
    await _put(store, account, replace(_CODE, used_at=later(1)))
    again = replace(_CODE, code="654321", made_at=later(2))

    await _put(store, account, again)

    assert _get(store, account) == again


async def test_a_code_belongs_to_its_account_token_and_reference(store: Store) -> None:
    """F-5: each of the three tells codes apart."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    await _put(store, one, _CODE)

    assert _get(store, two) is None
    assert _get(store, one, replace(_CODE, token="u")) is None
    assert _get(store, one, replace(_CODE, client_ref="LOGIN")) is None


async def test_a_cleared_account_has_no_codes(store: Store) -> None:
    """Port: a reset forgets them, as a deletion does; other accounts keep theirs."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    for each in (one, two):
        await _put(store, each, _CODE)

    await store.transact(lambda books: books.accounts.clear(one))

    assert (_get(store, one), _get(store, two)) == (None, _CODE)
