"""What holds of any policies: a Deny never opens, less is never more, and the order of statements means nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from access_rules import GLUE, LAKE, NOBODY, OTHER, ROLE, ROLE_ARN, ROOT, ROOT_ARN, SESSION_ARN, STRANGER, USER, policy
from hypothesis import given, settings
from hypothesis import strategies as st

from access.evaluator import Decision, Policies, Request, decide

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:*", "s3:Get*", "*"]
RESOURCES = ["*", "arn:aws:s3:::lake/*", "arn:aws:s3:::lake/a", "arn:aws:s3:::lake/${aws:PrincipalTag/team}"]
PEOPLE = ["*", {"AWS": ROLE_ARN}, {"AWS": SESSION_ARN}, {"AWS": [ROOT_ARN, OTHER]}, {"Service": GLUE.arn}]
VALUES = st.lists(st.sampled_from(["a", "b", "${aws:PrincipalTag/team}", "*"]), min_size=1, max_size=2)
OPERATORS = st.sampled_from(["StringEquals", "StringNotEquals", "StringLike", "StringNotLikeIfExists"])
CONDITIONS = st.dictionaries(
    OPERATORS, st.dictionaries(st.sampled_from(["s3:prefix", "aws:PrincipalTag/team"]), VALUES, min_size=1), max_size=2
)


@st.composite
def statements(draw: st.DrawFn, *, resource: bool = False, effect: str | None = None) -> dict:
    body: dict = {"Effect": effect or draw(st.sampled_from(["Allow", "Deny"]))}
    body[draw(st.sampled_from(["Action", "NotAction"]))] = draw(st.sampled_from(ACTIONS))
    body[draw(st.sampled_from(["Resource", "NotResource"]))] = draw(st.sampled_from(RESOURCES))
    if resource:
        body["Principal"] = draw(st.sampled_from(PEOPLE))
    conditions = draw(CONDITIONS)
    return {**body, "Condition": conditions} if conditions else body


def some(*, resource: bool = False) -> st.SearchStrategy[list[dict]]:
    return st.lists(statements(resource=resource), min_size=1, max_size=4)


CALLERS = st.sampled_from([ROLE, replace(ROLE, tags={"team": "a"}), USER, ROOT, STRANGER, GLUE, NOBODY])
REQUESTS = st.builds(
    Request,
    CALLERS,
    st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt"]),
    st.sampled_from(["arn:aws:s3:::lake/a", "arn:aws:s3:::lake/b", "arn:aws:s3:::other"]),
    st.just(LAKE),
    st.dictionaries(st.just("s3:prefix"), st.sampled_from(["a", "b", "c"])),
)
LAYERS = st.fixed_dictionaries(
    {"identity": some(), "resource": some(resource=True)},
    optional={"boundary": some(), "session": some(), "scp": some()},
)


def decided(request: Request, layers: dict[str, list[dict]], *, resource_decides: bool) -> Decision:
    documents = {name: (name, policy(*body)) for name, body in layers.items() if body}
    return decide(
        request,
        Policies(
            identity=[documents["identity"]] if "identity" in documents else [],
            boundary=documents.get("boundary"),
            session=[documents["session"]] if "session" in documents else [],
            resource=documents.get("resource"),
            resource_decides=resource_decides,
            limits=[documents["scp"]] if "scp" in documents else [],
        ),
    )


@settings(max_examples=120, deadline=None)
@given(REQUESTS, LAYERS, st.booleans(), st.data())
def test_a_further_deny_never_allows(request: Request, layers: dict, resource_decides: bool, data: st.DataObject):
    layer = data.draw(st.sampled_from(sorted(layers)))
    further = data.draw(statements(resource=layer == "resource", effect="Deny"))
    before = decided(request, layers, resource_decides=resource_decides)
    after = decided(request, {**layers, layer: [*layers[layer], further]}, resource_decides=resource_decides)
    assert before.allowed or not after.allowed


@settings(max_examples=120, deadline=None)
@given(REQUESTS, LAYERS, st.booleans(), st.data())
def test_one_allow_less_never_allows(request: Request, layers: dict, resource_decides: bool, data: st.DataObject):
    layer = data.draw(st.sampled_from(sorted(layers)))
    kept = [*layers[layer]]
    allowing = [place for place, body in enumerate(kept) if body["Effect"] == "Allow"]
    if not allowing or (len(kept) == 1 and layer in ("boundary", "session", "scp")):
        return
    del kept[data.draw(st.sampled_from(allowing))]
    before = decided(request, layers, resource_decides=resource_decides)
    after = decided(request, {**layers, layer: kept}, resource_decides=resource_decides)
    assert before.allowed or not after.allowed


@settings(max_examples=80, deadline=None)
@given(REQUESTS, LAYERS, st.booleans(), st.data())
def test_the_order_of_statements_means_nothing(
    request: Request, layers: dict, resource_decides: bool, data: st.DataObject
):
    shuffled = {name: data.draw(st.sampled_from(list(permutations(body)))) for name, body in layers.items()}
    before = decided(request, layers, resource_decides=resource_decides)
    after = decided(request, {name: list(body) for name, body in shuffled.items()}, resource_decides=resource_decides)
    assert (before.allowed, before.reason) == (after.allowed, after.reason)


@settings(max_examples=80, deadline=None)
@given(REQUESTS, LAYERS)
def test_a_resource_that_decides_never_opens_more(request: Request, layers: dict):
    strict = decided(request, layers, resource_decides=True)
    assert decided(request, layers, resource_decides=False).allowed or not strict.allowed
