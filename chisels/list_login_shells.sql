-- name: list_login_shells
-- category: Security
-- about: Login shells that ran a command
-- description: Ids of the login shells below which a program was started, and how many.
-- key: proc_loginshellid
-- value: commands count
-- top: 0
-- differs: sysdig prints a shell's id once for each command that it ran; here it is one row with their number.
SELECT proc_loginshellid, count(*) AS commands
FROM events
WHERE evt_type = 'execve' AND evt_dir = '<' AND proc_loginshellid > 0
GROUP BY proc_loginshellid
