"""The environment variables of a function: Lambda's own, the role's credentials, the function's, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moto.sts.models import AssumedRole

from local.runtimes.lambda_code import CodeFolders


def function_environment(
    function: Any, folders: CodeFolders, runtime_modules: Path, session: AssumedRole, endpoint: str, log_stream: str
) -> dict[str, str]:
    """Everything that a worker of the function sees of its environment, except its temporary folder."""
    logging = function.logging_config
    modules = (
        folders.layers / "nodejs" / function.run_time.removesuffix(".x").replace("nodejs", "node") / "node_modules",
        folders.layers / "nodejs" / "node_modules",
        runtime_modules,
    )
    log_format = {"AWS_LAMBDA_LOG_FORMAT": logging["LogFormat"]}
    if logging["LogFormat"] == "JSON":
        log_format["AWS_LAMBDA_LOG_LEVEL"] = logging.get("ApplicationLogLevel", "INFO")
    return {
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{folders.layers / 'bin'}",
        # Lambda's user has no home; software that needs one has to fail here as well.
        "HOME": "/dev/null",
        "LANG": "en_US.UTF-8",
        "NODE_PATH": ":".join(map(str, modules)),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        **{name: str(value) for name, value in (function.environment_vars or {}).items()},
        **log_format,
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(folders.task),
        "LAMBDA_RUNTIME_DIR": str(runtime_modules.parent),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.session_token,
        "AWS_ENDPOINT_URL": endpoint,
    }
