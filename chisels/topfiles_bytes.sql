-- name: topfiles_bytes
-- category: I/O
-- about: Files by bytes read and written
-- description: What the calls returned, summed up: bytes that were read or written.
-- key: fd_name
-- value: bytes bytes sum
-- top: 10
SELECT fd_name, sum(evt_rawarg_res) AS bytes
FROM events
WHERE fd_type = 'file' AND evt_is_io AND evt_rawarg_res > 0
GROUP BY fd_name
