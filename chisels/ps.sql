-- name: ps
-- category: System State
-- about: Threads when the capture began
-- description: As ps prints them: threads with their process, user, memory, limit of open files and name, as they were at the
--   first event. A filter is asked of each thread and of its files: `fd.name contains /etc` lists threads with such a file open.
-- differs: sysdig's takes its filter as an argument, prints memory with units, and of threads the limit in their own entries, which
--   no rule reads; here it is their process's.
-- top: 0
SELECT thread_tid, proc_pid, user_name, proc_vmsize * 1024 AS virt, proc_vmrss * 1024 AS res, proc_fdlimit AS fdlimit, proc_name
FROM threads
ORDER BY thread_tid
