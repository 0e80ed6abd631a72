-- name: fileslower
-- category: I/O
-- about: Reads and writes of files slower than so many milliseconds
-- description: In order of time; devices are left out, as in sysdig's chisel.
-- arg: min_ms int 1 least latency, ms
-- top: 0
SELECT evt_time, proc_name, evt_type, evt_latency, fd_name
FROM events
WHERE evt_is_io AND fd_type = 'file' AND evt_dir = '<' AND evt_latency > $min_ms * 1000000 AND NOT fd_name LIKE '/dev/%'
ORDER BY evt_num
