-- name: execs
-- category: Security
-- about: Programs that were started, in order of time
-- description: Every execve that succeeded, with its arguments, who started it and where.
-- top: 0
SELECT evt_time, container_name, user_name, proc_pname, proc_name, proc_args, proc_cwd
FROM events
WHERE evt_type = 'execve' AND evt_dir = '<' AND NOT evt_failed
ORDER BY evt_num
