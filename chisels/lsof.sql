-- name: lsof
-- category: System State
-- about: Open files when the capture began
-- description: As lsof prints them: each thread's open files as they were at the first event. Threads of a process that share
--   their files list them once each. A filter is asked of each file.
-- differs: sysdig's takes its filter as an argument.
-- top: 0
SELECT proc_name, proc_pid, thread_tid, user_name, fd_num, fd_type, fd_name
FROM files
ORDER BY thread_tid, fd_num
