-- What was asked of one bucket on one day, and what did S3 answer? Set bucket and day.
SELECT request_time, requester, operation, object_key, http_status, error_code, remote_ip, tls_version
FROM access
WHERE day = '2026/01/31'
  AND bucket = 'lake-prod-drop-333333333333-eu-west-1'
ORDER BY request_time
