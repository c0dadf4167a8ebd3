-- name: account_columns
key, id, created_at, spec, clock_mode, clock_rate, clock_shown, clock_since, clock_pinned, generation, serial, jobs, requests, callbacks, messages, last_message, script, script_since, origin

-- name: account_get
SELECT {account_columns} FROM account WHERE id = ?

-- name: account_by_key
SELECT {account_columns} FROM account WHERE key = ?

-- name: account_all
SELECT {account_columns} FROM account ORDER BY key

-- name: account_count
SELECT count(*) FROM account

-- name: account_add
INSERT INTO account (id, created_at, spec, clock_mode, clock_rate, clock_shown, clock_since, clock_pinned, generation, serial, jobs, requests, callbacks, messages, last_message, script, script_since, origin)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: account_save
UPDATE account SET clock_mode = ?, clock_rate = ?, clock_shown = ?, clock_since = ?, clock_pinned = ?, generation = ?, serial = ?, jobs = ?, requests = ?, callbacks = ?, messages = ?, last_message = ?, script = ?, script_since = ?, origin = ?
WHERE key = ?

-- name: account_delete
DELETE FROM account WHERE key = ?

-- name: account_unpin
UPDATE account SET clock_pinned = 0 WHERE clock_pinned = 1

-- name: token_columns
value, account, created_at, policy, spent_until

-- name: token_get
SELECT {token_columns} FROM token WHERE digest = ? AND deleted_at IS NULL

-- name: token_of_account
SELECT {token_columns} FROM token WHERE account = ? AND deleted_at IS NULL ORDER BY created_at, value

-- name: token_ending
SELECT value, created_at, deleted_at FROM token WHERE account = ? AND substr(value, -4) = ? ORDER BY created_at, value

-- name: token_add
INSERT OR IGNORE INTO token (digest, {token_columns}) VALUES (?, ?, ?, ?, ?, ?)

-- name: token_save
UPDATE token SET policy = ? WHERE account = ? AND digest = ? AND deleted_at IS NULL

-- name: token_spend
UPDATE token SET spent_until = ? WHERE digest = ?

-- name: token_delete
UPDATE token SET deleted_at = ? WHERE account = ? AND digest = ? AND deleted_at IS NULL

-- name: token_forget
DELETE FROM token WHERE account = ? AND deleted_at IS NULL

-- name: token_bury
UPDATE token SET deleted_at = ? WHERE account = ? AND deleted_at IS NULL
