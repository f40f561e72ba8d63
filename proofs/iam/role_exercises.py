"""The exercises of each role: those of the functions, and that of the state machine."""

from proofs.iam.exercises import (
    LARGE_ROWS,
    Exercise,
    break_off,
    call,
    call_as_machine,
    call_route,
    drop,
    move_current,
    predict_afresh,
    roll_back,
    send_dead_letter_message,
    upload_by_form,
    write_log,
)

RAW, LAKE, MODELS = "RawBucketName", "LakeBucketName", "ModelBucketName"
FUNCTIONS = (
    "Ingest",
    "Features",
    "Split",
    "Propose",
    "Trial",
    "Fit",
    "Evaluate",
    "Register",
    "Predict",
    "Score",
    "Catalogue",
    "Uploads",
    "Rollback",
)
MACHINE = "Training"
CALLED_BY_MACHINE = ("Split", "Propose", "Trial", "Fit", "Evaluate", "Register")
SENDING_DEAD_LETTERS = ("Ingest", "Features", "Score")
_LIST = ("s3:ListBucket",)
_CURRENT, _CARDS, _CHAMPIONS = (LAKE, "clean/current/"), (LAKE, "cards/"), (MODELS, "champions/")

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        "Ingest",
        "the first file of a dataset, with bad rows",
        "state completed_with_errors",
        drop("Ingest", rows=60, bad=2),
        without=(_CURRENT,),
    ),
    Exercise(
        "Ingest", "a second file of a dataset", "state success", drop("Ingest", rows=60, bad=0)
    ),
    Exercise(
        "Ingest",
        "a file that is deleted before its event comes",
        "state success",
        drop("Ingest", rows=60, bad=0, deleted=True),
        first_for=_LIST,
    ),
    Exercise(
        "Ingest",
        "a large file whose upload fails at its end",
        "S3UploadFailedError, 0 broken upload(s) left",
        break_off("Ingest", LAKE, rows=LARGE_ROWS, bad=0),
        first_for=("s3:AbortMultipartUpload",),
    ),
    Exercise(
        "Ingest",
        "a large quarantine whose upload fails at its end",
        "S3UploadFailedError, 0 broken upload(s) left",
        break_off("Ingest", LAKE, rows=60, bad=LARGE_ROWS // 2),
        first_for=("s3:AbortMultipartUpload",),
    ),
    Exercise(
        "Features",
        "a version without features",
        "built True",
        move_current,
        without=(_CARDS, (LAKE, "features/")),
    ),
    Exercise(
        "Features",
        "a dataset without a version",
        "EmptyDatasetError",
        move_current,
        without=(_CURRENT,),
        first_for=_LIST,
    ),
    Exercise("Split", "a run", "returned", call("Split", "Split rows")),
    Exercise("Split", "a run by hand", "returned", call("Split", "by hand")),
    Exercise(
        "Split",
        "a run by hand of a dataset without a version",
        "EmptyDatasetError",
        call("Split", "by hand"),
        without=(_CURRENT,),
        first_for=_LIST,
    ),
    Exercise(
        "Split",
        "a run by hand without features",
        "FeaturesNotReadyError",
        call("Split", "by hand"),
        without=(_CARDS,),
        first_for=_LIST,
    ),
    Exercise("Propose", "the first round", "ended False", call("Propose", "Propose trials")),
    Exercise(
        "Propose", "the round after the first", "ended ", call("Propose", "Propose trials again")
    ),
    Exercise(
        "Propose",
        "the round after a failed trial",
        "ended ",
        call("Propose", "Propose trials after a failure"),
    ),
    Exercise("Trial", "a trial", "returned", call("Trial", "Fit trial")),
    Exercise("Fit", "a fit", "returned", call("Fit", "Fit model")),
    Exercise("Evaluate", "a challenger", "passed True", call("Evaluate", "Evaluate model")),
    Exercise(
        "Evaluate",
        "the first model",
        "passed True",
        call("Evaluate", "Evaluate model"),
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        "Register",
        "the first champion",
        "decision registered",
        call("Register", "Register model"),
        without=((MODELS, ""),),
    ),
    Exercise(
        "Register", "a champion again", "decision registered", call("Register", "Register model")
    ),
    Exercise("Register", "a rejected model", "decision rejected", call("Register", "Reject model")),
    Exercise("Predict", "a row, by a new worker", "status 200", predict_afresh),
    Exercise(
        "Predict",
        "a row without a champion, by a new worker",
        "status 404",
        predict_afresh,
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        "Score", "a file with bad rows", "state scored_with_problems", drop("Score", rows=60, bad=2)
    ),
    Exercise(
        "Score",
        "a file without a champion",
        "state refused",
        drop("Score", rows=60, bad=0),
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        "Score",
        "a file that is deleted before its event comes",
        "state scored",
        drop("Score", rows=60, bad=0, deleted=True),
        first_for=_LIST,
    ),
    Exercise(
        "Score",
        "a large file whose results' upload fails at its end",
        "S3UploadFailedError, 0 broken upload(s) left",
        break_off("Score", RAW, rows=LARGE_ROWS, bad=0),
        first_for=("s3:AbortMultipartUpload",),
    ),
    Exercise("Catalogue", "GET /datasets", "status 200", call_route("GET", "datasets")),
    Exercise("Catalogue", "GET /{dataset}", "status 200", call_route("GET", "{dataset}")),
    Exercise(
        "Catalogue", "GET /{dataset}/model", "status 200", call_route("GET", "{dataset}/model")
    ),
    Exercise(
        "Catalogue",
        "GET /{dataset}/versions",
        "status 200",
        call_route("GET", "{dataset}/versions"),
    ),
    Exercise(
        "Catalogue",
        "GET /{dataset} without features and ledger",
        "status 200",
        call_route("GET", "{dataset}"),
        without=(_CARDS, (LAKE, "ledger/")),
        first_for=_LIST,
    ),
    Exercise("Uploads", "a file by a form", "S3 status 204", upload_by_form),
    Exercise("Rollback", "a rollback", "status 200", roll_back),
    Exercise(
        "Rollback",
        "a rollback to a model that was never champion",
        "status 404",
        roll_back,
        without=((MODELS, "registrations/"),),
        first_for=_LIST,
    ),
    Exercise(
        "Rollback",
        "a rollback without a champion",
        "status 409",
        roll_back,
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        "Rollback",
        "a rollback to a lost program",
        "status 409",
        roll_back,
        without=((MODELS, "models/"),),
        first_for=_LIST,
    ),
    *(
        Exercise(
            MACHINE,
            f"a task that calls {function}",
            "InvalidRunError" if function == "Split" else "DocumentError",
            call_as_machine(function),
        )
        for function in CALLED_BY_MACHINE
    ),
    *(
        Exercise(
            function,
            "an event that fails for good",
            "a dead-letter message",
            send_dead_letter_message(function),
            first_for=("sqs:SendMessage",),
        )
        for function in SENDING_DEAD_LETTERS
    ),
    *(
        Exercise(
            function,
            "any call's log",
            "logged",
            write_log(function),
            first_for=("logs:CreateLogStream", "logs:PutLogEvents"),
        )
        for function in FUNCTIONS
    ),
)
