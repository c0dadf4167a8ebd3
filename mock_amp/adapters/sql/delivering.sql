-- name: agenda_add
INSERT INTO agenda (account, at, seq, kind, subject, act, done) VALUES (?, ?, ?, ?, ?, ?, ?)

-- name: agenda_size
SELECT count(*) FROM agenda WHERE account = ?

-- name: agenda_move
UPDATE agenda SET at = ? WHERE account = ? AND at = ? AND kind = ? AND subject = ?

-- name: agenda_due
SELECT at, seq, kind, subject, act, done FROM agenda WHERE account = ? AND at <= ? ORDER BY at, seq LIMIT ?

-- name: agenda_same_moment
SELECT at, seq, kind, subject, act, done FROM agenda WHERE account = ? AND at = ? AND seq > ? ORDER BY seq

-- name: agenda_of_cohort
SELECT at, seq, kind, subject, act, done FROM agenda INDEXED BY agenda_moves
WHERE account = ? AND subject = ? AND kind <> 'post' AND kind = ? ORDER BY at, seq

-- name: agenda_of_callback
SELECT at, seq, kind, subject, act, done FROM agenda INDEXED BY agenda_posts
WHERE account = ? AND subject = ? AND kind = 'post' AND kind = ? ORDER BY at, seq

-- name: agenda_remove
DELETE FROM agenda WHERE account = ? AND at = ? AND seq = ?

-- name: agenda_next
SELECT min(at) FROM agenda WHERE account = ? AND at > ?

-- name: agenda_page
SELECT at, seq, kind, subject, act, done FROM agenda WHERE account = ? ORDER BY at, seq LIMIT ?

-- name: agenda_heads
SELECT key, next FROM (SELECT a.key, (SELECT min(at) FROM agenda WHERE account = a.key) AS next FROM account a)
WHERE next IS NOT NULL

-- name: agenda_recover
INSERT INTO agenda (account, at, seq, kind, subject)
SELECT account, due_at, -key, 'post', key FROM callback c INDEXED BY callback_owed
WHERE state IN ('due', 'retrying')
  AND NOT EXISTS (SELECT 1 FROM agenda a INDEXED BY agenda_posts
    WHERE a.account = c.account AND a.kind = 'post' AND a.subject = c.key)

-- name: asked_recover
INSERT OR IGNORE INTO agenda (account, at, seq, kind, subject) SELECT account, at, seq, 'post', callback FROM asked

-- name: asked_add
INSERT INTO asked (account, callback, at, seq) VALUES (?, ?, ?, ?)

-- name: asked_first
DELETE FROM asked WHERE account = ? AND callback = ?
  AND seq = (SELECT min(seq) FROM asked f WHERE f.account = asked.account AND f.callback = asked.callback)

-- name: callback_columns
key, job, kind, url, state, due_at, tried, bundle, injected, since

-- name: callback_add
INSERT INTO callback (account, {callback_columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: callback_save
UPDATE callback SET state = ?, due_at = ?, tried = ?, bundle = ?, injected = ? WHERE account = ? AND key = ?

-- name: callback_tried
UPDATE callback SET state = ?, due_at = ?, tried = ? WHERE account = ? AND key = ?

-- name: callback_get
SELECT {callback_columns} FROM callback WHERE account = ? AND key = ? AND {callback_kept}

-- name: callback_on_agenda
EXISTS (SELECT 1 FROM agenda a
    WHERE a.account = callback.account AND a.at = callback.due_at AND a.kind = 'post' AND a.subject = callback.key)

-- name: callback_open
SELECT {callback_columns} FROM callback INDEXED BY callback_owed
WHERE account = ? AND job = ? AND state IN ('due', 'retrying') AND kind = 'report' AND state = 'due' AND due_at >= ? AND tried = 0
  AND injected IS NULL AND {callback_on_agenda}
ORDER BY key DESC LIMIT 1

-- name: callback_waiting
SELECT {callback_columns} FROM callback INDEXED BY callback_owed
WHERE account = ? AND job = ? AND state IN ('due', 'retrying') AND kind = ? AND state = 'due' AND due_at >= ? AND tried = 0 AND {callback_on_agenda}
ORDER BY key

-- name: callback_of_job
SELECT {callback_columns} FROM callback INDEXED BY callback_by_job WHERE account = ? AND job = ? ORDER BY key

-- name: attempt_add
INSERT INTO attempt (account, callback, number, at, real_at, ended_at, outcome, status, error, answer, injected)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: attempt_of_callback
SELECT callback, number, at, real_at, ended_at, outcome, status, error, answer, injected FROM attempt
WHERE account = ? AND callback = ? ORDER BY number
