-- name: script_add
INSERT OR IGNORE INTO script (key, document) VALUES (?, ?)

-- name: script_key
SELECT key FROM script WHERE document = ?

-- name: script_get
SELECT document FROM script WHERE key = ?

-- name: script_drop_unused
DELETE FROM script WHERE key = ?1 AND NOT EXISTS (
    SELECT 1 FROM account WHERE account.script = ?1
    OR CASE WHEN json_valid(account.spec) THEN json_extract(account.spec, '$[5]') = ?1 ELSE 1 END)

-- name: tally_of_section
SELECT rule, fitted FROM tally WHERE account = ? AND section = ?

-- name: tally_set
INSERT INTO tally (account, section, rule, fitted) VALUES (?, ?, ?, ?)
ON CONFLICT (account, section, rule) DO UPDATE SET fitted = excluded.fitted

-- name: tally_clear
DELETE FROM tally WHERE account = ?

-- name: queue_get
SELECT free_at FROM queue WHERE account = ? AND channel = ?

-- name: queue_set
INSERT INTO queue (account, channel, free_at) VALUES (?, ?, ?)
ON CONFLICT (account, channel) DO UPDATE SET free_at = excluded.free_at
