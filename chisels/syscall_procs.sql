-- name: syscall_procs
-- category: Performance
-- about: Processes by time in system calls
-- description: Finished calls by process, waits and sleeps among them.
-- key: proc_name
-- key: proc_pid
-- value: time time sum
-- value: calls count sum
-- top: 30
SELECT proc_name, proc_pid, sum(evt_latency) AS time, count(*) AS calls
FROM calls
WHERE proc_name IS NOT NULL
GROUP BY proc_name, proc_pid
