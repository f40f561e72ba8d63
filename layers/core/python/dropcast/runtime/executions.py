"""Starting the state machine, once per run."""

from dropcast.contracts.documents import encode_document
from dropcast.contracts.messages import Run
from dropcast.runtime.dependencies import Dependencies


def start_run(run: Run, dependencies: Dependencies) -> bool:
    """Start the training run; return False if this run has ended before.

    The execution is named by dataset and run id, and Step Functions keeps names for 90 days: a
    second start of a run is a no-op there while it runs, and an error that means "done" after.
    """
    client = dependencies.stepfunctions
    try:
        client.start_execution(
            stateMachineArn=dependencies.state_machine_arn,
            name=f"{run.dataset}-{run.run_id}",
            input=encode_document(run).decode(),
        )
    except client.exceptions.ExecutionAlreadyExists:
        return False
    return True
