-- name: snapshot_job
SELECT {job_columns} FROM job WHERE account = ?

-- name: snapshot_cohort
SELECT {cohort_columns} FROM cohort WHERE account = ?

-- name: snapshot_callback
SELECT {callback_columns} FROM callback WHERE account = ?

-- name: snapshot_agenda
SELECT at, seq, kind, subject, act, done FROM agenda WHERE account = ?

-- name: snapshot_reply
SELECT {reply_columns} FROM reply WHERE account = ?

-- name: snapshot_request
SELECT {request_columns} FROM request WHERE account = ?

-- name: snapshot_strays
SELECT m.ordinal FROM message m JOIN cohort c ON c.account = m.account AND c.key = m.cohort
WHERE m.account = ? AND (m.job <> c.job OR json_type(m.params) <> 'object') LIMIT 1

-- name: snapshot_sweep
DELETE FROM message WHERE account = ?1 AND EXISTS (
    SELECT 1 FROM reserved r WHERE r.account = ?1 AND message.ordinal BETWEEN r.first AND r.first + r.size - 1)

-- name: snapshot_settle
DELETE FROM reserved WHERE account = ?

-- name: snapshot_recover
INSERT INTO agenda (account, at, seq, kind, subject)
SELECT account, due_at, -key, 'post', key FROM callback c
WHERE account = ? AND state IN ('due', 'retrying')
  AND NOT EXISTS (SELECT 1 FROM agenda a WHERE a.account = c.account AND a.kind = 'post' AND a.subject = c.key)
