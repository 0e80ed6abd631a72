-- name: files
-- category: I/O
-- about: Files: bytes in and out, calls, failures
-- description: What was read from and written to each file, and how often it was called for.
-- key: fd_name
-- value: bytes bytes sum
-- value: bytes_in bytes sum
-- value: bytes_out bytes sum
-- value: calls count sum
-- value: errors count sum
-- top: 20
SELECT fd_name,
  sum(CASE WHEN evt_is_io AND evt_rawres > 0 THEN evt_rawres ELSE 0 END) AS bytes,
  sum(CASE WHEN evt_is_io_read AND evt_rawres > 0 THEN evt_rawres ELSE 0 END) AS bytes_in,
  sum(CASE WHEN evt_is_io_write AND evt_rawres > 0 THEN evt_rawres ELSE 0 END) AS bytes_out,
  count(*) AS calls,
  sum(CASE WHEN evt_failed THEN 1 ELSE 0 END) AS errors
FROM calls
WHERE fd_type IN ('file', 'directory') AND fd_name <> ''
GROUP BY fd_name
