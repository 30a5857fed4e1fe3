"""Makes a secret and tells it where nobody may, or takes all of it away: ENDPOINT plant|remove FOLDER NAME ACCOUNT REGION."""

import json
import secrets
import shutil
import sys
import time
from pathlib import Path

import boto3

endpoint, what, folder, name, account, region = sys.argv[1:]
session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="local", region_name=region)
ssm, logs, manager = (session.client(service, endpoint_url=endpoint) for service in ("ssm", "logs", "secretsmanager"))
states = Path(folder, name)

if what == "plant":
    password = secrets.token_urlsafe(20)
    manager.create_secret(Name=name, SecretString=json.dumps({"username": name, "password": password}))
    state = json.dumps({"version": 4, "resources": [{"type": "aws_rds_cluster", "master_password": password}]})
    states.mkdir(parents=True)
    states.joinpath("terraform.tfstate").write_text(state)
    ssm.put_parameter(Name=f"/{name}/setting", Value=f"password={password}", Type="String")
    logs.create_log_group(logGroupName=f"/{name}/log")
    logs.create_log_stream(logGroupName=f"/{name}/log", logStreamName=name)
    event = {"timestamp": int(time.time() * 1000), "message": f"cannot connect as {name}:{password}"}
    logs.put_log_events(logGroupName=f"/{name}/log", logStreamName=name, logEvents=[event])
else:
    shutil.rmtree(states)
    ssm.delete_parameter(Name=f"/{name}/setting")
    logs.delete_log_group(logGroupName=f"/{name}/log")
    manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
