-- name: topcontainers_cpu
-- category: CPU Usage
-- about: Containers by CPU time
-- description: From the statistics that the recorder took of each thread now and then: ticks between two of them, 10 ms each. Empty where a capture has no two rounds of them.
-- key: container_name
-- value: cpu time sum
-- top: 10
SELECT container_name, sum(ticks) * 10000000 AS cpu
FROM (
  SELECT container_name, thread_tid, max(evt_rawarg_cpu_usr + evt_rawarg_cpu_sys) - min(evt_rawarg_cpu_usr + evt_rawarg_cpu_sys) AS ticks
  FROM events
  WHERE evt_type = 'procinfo' AND container_name IS NOT NULL
  GROUP BY container_name, thread_tid
) AS threads
GROUP BY container_name
