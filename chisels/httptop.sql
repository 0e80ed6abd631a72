-- name: httptop
-- category: Application
-- about: HTTP requests by number
-- description: How often each URL was asked for. Requests are found as httplog finds them.
-- differs: sysdig has one chisel with the argument ncalls; rows and values are the same.
-- key: method
-- key: url
-- value: ncalls count sum
-- top: 30
SELECT http_method AS method, http_url AS url, count(*) AS ncalls
FROM http
GROUP BY http_method, http_url
