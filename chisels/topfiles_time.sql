-- name: topfiles_time
-- category: I/O
-- about: Files by time spent reading and writing
-- description: Latencies of the calls that read or write a file, summed up.
-- key: fd_name
-- value: time time sum
-- top: 10
SELECT fd_name, sum(evt_latency) AS time
FROM events
WHERE fd_type = 'file' AND evt_is_io AND evt_latency > 0
GROUP BY fd_name
