-- name: request_columns
number, at, real_at, method, path, remote, token, body, status, rule, reason, violations, warnings, api_job_id, injected

-- name: request_add
INSERT INTO request (account, {request_columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: request_add_plain
INSERT INTO request (account, number, at, real_at, method, path, remote, token, body, status, api_job_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: request_get
SELECT {request_columns} FROM request WHERE account = ? AND number = ?

-- name: figures
SELECT
    (SELECT count(*) FROM account),
    (SELECT count(*) FROM agenda),
    (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size())

-- name: unfinished_messages
SELECT plan, leg, step, members FROM cohort

-- name: unfinished_callbacks
SELECT count(*) FROM callback WHERE state IN ('due', 'retrying')
