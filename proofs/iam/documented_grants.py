"""Grants that no call on the embedded cloud needs, but AWS does, by AWS's own documents.

A grant that is not in this list and without which nothing fails is not needed, and fails the run.
The page lists the grants of this list apart from the proven ones.
"""

from collections.abc import Mapping

_MACHINE = "Training"
_LOGS = "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"
_TRACES = "https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html"

# (role, action) -> where AWS says that it is needed.
DOCUMENTED: Mapping[tuple[str, str], str] = {
    **{
        (_MACHINE, f"logs:{action}"): _LOGS
        for action in (
            "CreateLogDelivery",
            "GetLogDelivery",
            "UpdateLogDelivery",
            "DeleteLogDelivery",
            "ListLogDeliveries",
            "PutResourcePolicy",
            "DescribeResourcePolicies",
            "DescribeLogGroups",
        )
    },
    **{
        (_MACHINE, f"xray:{action}"): _TRACES
        for action in (
            "PutTraceSegments",
            "PutTelemetryRecords",
            "GetSamplingRules",
            "GetSamplingTargets",
        )
    },
}
