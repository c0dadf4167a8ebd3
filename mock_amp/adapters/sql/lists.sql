-- name: list_messages
FROM message m
CROSS JOIN cohort c ON c.account = m.account AND c.key = m.cohort
CROSS JOIN job j ON j.account = m.account AND j.key = m.job
WHERE m.account = :account AND {message_kept}

-- name: list_messages_to
FROM message m INDEXED BY message_by_number
CROSS JOIN cohort c ON c.account = m.account AND c.key = m.cohort
CROSS JOIN job j ON j.account = m.account AND j.key = m.job
WHERE m.account = :account AND {message_kept}

-- name: list_messages_of_jobs
FROM job j
CROSS JOIN message m ON m.account = j.account AND m.ordinal BETWEEN j.first AND j.first + j.size - 1 AND m.job = j.key
CROSS JOIN cohort c ON c.account = m.account AND c.key = m.cohort
WHERE j.account = :account AND {message_kept}

-- name: list_messages_of_cohorts
FROM cohort c
CROSS JOIN job j ON j.account = c.account AND j.key = c.job
CROSS JOIN message m ON m.account = j.account AND m.ordinal BETWEEN j.first AND j.first + j.size - 1 AND m.cohort = c.key
WHERE c.account = :account AND {message_kept}

-- name: list_callbacks
FROM callback WHERE account = :account AND {callback_kept}

-- name: list_callbacks_of_jobs
FROM callback INDEXED BY callback_by_job WHERE account = :account AND {callback_kept}

-- name: list_attempts
FROM attempt CROSS JOIN callback ON callback.account = attempt.account AND callback.key = attempt.callback
WHERE attempt.account = :account AND {callback_kept}

-- name: attempt_columns
attempt.callback, attempt.number, attempt.at, attempt.real_at, attempt.ended_at, attempt.outcome, attempt.status, attempt.error, attempt.answer, attempt.injected

-- name: attempt_owner_columns
callback.kind, callback.url

-- name: list_replies
FROM reply m WHERE m.account = :account AND NOT EXISTS (
    SELECT 1 FROM evicting e WHERE e.account = m.account AND m.message BETWEEN e.first AND e.first + e.size - 1)

-- name: list_requests
FROM request WHERE account = :account

-- name: index_job_by_id
CREATE INDEX IF NOT EXISTS job_by_id ON job (account, api_job_id)

-- name: index_job_by_client_id
CREATE INDEX IF NOT EXISTS job_by_client_id ON job (account, client_job_id)

-- name: index_message_by_number
CREATE INDEX IF NOT EXISTS message_by_number ON message (account, number)
