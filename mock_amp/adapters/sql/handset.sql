-- name: reply_columns
message, number, channel, text, at, ordinal, callback, silent, key, since

-- name: reply_add
INSERT INTO reply (account, {reply_columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: reply_get
SELECT {reply_columns} FROM reply WHERE account = ? AND callback = ?

-- name: reply_of_message
SELECT {reply_columns} FROM reply WHERE account = ? AND message = ? ORDER BY number

-- name: click_columns
message, number, at, title, target_url

-- name: click_add
INSERT INTO click (account, {click_columns}) VALUES (?, ?, ?, ?, ?, ?)

-- name: click_of_message
SELECT {click_columns} FROM click WHERE account = ? AND message = ? ORDER BY number
