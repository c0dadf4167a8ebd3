-- name: code_columns
token, client_ref, code, case_sensitive, made_at, used_at, number, message

-- name: code_put
INSERT OR REPLACE INTO code (account, {code_columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: code_get
SELECT {code_columns} FROM code WHERE account = ? AND token = ? AND client_ref = ?

-- name: code_latest
SELECT {code_columns} FROM code WHERE account = ? AND number = ? ORDER BY message DESC LIMIT 1
