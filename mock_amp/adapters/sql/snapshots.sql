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

-- name: snapshot_message
SELECT ordinal, job, cohort, number, params FROM message WHERE account = ?

-- name: snapshot_evicting
SELECT job, first, size FROM evicting WHERE account = ?

-- name: snapshot_stray_attempts
SELECT t.callback FROM attempt t LEFT JOIN callback c ON c.account = t.account AND c.key = t.callback
WHERE t.account = ? AND (c.key IS NULL OR t.number > c.tried) LIMIT 1

-- name: snapshot_stray_replies
SELECT r.key FROM reply r WHERE r.account = ?
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.account = r.account AND m.ordinal = r.message)
  AND NOT EXISTS (SELECT 1 FROM evicting e WHERE e.account = r.account AND r.message BETWEEN e.first AND e.first + e.size - 1)
LIMIT 1

-- name: snapshot_stray_answers
SELECT c.key FROM callback c WHERE c.account = ? AND c.kind = 'reply'
  AND NOT EXISTS (SELECT 1 FROM evicting e WHERE e.account = c.account AND e.job = c.job)
  AND NOT EXISTS (
    SELECT 1 FROM reply r JOIN message m ON m.account = r.account AND m.ordinal = r.message
    WHERE r.account = c.account AND m.job = c.job
      AND r.callback = coalesce(CAST(c.injected ->> '$[1].duplicate_of' AS INTEGER), c.key))
LIMIT 1

-- name: snapshot_sweep
DELETE FROM message WHERE account = ?1 AND EXISTS (
    SELECT 1 FROM reserved r WHERE r.account = ?1 AND message.ordinal BETWEEN r.first AND r.first + r.size - 1)

-- name: snapshot_settle
DELETE FROM reserved WHERE account = ?

-- name: snapshot_asked
INSERT INTO asked (account, callback, at, seq)
SELECT account, subject, at, seq FROM agenda a
WHERE account = ? AND kind = 'post' AND EXISTS (SELECT 1 FROM callback c
    WHERE c.account = a.account AND c.key = a.subject AND c.state NOT IN ('due', 'retrying'))

-- name: snapshot_recover
INSERT INTO agenda (account, at, seq, kind, subject)
SELECT account, due_at, -key, 'post', key FROM callback c
WHERE account = ? AND state IN ('due', 'retrying')
  AND NOT EXISTS (SELECT 1 FROM agenda a INDEXED BY agenda_posts
    WHERE a.account = c.account AND a.kind = 'post' AND a.subject = c.key)
