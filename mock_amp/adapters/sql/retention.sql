-- name: job_open
EXISTS (SELECT 1 FROM cohort c INDEXED BY cohort_by_job CROSS JOIN agenda a INDEXED BY agenda_moves
    WHERE c.account = j.account AND c.job = j.key AND a.account = c.account AND a.subject = c.key AND a.kind <> 'post')
OR EXISTS (SELECT 1 FROM callback c INDEXED BY callback_owed
    WHERE c.account = j.account AND c.job = j.key AND c.state IN ('due', 'retrying'))
OR EXISTS (SELECT 1 FROM agenda a INDEXED BY agenda_posts
    WHERE a.account = j.account AND a.kind = 'post'
      AND a.subject BETWEEN (SELECT min(key) FROM callback WHERE account = j.account AND job = j.key)
          AND (SELECT max(key) FROM callback WHERE account = j.account AND job = j.key)
      AND EXISTS (SELECT 1 FROM callback c WHERE c.account = a.account AND c.key = a.subject AND c.job = j.key))

-- name: standing_page
SELECT j.key, j.first, j.size, j.accepted_at, {job_open} FROM job j
WHERE j.account = :account AND j.key > :after AND NOT EXISTS (
    SELECT 1 FROM evicting e WHERE e.account = j.account AND e.job = j.key)
ORDER BY j.key LIMIT :limit

-- name: standing_some
SELECT j.key, j.first, j.size, j.accepted_at, {job_open} FROM job j
WHERE j.account = :account AND j.key IN (SELECT value FROM json_each(:jobs)) AND NOT EXISTS (
    SELECT 1 FROM evicting e WHERE e.account = j.account AND e.job = j.key)
ORDER BY j.key

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
INSERT INTO evicting (account, job, first, size)
SELECT account, key, first, size FROM job WHERE account = :account AND key BETWEEN :from AND :to

-- name: evicting_some
SELECT job, first, size FROM evicting WHERE account = ? ORDER BY job LIMIT ?

-- name: evicting_accounts
SELECT DISTINCT account FROM evicting

-- name: evicting_remove
DELETE FROM evicting WHERE account = :account AND job BETWEEN :from AND :to

-- name: message_extent
SELECT sum(size), min(first), max(first + size - 1), max(line) FROM job
WHERE account = :account AND key BETWEEN :from AND :to

-- name: callback_extent
SELECT count(*), min(key), max(key), max(since) + 1 FROM callback
WHERE account = :account AND job BETWEEN :from AND :to

-- name: reply_extent
SELECT count(*), min(key), max(key), max(since) + 1 FROM reply
WHERE account = :account AND message BETWEEN :first AND :last

-- name: callback_some
SELECT key FROM callback WHERE account = :account AND job BETWEEN :from AND :to LIMIT :limit

-- name: evict_attempts
DELETE FROM attempt WHERE account = :account AND callback IN ({callback_some})

-- name: evict_callbacks
DELETE FROM callback WHERE account = :account AND key IN ({callback_some})

-- name: evict_attempts_all
DELETE FROM attempt WHERE account = :account AND callback IN (
    SELECT key FROM callback WHERE account = :account AND job BETWEEN :from AND :to)

-- name: evict_callbacks_all
DELETE FROM callback WHERE account = :account AND job BETWEEN :from AND :to

-- name: message_some
SELECT min(ordinal), max(ordinal) FROM (
    SELECT ordinal FROM message WHERE account = :account AND ordinal BETWEEN :first AND :last
    ORDER BY ordinal LIMIT :limit)

-- name: evict_replies
DELETE FROM reply WHERE account = :account AND message BETWEEN :first AND :last

-- name: evict_clicks
DELETE FROM click WHERE account = :account AND message BETWEEN :first AND :last

-- name: evict_messages
DELETE FROM message WHERE account = :account AND ordinal BETWEEN :first AND :last

-- name: evict_cohorts
DELETE FROM cohort WHERE account = :account AND key IN (
    SELECT key FROM cohort WHERE account = :account AND job BETWEEN :from AND :to LIMIT :limit)

-- name: evict_cohorts_all
DELETE FROM cohort WHERE account = :account AND job BETWEEN :from AND :to

-- name: evict_jobs
DELETE FROM job WHERE account = :account AND key BETWEEN :from AND :to

-- name: evict_codes
DELETE FROM code INDEXED BY code_by_message
WHERE account = :account AND message <= (SELECT last FROM lost WHERE account = :account AND sort = 'message')
  AND (used_at IS NOT NULL OR made_at <= :until)
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.account = :account AND m.ordinal = code.message)

-- name: request_oldest
SELECT number, at FROM request WHERE account = ? ORDER BY number LIMIT ?

-- name: request_weight
SELECT coalesce(sum(length(body)), 0) FROM request WHERE account = ? AND number <= ?

-- name: request_sizes
SELECT number, length(body) FROM request WHERE account = ? ORDER BY number LIMIT ?

-- name: request_last
SELECT max(number) FROM request WHERE account = ? AND number BETWEEN ? AND ? AND at <= ?

-- name: evict_requests
DELETE FROM request WHERE account = ? AND number <= ?
