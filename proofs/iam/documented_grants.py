"""Grants that no call on the embedded cloud needs, although AWS does: said by AWS's own documents.

A grant that is not in this list and whose loss nothing notices is not needed, and turns the run
red. A grant of this list is told apart from those that were proven.
"""

from collections.abc import Mapping

_MACHINE = "Training"
_LOGS = "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html"
_TRACES = "https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html"

# (role, action) -> where AWS says that it is needed.
UNSEEN: Mapping[tuple[str, str], str] = {
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
