-- name: code_columns
token, client_ref, code, case_sensitive, made_at, used_at

-- name: code_put
INSERT OR REPLACE INTO code (account, {code_columns}) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: code_get
SELECT {code_columns} FROM code WHERE account = ? AND token = ? AND client_ref = ?
