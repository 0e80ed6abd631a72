-- name: netstat
-- category: System State
-- about: Network connections when the capture began
-- description: As netstat prints them: the sockets of each thread as they were at the first event. A filter is asked of each.
-- differs: sysdig's takes its filter as an argument, and writes addresses and ports in one.
-- top: 0
SELECT fd_l4proto, fd_sip, fd_sport, fd_cip, fd_cport,
  CASE WHEN fd_cip IS NULL THEN 'LISTEN' ELSE 'ESTABLISHED' END AS state, thread_tid, proc_pid, proc_name
FROM files
WHERE fd_type IN ('ipv4', 'ipv6')
ORDER BY thread_tid, fd_num
