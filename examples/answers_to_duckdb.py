"""Answers into DuckDB and pandas: a row a document, a column a question.

DuckDB reads the dataset as it is, and of it only what a query asks for. `open_output` shows it committed rows alone,
which a glob over the Parquet files does not while a run goes on.

    python examples/answers_to_duckdb.py out/invoices
"""

import sys

import docpipe
import duckdb
import pandas as pd


def main(output: str) -> pd.DataFrame:
    out = docpipe.open_output(output)
    with duckdb.connect() as connection:
        for name in ("answers", "documents"):
            connection.register(name, out.dataset(name))
        by_question = connection.execute(
            "SELECT question_id, count(*) AS asked, count(*) FILTER (status = 'answered') AS answered, "
            "round(avg(support), 2) AS support FROM answers GROUP BY ALL ORDER BY ALL"
        ).df()
        answers = connection.execute(
            "SELECT parse_filename(uris[1]) AS file, question_id, coalesce(answer, answers.status) AS answer "
            "FROM answers JOIN documents USING (document_id) ORDER BY ALL"
        ).df()
    print(by_question.to_string(index=False))
    table = answers.pivot(index="file", columns="question_id", values="answer")
    print(table.to_string())
    return table


if __name__ == "__main__":
    main(sys.argv[1])
