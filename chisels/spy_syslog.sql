-- name: spy_syslog
-- category: Logs
-- about: Messages to syslog
-- description: What was written to /dev/log, as it was sent: facility and severity are the number in its head.
-- differs: sysdig takes facility and severity apart, as the fields syslog.facility.str and syslog.severity.str do.
-- top: 0
SELECT evt_time, proc_name, proc_pid, evt_buffer
FROM events
WHERE fd_name LIKE '%/dev/log%' AND evt_is_io_write AND evt_dir = '<' AND NOT evt_failed
ORDER BY evt_num
