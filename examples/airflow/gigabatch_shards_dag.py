"""A night's run of gigabatch over a large table in eight shards, on any workers, as a DAG of Airflow 2.7 or later.

Each worker needs gigabatch on its PATH, and all of them the folder /data: the journals of the shards are beside the table. The connection "gigachat"
has the authorization key as its password. All shards use one key, so they share its quota: they are faster than one run only if one worker
cannot use all of it.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

SHARDS = 8

with DAG(
    dag_id="gigabatch_shards",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # the table has the rows of all nights
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10), "cwd": "/data"},
) as dag:
    ask = BashOperator.partial(
        task_id="ask",
        env={"GIGACHAT_CREDENTIALS": "{{ conn.gigachat.password }}"},
        append_env=True,
        execution_timeout=timedelta(hours=6),
    ).expand(
        # exec: Airflow stops a task with SIGTERM, on which gigabatch waits for the answers under way.
        bash_command=[
            f"exec gigabatch run tickets.csv --shard {i + 1}/{SHARDS} --quiet --max-outage 2h --max-tokens 300 --max-cost 100 --fail-if 'failed>5%'"
            for i in range(SHARDS)
        ],
    )
    # Exit code 3 says that rows have no answer. The output is written all the same.
    merge = BashOperator(task_id="merge", bash_command="gigabatch merge tickets.csv --quiet || test $? = 3")
    ask >> merge
