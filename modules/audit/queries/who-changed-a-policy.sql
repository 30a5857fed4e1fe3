-- Who changed a policy, a role or a key, and how did it end?
SELECT eventtime, account, useridentity.arn AS who, eventsource, eventname, requestparameters, errorcode
FROM trail
WHERE day >= '2026/01/01'
  AND eventname IN (
    'AttachRolePolicy', 'CreatePolicyVersion', 'DeleteBucketPolicy', 'DeleteRolePolicy', 'DetachRolePolicy',
    'PutBucketPolicy', 'PutKeyPolicy', 'PutRolePermissionsBoundary', 'PutRolePolicy', 'UpdateAssumeRolePolicy'
  )
ORDER BY eventtime DESC
