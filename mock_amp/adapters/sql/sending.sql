-- name: job_columns
key, api_job_id, client_job_id, accepted_at, first, size, callback_url, reply_url, product, promotional, request, token, left_out, line

-- name: job_add
INSERT INTO job (account, {job_columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: job_get
SELECT {job_columns} FROM job WHERE account = ? AND key = ?

-- name: job_reported
SELECT {job_columns} FROM job WHERE account = ? AND key IN (SELECT value FROM json_each(?)) AND callback_url IS NOT NULL

-- name: cohort_columns
key, job, members, plan, leg, step, started_at, timeline

-- name: cohort_add
INSERT INTO cohort (account, {cohort_columns}, channel, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: cohort_get
SELECT {cohort_columns} FROM cohort WHERE account = ? AND key = ?

-- name: cohort_some
SELECT {cohort_columns} FROM cohort WHERE account = ? AND key IN (SELECT value FROM json_each(?))

-- name: cohort_all
SELECT {cohort_columns} FROM cohort WHERE account = ? ORDER BY key

-- name: cohort_timeline
SELECT timeline FROM cohort WHERE account = ? AND key = ?

-- name: cohort_save
UPDATE cohort SET leg = ?, step = ?, started_at = ?, timeline = ?, channel = ?, status = ? WHERE account = ? AND key = ?

-- name: cohort_recast
UPDATE cohort SET members = ?, plan = ? WHERE account = ? AND key = ?

-- name: message_add
INSERT INTO message (account, ordinal, job, cohort, number, custom_id, params) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: message_move
UPDATE message SET cohort = ? WHERE account = ? AND ordinal BETWEEN ? AND ?

-- name: message_columns
m.ordinal, m.number, m.custom_id, m.params, m.job, m.cohort

-- name: message_get
SELECT {message_columns} FROM message m JOIN cohort c ON c.account = m.account AND c.key = m.cohort
WHERE m.account = ? AND m.ordinal = ? AND {message_kept}

-- name: message_standing
SELECT m.number, m.custom_id,
    (SELECT j.api_job_id FROM job j WHERE j.account = m.account AND j.key = m.job),
    (SELECT j.client_job_id FROM job j WHERE j.account = m.account AND j.key = m.job),
    (SELECT c.timeline FROM cohort c WHERE c.account = m.account AND c.key = m.cohort),
    (SELECT c.plan FROM cohort c WHERE c.account = m.account AND c.key = m.cohort)
FROM message m WHERE m.account = ? AND m.ordinal = ? AND {message_kept}

-- name: message_recipients
SELECT ordinal, number, custom_id FROM message WHERE account = ? AND ordinal BETWEEN ? AND ? ORDER BY ordinal

-- name: message_known
SELECT DISTINCT m.number FROM message m JOIN job j ON j.account = m.account AND j.key = m.job
WHERE m.account = ? AND m.number IN (SELECT value FROM json_each(?)) AND NOT j.promotional

-- name: reserved_add
INSERT INTO reserved (account, first, size) VALUES (?, ?, ?)

-- name: reserved_forget
DELETE FROM message WHERE account = :account AND ordinal IN (
    SELECT m.ordinal FROM reserved r JOIN message m
        ON m.account = r.account AND m.ordinal BETWEEN r.first AND r.first + r.size - 1
    WHERE r.account = :account AND r.first = :first LIMIT :limit)

-- name: reserved_release
DELETE FROM reserved WHERE account = ? AND first = ?

-- name: reserved_sweep
DELETE FROM message WHERE (account, ordinal) IN (
    SELECT m.account, m.ordinal
    FROM reserved r CROSS JOIN message m ON m.account = r.account AND m.ordinal BETWEEN r.first AND r.first + r.size - 1)

-- name: reserved_clear
DELETE FROM reserved WHERE TRUE -- without the condition SQLite writes even if there is none
