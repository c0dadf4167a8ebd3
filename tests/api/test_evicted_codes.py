"""Two-factor codes of messages that an account does not keep any more (D13, F-3)."""

from tests.api.inside import inside
from tests.harness import Amp


async def _ask(amp: Amp, client_ref: str) -> str:
    """Has a code sent, and lives until its message has come to rest; the code."""
    headers = {"Authorization": f"Token {amp.token}"}
    body = {"client_ref": client_ref, "phone_number": "35699000001"}
    answer = await amp.call("POST", "/1/2fa", json=body, headers=headers)
    assert answer.status == 200, answer.body
    await amp.advance(by="10s")
    return str((await amp.admin("GET", "/codes?to=35699000001")).body["code"])


async def _said(amp: Amp, client_ref: str, code: str) -> tuple[int, str]:
    headers = {"Authorization": f"Token {amp.token}"}
    told = (await amp.call("POST", f"/1/2fa/{client_ref}/{code}", headers=headers)).body["result_info"]
    return told["status_code"], told["description"]


async def test_a_code_that_is_good_outlives_its_message() -> None:
    """F-3: five minutes, however little the account keeps."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        codes = [await _ask(amp, ref) for ref in ("a", "b", "c")]
        await it.tidied()

        said = [await _said(amp, ref, code) for ref, code in zip("abc", codes, strict=True)]

    assert said == [(0, "Valid")] * 3


async def test_codes_of_no_use_go_with_their_messages_and_that_is_told() -> None:
    """D13: nothing that was evicted is answered as if it had never been."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        first = await _ask(amp, "a")
        await amp.advance(by="5m")
        expired = await _said(amp, "a", first)
        for ref in ("b", "c"):
            await _ask(amp, ref)
        await it.tidied()

        gone = await _said(amp, "a", first)

    assert expired[0] == 2
    assert gone == (4, "Invalid: there is no code for this client_ref any more, if there was one: old ones go")


async def test_a_number_of_which_all_is_evicted_is_not_said_to_be_unheard_of() -> None:
    """D13: F-6 says that older ones are gone."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        for ref in ("a", "b"):
            await _ask(amp, ref)
        await it.tidied()

        answer = await amp.admin("GET", "/codes?to=35699000009")

    assert answer.status == 404
    assert "older ones are gone" in answer.body["detail"]
