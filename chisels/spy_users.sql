-- name: spy_users
-- category: Security
-- about: What users did in their shells
-- description: Commands that were started, and directories that shells went to, with the login shell they belong to.
-- differs: sysdig indents commands by the depth of their process below the shell, and leaves those of no shell out.
-- top: 0
SELECT evt_time, proc_loginshellid, user_name, evt_type, proc_name, proc_args, evt_arg_path
FROM events
WHERE evt_dir = '<' AND NOT evt_failed AND (evt_type = 'execve' OR (evt_type = 'chdir' AND proc_name LIKE '%sh%' AND NOT proc_name LIKE '%sshd%'))
ORDER BY evt_num
