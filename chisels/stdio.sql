-- name: stdio
-- category: I/O
-- about: What processes read from and write to their standard streams
-- description: sysdig's stdin, stdout and stderr in one: --arg fd=0, 1 or 2.
-- differs: sysdig prints an empty line for a call that moved nothing.
-- arg: fd int 1 number of the descriptor
-- top: 0
SELECT evt_time, proc_name, proc_pid, evt_rawres AS bytes, evt_buffer
FROM events
WHERE fd_num = $fd AND evt_is_io AND evt_dir = '<' AND evt_rawres > 0
ORDER BY evt_num
