-- name: request_columns
number, at, real_at, method, path, remote, token, body, status, rule, reason, violations, warnings, api_job_id, injected

-- name: request_add
INSERT INTO request (account, {request_columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: request_get
SELECT {request_columns} FROM request WHERE account = ? AND number = ?

-- name: request_page
SELECT {request_columns} FROM request WHERE account = ? AND number > ? ORDER BY number LIMIT ?

-- name: unfinished_messages
SELECT plan, leg, step, members FROM cohort

-- name: unfinished_callbacks
SELECT count(*) FROM callback WHERE state IN ('due', 'retrying')
