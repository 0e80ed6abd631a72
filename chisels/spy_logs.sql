-- name: spy_logs
-- category: Logs
-- about: What was written to log files
-- description: Files with .log or _log in their name, or below /var/log, that are not compressed.
-- differs: sysdig splits the data into lines and colours errors; here a write is a row.
-- top: 0
SELECT evt_time, proc_name, fd_name, evt_rawres AS bytes, evt_buffer
FROM events
WHERE (fd_name LIKE '%.log%' OR replace(fd_name, '_log', '') <> fd_name OR fd_name LIKE '%/var/log%') AND NOT fd_name LIKE '%.gz%' AND NOT fd_name LIKE '%.tgz%' AND evt_is_io_write AND evt_dir = '<' AND NOT evt_failed
ORDER BY evt_num
