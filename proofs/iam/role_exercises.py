"""Which exercises prove which role: the doors by their names, and the state machine's."""

from proofs.iam.exercises import (
    LARGE_ROWS,
    Exercise,
    ask,
    break_off,
    call,
    call_as_machine,
    drop,
    fill_form,
    move_current,
    predict_afresh,
    roll_back,
    send_letter,
    write_log,
)

RAW, LAKE, MODELS = "RawBucketName", "LakeBucketName", "ModelBucketName"
DOORS = (
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
SENDING_LETTERS = ("Ingest", "Features", "Score")
_LIST = ("s3:ListBucket",)
_CURRENT, _CARDS, _CHAMPIONS = (LAKE, "clean/current/"), (LAKE, "cards/"), (MODELS, "champions/")

EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        role="Ingest",
        name="the first file of a dataset, with bad rows",
        usual="state completed_with_errors",
        act=drop("Ingest", rows=60, bad=2),
        without=(_CURRENT,),
    ),
    Exercise(
        role="Ingest",
        name="a second file of a dataset",
        usual="state success",
        act=drop("Ingest", rows=60, bad=0),
    ),
    Exercise(
        role="Ingest",
        name="a file that is deleted before its event comes",
        usual="state success",
        act=drop("Ingest", rows=60, bad=0, deleted=True),
        first_for=_LIST,
    ),
    Exercise(
        role="Ingest",
        name="a large file whose storing breaks off",
        usual="S3UploadFailedError, 0 broken upload(s) left",
        act=break_off("Ingest", LAKE, rows=LARGE_ROWS, bad=0),
        first_for=("s3:AbortMultipartUpload",),
    ),
    Exercise(
        role="Ingest",
        name="a large quarantine whose storing breaks off",
        usual="S3UploadFailedError, 0 broken upload(s) left",
        act=break_off("Ingest", LAKE, rows=60, bad=LARGE_ROWS // 2),
        first_for=("s3:AbortMultipartUpload",),
    ),
    Exercise(
        role="Features",
        name="a version without features",
        usual="built True",
        act=move_current,
        without=(_CARDS, (LAKE, "features/")),
    ),
    Exercise(
        role="Features",
        name="a dataset without a version",
        usual="EmptyDatasetError",
        act=move_current,
        without=(_CURRENT,),
        first_for=_LIST,
    ),
    Exercise(role="Split", name="a run", usual="answered", act=call("Split", "Split rows")),
    Exercise(role="Split", name="a run by hand", usual="answered", act=call("Split", "by hand")),
    Exercise(
        role="Split",
        name="a run by hand of a dataset without a version",
        usual="EmptyDatasetError",
        act=call("Split", "by hand"),
        without=(_CURRENT,),
        first_for=_LIST,
    ),
    Exercise(
        role="Split",
        name="a run by hand without features",
        usual="FeaturesNotReadyError",
        act=call("Split", "by hand"),
        without=(_CARDS,),
        first_for=_LIST,
    ),
    Exercise(
        role="Propose",
        name="the first round",
        usual="ended False",
        act=call("Propose", "Propose trials"),
    ),
    Exercise(
        role="Propose",
        name="the round after the first",
        usual="ended ",
        act=call("Propose", "Propose trials again"),
    ),
    Exercise(
        role="Propose",
        name="the round after a failed trial",
        usual="ended ",
        act=call("Propose", "Propose trials after a failure"),
    ),
    Exercise(role="Trial", name="a trial", usual="answered", act=call("Trial", "Fit trial")),
    Exercise(role="Fit", name="a fit", usual="answered", act=call("Fit", "Fit model")),
    Exercise(
        role="Evaluate",
        name="a challenger",
        usual="passed True",
        act=call("Evaluate", "Evaluate model"),
    ),
    Exercise(
        role="Evaluate",
        name="the first model",
        usual="passed True",
        act=call("Evaluate", "Evaluate model"),
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        role="Register",
        name="the first champion",
        usual="decision registered",
        act=call("Register", "Register model"),
        without=((MODELS, ""),),
    ),
    Exercise(
        role="Register",
        name="a champion again",
        usual="decision registered",
        act=call("Register", "Register model"),
    ),
    Exercise(
        role="Register",
        name="a rejected model",
        usual="decision rejected",
        act=call("Register", "Reject model"),
    ),
    Exercise(role="Predict", name="a row, by a new worker", usual="status 200", act=predict_afresh),
    Exercise(
        role="Predict",
        name="a row without a champion, by a new worker",
        usual="status 404",
        act=predict_afresh,
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        role="Score",
        name="a file with bad rows",
        usual="state scored_with_problems",
        act=drop("Score", rows=60, bad=2),
    ),
    Exercise(
        role="Score",
        name="a file without a champion",
        usual="state refused",
        act=drop("Score", rows=60, bad=0),
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        role="Score",
        name="a file that is deleted before its event comes",
        usual="state scored",
        act=drop("Score", rows=60, bad=0, deleted=True),
        first_for=_LIST,
    ),
    Exercise(
        role="Score",
        name="a large file whose results' storing breaks off",
        usual="S3UploadFailedError, 0 broken upload(s) left",
        act=break_off("Score", RAW, rows=LARGE_ROWS, bad=0),
        first_for=("s3:AbortMultipartUpload",),
    ),
    Exercise(
        role="Catalogue", name="GET /datasets", usual="status 200", act=ask("GET", "datasets")
    ),
    Exercise(
        role="Catalogue", name="GET /{dataset}", usual="status 200", act=ask("GET", "{dataset}")
    ),
    Exercise(
        role="Catalogue",
        name="GET /{dataset}/model",
        usual="status 200",
        act=ask("GET", "{dataset}/model"),
    ),
    Exercise(
        role="Catalogue",
        name="GET /{dataset}/versions",
        usual="status 200",
        act=ask("GET", "{dataset}/versions"),
    ),
    Exercise(
        role="Catalogue",
        name="GET /{dataset} without features and ledger",
        usual="status 200",
        act=ask("GET", "{dataset}"),
        without=(_CARDS, (LAKE, "ledger/")),
        first_for=_LIST,
    ),
    Exercise(role="Uploads", name="a file by a form", usual="S3 answered 204", act=fill_form),
    Exercise(role="Rollback", name="a rollback", usual="status 200", act=roll_back),
    Exercise(
        role="Rollback",
        name="a rollback to what never was",
        usual="status 404",
        act=roll_back,
        without=((MODELS, "registrations/"),),
        first_for=_LIST,
    ),
    Exercise(
        role="Rollback",
        name="a rollback without a champion",
        usual="status 409",
        act=roll_back,
        without=(_CHAMPIONS,),
        first_for=_LIST,
    ),
    Exercise(
        role="Rollback",
        name="a rollback to a lost program",
        usual="status 409",
        act=roll_back,
        without=((MODELS, "models/"),),
        first_for=_LIST,
    ),
    *(
        Exercise(
            role=MACHINE,
            name=f"a task that calls {door}",
            usual="InvalidRunError" if door == "Split" else "DocumentError",
            act=call_as_machine(door),
        )
        for door in CALLED_BY_MACHINE
    ),
    *(
        Exercise(
            role=door,
            name="an event that fails for good",
            usual="a dead letter",
            act=send_letter(door),
            first_for=("sqs:SendMessage",),
        )
        for door in SENDING_LETTERS
    ),
    *(
        Exercise(
            role=door,
            name="any call's log",
            usual="logged",
            act=write_log(door),
            first_for=("logs:CreateLogStream", "logs:PutLogEvents"),
        )
        for door in DOORS
    ),
)
