-- name: topdirs_time
-- category: I/O
-- about: Directories by time spent reading and writing in them
-- description: Latencies of the calls that read or write a file, by its directory. Steadier than by file where runs touch different files.
-- key: fd_directory
-- value: time time sum
-- value: calls count sum
-- top: 20
SELECT fd_directory, sum(evt_latency) AS time, count(*) AS calls
FROM calls
WHERE fd_type = 'file' AND evt_is_io AND fd_directory IS NOT NULL
GROUP BY fd_directory
