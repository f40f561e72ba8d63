"""Training runs as executions of a Step Functions state machine."""

from typing import TYPE_CHECKING

from dropcast.contracts.documents import encode_document
from dropcast.contracts.messages import Run

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsRuns:
    """The executions of one state machine."""

    def __init__(self, *, client: "SFNClient", state_machine_arn: str) -> None:
        self._client = client
        self._state_machine_arn = state_machine_arn

    def start(self, run: Run) -> bool:
        """Start the training run; return False if this run has ended before.

        The execution is named by dataset and run id, and Step Functions keeps names for 90 days: a
        second start of a run does nothing while it runs, and is an error that means "done" after.
        """
        try:
            self._client.start_execution(
                stateMachineArn=self._state_machine_arn,
                name=f"{run.dataset}-{run.run_id}",
                input=encode_document(run).decode(),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True
