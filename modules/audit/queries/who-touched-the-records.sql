-- Who changed how accounts are recorded, or tried to?
SELECT eventtime, account, useridentity.arn AS who, eventname, requestparameters, errorcode
FROM trail
WHERE day >= '2026/01/01'
  AND eventname IN (
    'DeleteBucketLifecycle', 'DeleteBucketPolicy', 'DeleteBucketReplication', 'DeleteFlowLogs', 'DeleteLogGroup',
    'DeleteTrail', 'PutBucketLifecycle', 'PutBucketLogging', 'PutBucketReplication', 'PutEventSelectors',
    'StopLogging', 'UpdateTrail'
  )
ORDER BY eventtime DESC
