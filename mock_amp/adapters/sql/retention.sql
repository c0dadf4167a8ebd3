-- name: job_open
EXISTS (SELECT 1 FROM callback c
    WHERE c.account = j.account AND c.job = j.key AND (c.state IN ('due', 'retrying') OR EXISTS (
        SELECT 1 FROM agenda a WHERE a.account = c.account AND a.subject = c.key AND a.kind = 'post')))
OR EXISTS (SELECT 1 FROM cohort c CROSS JOIN agenda a
    WHERE c.account = j.account AND c.job = j.key
      AND a.account = c.account AND a.subject = c.key AND a.kind IN ('move', 'act'))

-- name: standing_page
SELECT j.key, j.first, j.size, j.accepted_at, {job_open} FROM job j
WHERE j.account = :account AND j.key > :after AND NOT EXISTS (
    SELECT 1 FROM evicting e WHERE e.account = j.account AND e.job = j.key)
ORDER BY j.key LIMIT :limit

-- name: standing_get
SELECT j.key, j.first, j.size, j.accepted_at, {job_open} FROM job j
WHERE j.account = :account AND j.key = :job AND NOT EXISTS (
    SELECT 1 FROM evicting e WHERE e.account = j.account AND e.job = j.key)

-- name: message_kept
NOT EXISTS (SELECT 1 FROM evicting e WHERE e.account = m.account AND e.job = m.job)

-- name: callback_kept
NOT EXISTS (SELECT 1 FROM evicting e WHERE e.account = callback.account AND e.job = callback.job)

-- name: lost_get
SELECT count, first, last, line FROM lost WHERE account = ? AND sort = ?

-- name: lost_add
INSERT INTO lost (account, sort, count, first, last, line) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, sort) DO UPDATE
SET count = count + excluded.count, first = min(first, excluded.first), last = max(last, excluded.last),
    line = max(line, excluded.line)

-- name: evicting_add
INSERT INTO evicting (account, job, first, size) VALUES (?, ?, ?, ?)

-- name: evicting_first
SELECT job, first, size FROM evicting WHERE account = ? ORDER BY job LIMIT 1

-- name: evicting_accounts
SELECT DISTINCT account FROM evicting

-- name: evicting_remove
DELETE FROM evicting WHERE account = ? AND job = ?

-- name: message_extent
SELECT size, first, first + size - 1, line FROM job WHERE account = ? AND key = ?

-- name: callback_extent
SELECT count(*), min(key), max(key), max(since) + 1 FROM callback WHERE account = ? AND job = ?

-- name: reply_extent
SELECT count(*), min(key), max(key), max(since) + 1 FROM reply WHERE account = ? AND message BETWEEN ? AND ?

-- name: callback_some
SELECT key FROM callback WHERE account = :account AND job = :job ORDER BY key LIMIT :limit

-- name: evict_attempts
DELETE FROM attempt WHERE account = :account AND callback IN ({callback_some})

-- name: evict_callbacks
DELETE FROM callback WHERE account = :account AND key IN ({callback_some})

-- name: message_first
SELECT min(ordinal) FROM message WHERE account = ? AND ordinal BETWEEN ? AND ?

-- name: evict_replies
DELETE FROM reply WHERE account = ? AND message BETWEEN ? AND ?

-- name: evict_clicks
DELETE FROM click WHERE account = ? AND message BETWEEN ? AND ?

-- name: evict_messages
DELETE FROM message WHERE account = ? AND ordinal BETWEEN ? AND ?

-- name: evict_cohorts
DELETE FROM cohort WHERE account = :account AND key IN (
    SELECT key FROM cohort WHERE account = :account AND job = :job LIMIT :limit)

-- name: evict_job
DELETE FROM job WHERE account = ? AND key = ?

-- name: request_oldest
SELECT number, at FROM request WHERE account = ? ORDER BY number LIMIT ?

-- name: evict_requests
DELETE FROM request WHERE account = ? AND number <= ?
