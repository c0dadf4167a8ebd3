"""The book of two-factor codes over one SQLite connection."""

from mock_amp.adapters import rows
from mock_amp.adapters.damage import decoder
from mock_amp.adapters.table import Table
from mock_amp.core.codes import Code


class SqliteCodes(Table):
    """Implements the CodeBook port."""

    def put(self, account: int, code: Code) -> None:
        self._run(
            "code_put",
            account,
            code.token,
            code.client_ref,
            code.code,
            int(code.case_sensitive),
            code.made_at,
            code.used_at,
            code.number,
            code.message,
        )

    def get(self, account: int, token: str, client_ref: str) -> Code | None:
        row = self._one("code_get", account, token, client_ref)
        return _code_of(row) if row else None

    def latest(self, account: int, number: str) -> Code | None:
        row = self._one("code_latest", account, number)
        return _code_of(row) if row else None


@decoder("code")
def _code_of(row: rows.Row) -> Code:
    token, client_ref, code, case_sensitive, made_at, used_at, number, message = row
    return Code(
        token=token,
        client_ref=client_ref,
        code=code,
        case_sensitive=bool(case_sensitive),
        made_at=made_at,
        used_at=used_at,
        number=number,
        message=message,
    )
