-- name: topprocs_errors
-- category: Errors
-- about: Processes by failed calls
-- description: Calls that failed, by process.
-- key: proc_name
-- key: proc_pid
-- value: errors count sum
-- top: 100
SELECT proc_name, proc_pid, count(*) AS errors
FROM events
WHERE evt_failed AND proc_name IS NOT NULL AND proc_pid IS NOT NULL
GROUP BY proc_name, proc_pid
