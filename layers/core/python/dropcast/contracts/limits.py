"""How much one call of the API may carry: what the doors check and the API document says."""

MAX_ROWS = 1000
MAX_PROBLEMS = 100
MAX_EXPLAINED = 10
MAX_BODY_BYTES = 1024 * 1024
# The largest object that serving reads: a scoring program.
MAX_PROGRAM_BYTES = 64 * 1024 * 1024
MAX_UPLOAD_BYTES = 1024 * 1024 * 1024
UPLOAD_MINUTES = 15
MAX_NAME_CHARACTERS = 200
MAX_REASON_CHARACTERS = 500
FILES_A_PAGE = 50
