"""Many fits of one model: `adfun.map_fits`.

tasks.py       what one fit is given, and how it is run where it is run
run.py         hands tasks to an executor and gathers their rows
checkpoint.py  rows on disk, so that a run can be resumed
progress.py    how far it is
result.py      what the user gets
"""
