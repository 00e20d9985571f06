"""A PostgreSQL of one's own that is restarted in the middle of a request. Prints JSON.

`python -m tests.interruption.restart FOLDER PORT`: FOLDER is an initialised cluster, already running.
"""

import json
import os
import subprocess
import sys
from uuid import UUID

BODY = {"result": "interested", "note": ""}


def restart(folder: str, binaries: str) -> None:
    command = [f"{binaries}/pg_ctl", "-D", folder, "-m", "immediate", "-w", "restart", "-l", f"{folder}/log"]
    as_owner = [] if os.geteuid() else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    subprocess.run([*as_owner, *command], check=True, capture_output=True)


def main(folder: str, port: str, binaries: str, home: str) -> dict[str, object]:
    from tests.interruption.campaign import start

    os.environ["YUANDIAN_DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{port}/postgres"
    start(home)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import close_old_connections, connection
    from django.test import Client
    from django.urls import reverse

    from tests.interruption import failpoints, work
    from yuandian.records.customers import Customer
    from yuandian.records.work import ContactResult

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    connection.settings_dict["CONN_HEALTH_CHECKS"] = True
    call_command("migrate", verbosity=0)
    work.make_day("R")
    customer = Customer.objects.filter(branch__number="R").first()
    client = Client(raise_request_exception=False)
    client.force_login(work._by("R", "rm"), backend="yuandian.records.sessions.Backend")
    place = reverse("customers:log", args=[customer.pk])

    def post(number: int) -> int:
        close_old_connections()  # as the server does before and after each request
        try:
            return client.post(place, BODY | {"key": str(UUID(int=number))}, HTTP_HOST="localhost").status_code
        finally:
            close_old_connections()

    answers = [post(1)]
    restart(folder, binaries)  # between two requests
    answers += [post(2), post(2)]
    for point in (1, 2):  # in the middle: before and after a commit
        commit = failpoints.BaseDatabaseWrapper._commit
        failpoints.at_point(point, lambda: restart(folder, binaries))
        answers.append(post(2 + point))
        failpoints.BaseDatabaseWrapper._commit = commit
        answers.append(post(2 + point))  # the person tries again
    return {"answers": answers, "results": ContactResult.objects.count(), "broken": work.broken()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
