"""Who may touch what, spelled out a second time, by hand."""

READ, WRITE = "s3:GetObject", "s3:PutObject"
VERSION, LIST, ABORT = "s3:GetObjectVersion", "s3:ListBucket", "s3:AbortMultipartUpload"

# Function -> bucket -> what it does there -> the prefixes.
RIGHTS: dict[str, dict[str, dict[str, set[str]]]] = {
    "ingest": {
        "raw": {
            READ: {"raw/", "reports/"},
            VERSION: {"raw/"},
            LIST: {"raw/", "reports/"},
            WRITE: {"reports/"},
        },
        "lake": {
            READ: {"clean/records/", "clean/current/", "ledger/"},
            LIST: {"clean/records/", "clean/current/", "ledger/"},
            WRITE: {
                "clean/parts/",
                "clean/records/",
                "clean/versions/",
                "clean/current/",
                "quarantine/",
                "ledger/",
            },
        },
    },
    "features": {
        "lake": {
            READ: {"clean/parts/", "clean/versions/", "clean/current/", "cards/"},
            LIST: {"clean/current/", "cards/"},
            WRITE: {"features/", "cards/"},
        },
    },
    "split": {
        "lake": {
            READ: {"clean/current/", "cards/", "features/"},
            LIST: {"clean/current/", "cards/"},
            WRITE: {"work/train/", "work/test/", "work/truth/", "work/splits/"},
        },
    },
    "propose": {
        "lake": {
            READ: {"work/trials/", "work/leaderboards/", "work/trial-rows/"},
            WRITE: {"work/trials/", "work/leaderboards/"},
        },
    },
    "trial": {
        "lake": {
            READ: {"work/train/", "work/trials/"},
            WRITE: {"work/trial-rows/"},
        },
    },
    "fit": {
        "lake": {
            READ: {"cards/", "work/train/", "work/test/", "work/splits/", "work/leaderboards/"},
            WRITE: {"work/programs/", "work/scores/", "work/fits/"},
        },
    },
    "evaluate": {
        "lake": {
            READ: {"work/test/", "work/truth/", "work/programs/", "work/scores/", "work/fits/"},
            WRITE: {"work/evaluations/"},
        },
        "model": {READ: {"champions/", "models/"}, LIST: {"champions/"}},
    },
    "register": {
        "lake": {READ: {"work/programs/", "work/evaluations/"}},
        "model": {
            READ: {"champions/"},
            LIST: {"champions/"},
            WRITE: {"champions/", "models/", "audit/", "registrations/"},
        },
    },
    "predict": {"model": {READ: {"champions/", "models/"}, LIST: {"champions/"}}},
    "score": {
        "raw": {
            READ: {"score/", "scored/", "scored-reports/"},
            VERSION: {"score/"},
            LIST: {"score/", "scored/", "scored-reports/"},
            WRITE: {"scored/", "scored-reports/"},
        },
        "model": {READ: {"champions/", "models/"}, LIST: {"champions/"}},
    },
    "catalogue": {
        "lake": {
            READ: {"clean/current/", "cards/", "ledger/"},
            LIST: {"clean/current/", "cards/", "ledger/"},
        },
        "model": {
            READ: {"champions/", "models/", "registrations/", "audit/"},
            LIST: {"champions/", "registrations/", "audit/"},
        },
    },
    "uploads": {"raw": {WRITE: {"raw/"}}},
    "rollback": {
        "model": {
            READ: {"champions/", "models/", "registrations/"},
            LIST: {"champions/", "models/", "registrations/"},
            WRITE: {"champions/", "audit/"},
        },
    },
}
