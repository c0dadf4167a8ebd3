-- name: list_jobs
FROM job WHERE account = :account AND NOT EXISTS (
    SELECT 1 FROM evicting e WHERE e.account = job.account AND e.job = job.key)

-- name: cohort_of_job
SELECT {cohort_columns} FROM cohort INDEXED BY cohort_by_job WHERE account = ? AND job = ? AND key > ? ORDER BY key LIMIT ?

-- name: message_first
SELECT m.number, m.custom_id, m.params FROM message m
WHERE m.account = ? AND m.ordinal = ? AND m.job = ? AND {message_kept}

-- name: job_known
SELECT 1 FROM job INDEXED BY job_by_id WHERE account = ? AND api_job_id = ?

-- name: request_of_job
SELECT 1 FROM request WHERE account = ? AND api_job_id = ?
  AND path NOT LIKE '/1/2fa/%' LIMIT 1 -- where codes are checked, whose answers have an id of no job
