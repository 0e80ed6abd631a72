-- name: file_opens
-- category: I/O
-- about: Files that were opened, in order of time
-- description: Every open, openat and creat with its result.
-- differs: the view of csysdig lists open alone, and not openat.
-- top: 0
SELECT evt_time, proc_name, evt_res, fd_name, evt_latency
FROM calls
WHERE evt_type IN ('open', 'openat', 'openat2', 'creat')
ORDER BY evt_num
