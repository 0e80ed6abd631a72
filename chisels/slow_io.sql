-- name: slow_io
-- category: I/O
-- about: Reads and writes of files that took more than a millisecond, slowest first
-- description: Devices are left out, as in the view of csysdig.
-- arg: min_us int 1000 least latency, us
-- top: 50
SELECT evt_latency, evt_time, proc_name, evt_type, fd_name
FROM calls
WHERE evt_is_io AND fd_type = 'file' AND NOT fd_name LIKE '%/dev/%' AND evt_latency > $min_us * 1000
ORDER BY evt_latency DESC, evt_num
