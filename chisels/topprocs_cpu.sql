-- name: topprocs_cpu
-- category: CPU Usage
-- about: Processes by CPU time
-- description: From the statistics that the recorder took of each thread now and then: ticks between two of them, 10 ms each. Empty where a capture has no two rounds of them.
-- key: proc_name proc_pid
-- value: cpu time sum
-- top: 10
SELECT proc_name, proc_pid, sum(ticks) * 10000000 AS cpu
FROM (
  SELECT proc_name, proc_pid, thread_tid, max(evt_rawarg_cpu_usr + evt_rawarg_cpu_sys) - min(evt_rawarg_cpu_usr + evt_rawarg_cpu_sys) AS ticks
  FROM events
  WHERE evt_type = 'procinfo' AND proc_pid IS NOT NULL
  GROUP BY proc_name, proc_pid, thread_tid
) AS threads
GROUP BY proc_name, proc_pid
