-- Which requests did S3 refuse, by bucket and requester?
SELECT bucket, requester, operation, http_status, error_code, count(*) AS requests
FROM access
WHERE day >= '2026/01/01'
  AND http_status IN ('401', '403')
GROUP BY bucket, requester, operation, http_status, error_code
ORDER BY requests DESC
