"""IAM Access Analyzer: analyzers, which find nothing here."""

from __future__ import annotations

from local.recorded.service import Document, RecordedService, Records, add_tags, now
from local.refusals import RefusalError

accessanalyzer = RecordedService("accessanalyzer")


@accessanalyzer.call("CreateAnalyzer")
def create_analyzer(records: Records, request: Document) -> Document:
    """Active at once, by its name."""
    name = request["analyzerName"]
    if name in records.of("analyzer"):
        raise RefusalError("ConflictException", f"The analyzer {name} exists.", 409)
    arn = records.arn("access-analyzer", f"analyzer/{name}")
    records.of("analyzer")[name] = {
        "arn": arn,
        "name": name,
        "type": request["type"],
        "status": "ACTIVE",
        "createdAt": now(),
        "tags": request.get("tags", {}),
        **({"configuration": request["configuration"]} if "configuration" in request else {}),
    }
    return {"arn": arn}


@accessanalyzer.call("GetAnalyzer")
def get_analyzer(records: Records, request: Document) -> Document:
    """As it was created."""
    return {"analyzer": accessanalyzer.found(records, "analyzer", request["analyzerName"])}


@accessanalyzer.call("ListAnalyzers")
def list_analyzers(records: Records, request: Document) -> Document:
    """All of them."""
    return {"analyzers": list(records.of("analyzer").values())}


@accessanalyzer.call("UpdateAnalyzer")
def update_analyzer(records: Records, request: Document) -> Document:
    """Its settings, not its type."""
    analyzer = accessanalyzer.found(records, "analyzer", request["analyzerName"])
    analyzer["configuration"] = request.get("configuration", analyzer.get("configuration"))
    return {"configuration": analyzer["configuration"]}


@accessanalyzer.call("DeleteAnalyzer")
def delete_analyzer(records: Records, request: Document) -> None:
    """With what it found."""
    accessanalyzer.found(records, "analyzer", request["analyzerName"])
    del records.of("analyzer")[request["analyzerName"]]


add_tags(accessanalyzer, ("analyzer",))
