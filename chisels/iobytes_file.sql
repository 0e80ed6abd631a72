-- name: iobytes_file
-- category: I/O
-- about: Bytes read and written in each second: files
-- description: What the calls returned, summed up by the second in which they ended (UTC, of the clock).
-- value: bytes bytes
-- value: bytes_in bytes
-- value: bytes_out bytes
-- top: 0
-- differs: one table at the end, where sysdig prints a line at the end of each second; it is the same sums.
SELECT second, sum(bytes_in) + sum(bytes_out) AS bytes, sum(bytes_in) AS bytes_in, sum(bytes_out) AS bytes_out
FROM (
  SELECT evt_rawtime_s AS second,
    CASE WHEN evt_is_io_read THEN evt_rawarg_res ELSE 0 END AS bytes_in,
    CASE WHEN evt_is_io_write THEN evt_rawarg_res ELSE 0 END AS bytes_out
  FROM events
  WHERE evt_is_io AND evt_rawarg_res > 0 AND fd_type = 'file'
) AS moved
GROUP BY second
ORDER BY second
