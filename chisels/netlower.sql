-- name: netlower
-- category: Net
-- about: Network reads and writes slower than so many milliseconds
-- description: In order of time, with the connection.
-- arg: min_ms int 1 least latency, ms
-- top: 0
SELECT evt_time, proc_name, evt_type, evt_latency, fd_name
FROM events
WHERE evt_is_io AND (fd_type = 'ipv4' OR fd_type = 'ipv6') AND evt_dir = '<' AND evt_latency > $min_ms * 1000000
ORDER BY evt_num
