"""A job from Python: run it, look at what came of it, and go on where it stopped the next time.

python examples/run_a_job.py jobs/quickstart.yaml out/quickstart
"""

import sys

import docpipe


def main(job_file: str, output: str) -> None:
    job = docpipe.load_job(job_file, overrides=[f"output.path={output}", "tasks.ocr.engine=auto"])
    summary = docpipe.run(job)
    print(f"{summary.pages_ok} pages read, {summary.pages_failed} failed, {summary.pages_skipped} done before")
    for problem in summary.problems:
        print(f"more failed than the job allows: {problem}")
    out = docpipe.open_output(summary.output)
    for document_id in out.document_ids:
        document = out.document(document_id)
        print(
            f"{document.facts.name}: {document.facts.status}, {len(document.pages)} pages, {len(document.lines)} lines"
        )
        for failure in document.failures:
            print(f"  {failure.code}: {failure.message}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except docpipe.CommandError as error:
        sys.exit(f"{type(error).__name__}: {error}")
