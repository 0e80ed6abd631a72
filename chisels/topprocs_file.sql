-- name: topprocs_file
-- category: I/O
-- about: Processes by bytes read from and written to files
-- description: What the calls returned, summed up: bytes that were read or written.
-- key: proc_name
-- key: proc_pid
-- value: bytes bytes sum
-- top: 10
SELECT proc_name, proc_pid, sum(evt_rawarg_res) AS bytes
FROM events
WHERE fd_type = 'file' AND evt_is_io AND evt_rawarg_res > 0 AND proc_name IS NOT NULL AND proc_pid IS NOT NULL
GROUP BY proc_name, proc_pid
