-- name: spy_file
-- category: I/O
-- about: Reads and writes of files, with the data
-- description: Terminals are left out. --arg file='/etc/%' takes those whose path is like that.
-- arg: file text % path, with % for any part of it
-- top: 0
SELECT evt_time, proc_name, proc_pid, evt_is_io_read AS reads, evt_rawres AS bytes, fd_name, evt_buffer
FROM events
WHERE evt_is_io AND fd_type = 'file' AND evt_dir = '<' AND NOT evt_failed AND fd_name LIKE $file AND NOT fd_name LIKE '%/dev/pt%' AND NOT fd_name LIKE '%/dev/tty%'
ORDER BY evt_num
