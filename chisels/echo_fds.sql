-- name: echo_fds
-- category: I/O
-- about: What was read and written
-- description: Every read and write that moved data, with the data as far as it was captured.
-- differs: sysdig prints a line with size, file and process, and below it the data; here they are one row.
-- top: 0
SELECT evt_time, proc_name, evt_is_io_read AS reads, evt_rawres AS bytes, fd_name, evt_buffer
FROM events
WHERE evt_is_io AND evt_dir = '<' AND evt_rawres > 0
ORDER BY evt_num
