"""A night's run of gigabatch over a table, as a DAG of Airflow 2.7 or later.

The worker needs gigabatch on its PATH, and a folder that stays: the journal is beside the table. The connection "gigachat" has the authorization
key as its password. Airflow masks it in logs.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

# A run that another one keeps from the journal ends with exit code 5, and the task is skipped then. Rows that failed (3) fail the task, and a retry
# asks again about those that failed for a temporary cause.
LOCKED = 5

with DAG(
    dag_id="gigabatch",
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # the table has the rows of all nights
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
) as dag:
    BashOperator(
        task_id="complete_tickets",
        # exec: Airflow stops a task with SIGTERM, on which gigabatch waits for the answers under way.
        bash_command="exec gigabatch run tickets.csv --quiet --max-outage 2h --max-tokens 300 --daily-budget 500 --fail-if 'failed>5%'",
        cwd="/data",
        env={"GIGACHAT_CREDENTIALS": "{{ conn.gigachat.password }}"},
        append_env=True,
        skip_on_exit_code=LOCKED,
        execution_timeout=timedelta(hours=6),
    )
