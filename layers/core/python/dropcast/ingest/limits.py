"""How much one dropped file may be, wherever it is read: beyond it a file is refused with a report.

Together they keep a file within the memory, the disk and the 900 seconds of the function that reads
it. No clock is read, so that the same file always ends in the same way: what takes long is
counted.
Formats that are read as a whole have bounds of their own, beside their readers.
"""

MIB = 1024 * 1024

# Of the file as it is dropped, and of what it is once decompressed: 100 seconds of a core where
# rows are read by columns (20 MB a second and more).
CONTENT_BYTES = 2 * 1024 * MIB
# Records found one at a time (JSON, quotes that pair with none: 5 to 20 microseconds each) and
# fields judged one at a time (10), together: at most 10 minutes of a core.
SINGLE_STEPS = 30_000_000
# A gzip of rows holds some tens of times its size; one of nothing but repeats a thousand times.
EXPANSION_TIMES = 200
# Up to here a gzip may hold whatever it likes.
EXPANSION_FREE_BYTES = 256 * MIB
# Streams in one gzip file; blocked gzip has one for each 64 KiB of content.
GZIP_MEMBERS = 1_000_000
# As many as the widest sheet of a workbook has.
MOST_COLUMNS = 16_384
# Records that are Python objects at one time; the bytes of a block alone allow two million.
BLOCK_RECORDS = 65_536
# Rows of a batch of a format that is not delimited text.
BATCH_ROWS = 16_384
# Texts that a block of a wide table repeats: each row's own stand beside each of its values.
REPEATED_BYTES = 128 * MIB
# Rows that are quarantined, each with its reasons. Beyond it the file is what is wrong.
QUARANTINED_ROWS = 1_000_000
QUARANTINED_BYTES = 1024 * MIB
# What a library may take, in a process of its own, to read a file that no stream can be made of.
SANDBOX_MIB = 1024
SANDBOX_SECONDS = 180
